//! A cache of keys without values, native: for simulations and tests.

use std::collections::HashMap;

use holdfast_core::Cache;
use holdfast_core::reservation::MAX_RESERVED;

use crate::adaptive::Adaptive;
use crate::caller::Caller;
use crate::sketch::spread;

/// The list heads whose second numbers are shared: see [`Guard`](crate::guard::Guard).
const FAR: u32 = 8;
const FAR_HITS: u32 = 9;

/// An adaptive cache of keys, driven as JavaScript drives it: hits write marks, puts take reserved slots.
pub struct KeyCache {
    cache: Cache<Adaptive>,
    slots: HashMap<u64, u32>,
    keys: Vec<u64>,
    max_size: u32,
    seed: u32,
    tick: f64,
    far: f64,
    far_hits: f64,
    want: u32,
    used: u32,
    reserved: u32,
}

impl KeyCache {
    /// An empty cache of at most `max_size` keys. The seed is that of the hashes.
    pub fn new(max_size: u32, seed: u32) -> Self {
        let mut cache = Cache::new(Adaptive::NEW);
        assert!(cache.open(), "no memory");
        Self {
            cache,
            slots: HashMap::new(),
            keys: Vec::new(),
            max_size,
            seed,
            tick: 0.0,
            far: f64::INFINITY,
            far_hits: 0.0,
            want: 1,
            used: 0,
            reserved: 0,
        }
    }

    /// The window's share of the entries.
    pub fn window_share(&mut self) -> f32 {
        self.cache.policy().window_share()
    }

    /// The number of keys.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Requests a key: returns whether it was there, else puts it.
    pub fn access(&mut self, key: u64) -> bool {
        self.tick += 1.0;
        if let Some(&slot) = self.slots.get(&key) {
            let caller = self.cache.policy().caller();
            if self.tick - caller.latest_use(slot) > self.far {
                self.far_hits += 1.0;
            }
            caller.set_latest_use(slot, self.tick);
            return true;
        }
        let slot = self.take();
        if self.slots.len() as u32 >= self.max_size {
            self.slots.remove(&self.keys[slot as usize]);
        }
        self.slots.insert(key, slot);
        if self.keys.len() <= slot as usize {
            self.keys.resize(slot as usize + 1, 0);
        }
        self.keys[slot as usize] = key;
        let hash = spread(key as u32 ^ self.seed) ^ spread((key >> 32) as u32);
        let caller = self.cache.policy().caller();
        caller.set_key_hash(slot, hash);
        caller.set_latest_use(slot, self.tick);
        let mut records = self.cache.records();
        *records.numbers(slot).expect("a record") = [f64::INFINITY, self.tick + 0.5];
        false
    }

    /// The slot for the next key.
    fn take(&mut self) -> u32 {
        loop {
            while self.used < self.reserved {
                let slot = self.cache.records().numbers_of(self.used).expect("a head")[0] as u32;
                self.used += 1;
                self.cache.records().numbers(0).expect("the header")[0] = f64::from(self.used);
                if (self.slots.len() as u32) < self.max_size {
                    return slot;
                }
                let latest = self.cache.policy().caller().latest_use(slot);
                let mut records = self.cache.records();
                let [_, stamp] = records.numbers(slot).expect("a record");
                if latest <= stamp.trunc() {
                    return slot;
                }
                *stamp = latest;
            }
            self.want = if self.used > 0 { (2 * self.want).min(MAX_RESERVED) } else { 1 };
            self.cache.records().numbers_of(FAR_HITS).expect("a head")[1] += self.far_hits;
            self.far_hits = 0.0;
            self.cache.reserve(self.want, self.max_size);
            let mut records = self.cache.records();
            self.far = records.numbers_of(FAR).expect("a head")[1];
            self.reserved = records.numbers(0).expect("the header")[1] as u32;
            self.used = 0;
        }
    }
}
