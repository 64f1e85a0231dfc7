//! A cache that is sampled, native: for tests and measurements.

use std::collections::{BTreeMap, HashMap};

use crate::curve::{Counts, Curve};

/// The lowest bit of a hash that the choice of the sample looks at.
const SAMPLE_BIT: u32 = 13;

/// An LRU cache of keys, sampled as JavaScript samples its caches.
pub struct SampledLru {
    /// The samples.
    pub curve: Curve,
    /// What happened.
    pub counts: Counts,
    size: u32,
    ttl: f64,
    seed: u32,
    tick: u32,
    sample_at: u32,
    entries: HashMap<u64, Entry>,
    /// The keys by the ticks of their last uses.
    order: BTreeMap<u32, u64>,
    /// The keys by their deadlines, and the ticks of their puts.
    deadlines: BTreeMap<(u64, u32), u64>,
}

#[derive(Clone, Copy)]
struct Entry {
    used: u32,
    put: u32,
    deadline: f64,
}

impl SampledLru {
    /// An empty cache. The ttl is in ticks; the seed is that of the hashes.
    pub fn new(size: u32, ttl: f64, seed: u32) -> Self {
        let mut curve = Curve::NEW;
        assert!(curve.open(size, true, 0), "no memory");
        Self {
            curve,
            counts: Counts::default(),
            size,
            ttl,
            seed,
            tick: 0,
            sample_at: 1,
            entries: HashMap::new(),
            order: BTreeMap::new(),
            deadlines: BTreeMap::new(),
        }
    }

    /// The estimated hit ratio with `size` entries.
    pub fn hit_ratio(&self, size: f64) -> f64 {
        self.curve.hit_ratio(size, f64::from(self.size), self.counts)
    }

    /// Requests a key: returns whether it was there, else puts it.
    pub fn access(&mut self, key: u64) -> bool {
        self.tick += 1;
        let now = f64::from(self.tick);
        if let Some(entry) = self.entries.get_mut(&key) {
            if entry.deadline >= now {
                self.order.remove(&entry.used);
                self.order.insert(self.tick, key);
                let time = self.tick - entry.used;
                entry.used = self.tick;
                self.counts.hits += 1.0;
                self.look(time);
                return true;
            }
            self.end(key);
        }
        self.counts.misses += 1.0;
        if self.entries.len() as u32 >= self.size {
            self.make_room(now);
        }
        if let Some(hash) = self.sampled(key) {
            self.curve.put(hash, self.tick, now);
        }
        let deadline = now + self.ttl;
        self.entries.insert(key, Entry { used: self.tick, put: self.tick, deadline });
        self.order.insert(self.tick, key);
        // Positive numbers have the order of their bits.
        self.deadlines.insert((deadline.to_bits(), self.tick), key);
        self.look(0);
        false
    }

    /// Removes an expired entry, or else the one used longest ago.
    fn make_room(&mut self, now: f64) {
        if let Some((&(deadline, _), &key)) = self.deadlines.first_key_value()
            && f64::from_bits(deadline) < now
        {
            return self.end(key);
        }
        let (_, &key) = self.order.first_key_value().expect("an entry");
        let entry = self.remove(key);
        if let Some(hash) = self.sampled(key) {
            self.curve.evicted(hash, entry.used, entry.deadline);
        }
    }

    fn end(&mut self, key: u64) {
        let entry = self.remove(key);
        self.curve.ended(self.tick - entry.used);
    }

    fn remove(&mut self, key: u64) -> Entry {
        let entry = self.entries.remove(&key).expect("an entry");
        self.order.remove(&entry.used);
        self.deadlines.remove(&(entry.deadline.to_bits(), entry.put));
        entry
    }

    fn look(&mut self, time: u32) {
        if self.tick >= self.sample_at {
            self.sample_at = self.tick + self.curve.hit(time);
        }
    }

    /// The hash of a key of the sample.
    fn sampled(&self, key: u64) -> Option<u32> {
        let hash = (key ^ u64::from(self.seed) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let hash = (hash ^ hash >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        // 29 bits, as JavaScript has them.
        let hash = (hash >> 35) as u32;
        (hash >> SAMPLE_BIT & (self.curve.rate() - 1) == 0).then_some(hash)
    }
}
