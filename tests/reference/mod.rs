//! A cache as JavaScript uses it, beside one that is obviously right: the `lru` crate for the order, a deadline for each
//! entry, and searches through all of them.

use std::collections::HashMap;

use holdfast::{bindings, cache::Cache, table};
use lru::LruCache;
use proptest::prelude::*;

#[derive(Clone, Debug)]
pub enum Op {
    Get(u32),
    Put(u32, f64),
    Invalidate(u32),
    Wait(f64),
    Sweep,
    Resize(u32),
    Clear,
}

pub const KEYS: u32 = 24;

/// Something that may be done to a cache. `wait` is how far the clock goes at once.
pub fn op(wait: impl Strategy<Value = f64>) -> impl Strategy<Value = Op> {
    let ttl = prop_oneof![3 => Just(f64::INFINITY), 3 => 0.0..40.0, 2 => (0..9_u32).prop_map(f64::from), 1 => 0.0..1e9];
    prop_oneof![
        24 => (0..KEYS).prop_map(Op::Get),
        24 => (0..KEYS, ttl).prop_map(|(key, ttl)| Op::Put(key, ttl)),
        4 => (0..KEYS).prop_map(Op::Invalidate),
        8 => wait.prop_map(Op::Wait),
        2 => Just(Op::Sweep),
        2 => (0..14_u32).prop_map(Op::Resize),
        1 => Just(Op::Clear),
    ]
}

/// The tests run as many cases as `PROPTEST_CASES` says, or ten thousand.
pub fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 10_000;
    }
    config
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Counters {
    tick: f64,
    writes: f64,
    misses: f64,
    evictions: f64,
    expirations: f64,
    coalesced: f64,
}

/// What JavaScript keeps, and the model.
pub struct Front {
    pub handle: u32,
    now: f64,
    /// Whether the clock has ever gone back. Then what is expired may be noticed late.
    late: bool,
    slots: HashMap<u32, u32>,
    /// Key and deadline, in the order of use.
    model: LruCache<u32, f64>,
    max_size: u32,
    counters: Counters,
}

impl Front {
    pub fn new(max_size: u32) -> Self {
        let handle = bindings::create(max_size);
        assert_ne!(handle, 0);
        let max_size = max_size.max(1);
        let (slots, model, counters) = (HashMap::new(), LruCache::unbounded(), Counters::default());
        Self { handle, now: 0.0, late: false, slots, model, max_size, counters }
    }

    pub fn apply(&mut self, op: &Op) {
        self.perform(op);
        self.check();
    }

    /// Without the checks that take long if there are many entries.
    pub fn perform(&mut self, op: &Op) {
        match *op {
            Op::Get(key) => self.get(key),
            Op::Put(key, ttl) => self.put(key, self.now + ttl),
            Op::Invalidate(key) => self.invalidate(key),
            Op::Wait(time) => {
                self.late |= time < 0.0;
                self.now = (self.now + time).max(0.0);
            }
            Op::Sweep => self.sweep(),
            Op::Resize(max_size) => self.resize(max_size),
            Op::Clear => {
                bindings::clear(self.handle);
                self.slots.clear();
                self.model.clear();
                self.counters = Counters::default();
            }
        }
    }

    /// Compares the whole order, by evicting everything.
    pub fn finish(mut self) {
        self.sweep();
        self.resize(1);
        self.check();
        bindings::free(self.handle);
        assert_eq!(bindings::len(self.handle), 0);
    }

    /// A hit crosses no boundary: all is done in the records.
    fn get(&mut self, key: u32) {
        let expected = self.model.get(&key).copied();
        let Some(&slot) = self.slots.get(&key) else {
            assert_eq!(expected, None);
            self.counters.misses += 1.0;
            return self.count_miss();
        };
        let now = self.now;
        let expired = self.shared(|cache| {
            let expired = cache.numbers(slot)?[0] < now;
            if !expired {
                cache.numbers(0)?[0] += 1.0;
                cache.numbers(slot)?[1] = cache.numbers(0)?[0];
            }
            Some(expired)
        });
        assert_eq!(Some(expired), expected.map(|deadline| deadline < now));
        if expired {
            assert_eq!(bindings::remove(self.handle, slot, 1), 1);
            self.forget(key);
            self.counters.expirations += 1.0;
            self.counters.misses += 1.0;
            self.count_miss();
        } else {
            self.counters.tick += 1.0;
        }
    }

    fn put(&mut self, key: u32, deadline: f64) {
        self.counters.tick += 1.0;
        self.counters.writes += 1.0;
        if let Some(&slot) = self.slots.get(&key) {
            assert_eq!(bindings::replace(self.handle, slot, deadline), 1);
        } else {
            let full = self.model.len() >= self.max_size as usize;
            let answer = bindings::insert(self.handle, self.now, deadline);
            let slot = answer >> 2;
            assert!(slot >= 3 && slot < bindings::capacity(self.handle), "slot {slot}");
            self.reclaimed(full, answer);
            assert!(self.slots.values().all(|&other| other != slot), "slot {slot} is in use");
            self.slots.insert(key, slot);
        }
        self.model.put(key, deadline);
    }

    fn invalidate(&mut self, key: u32) {
        let slot = self.slots.get(&key).copied();
        // A slot without an entry, or even without a record, is not an error.
        assert_eq!(bindings::remove(self.handle, slot.unwrap_or(key + 1_000), 0), slot.is_some() as u32);
        self.forget(key);
    }

    fn sweep(&mut self) {
        loop {
            let slot = bindings::expire(self.handle, self.now);
            if slot == 0 {
                break;
            }
            self.reclaimed(true, slot << 2 | 2);
        }
        let left = self.model.iter().any(|(_, &deadline)| deadline < self.now);
        assert!(!left || self.late, "something expired is left");
    }

    fn resize(&mut self, max_size: u32) {
        bindings::resize(self.handle, max_size);
        self.max_size = max_size.max(1);
        loop {
            let full = self.model.len() > self.max_size as usize;
            let answer = bindings::trim(self.handle, self.now);
            assert_eq!(answer != 0, full, "whether something has to go");
            if answer == 0 {
                break;
            }
            self.reclaimed(full, answer);
        }
    }

    /// Checks that the entry that went for another is the right one, if one had to go at all.
    fn reclaimed(&mut self, full: bool, answer: u32) {
        let (slot, outcome) = (answer >> 2, answer & 3);
        let key = self.slots.iter().find(|&(_, &other)| other == slot).map(|(&key, _)| key);
        let expired = self.model.iter().any(|(_, &deadline)| deadline < self.now);
        match outcome {
            0 => assert!(!full && key.is_none()),
            1 => {
                assert!(
                    full && (!expired || self.late),
                    "evicted, but {} expired",
                    if expired { "one" } else { "none" }
                );
                assert_eq!(key, self.model.peek_lru().map(|(&key, _)| key), "not the least recent");
                self.counters.evictions += 1.0;
            }
            2 => {
                let deadline = key.and_then(|key| self.model.peek(&key));
                assert!(full && deadline.is_some_and(|&deadline| deadline < self.now), "not expired");
                self.counters.expirations += 1.0;
            }
            _ => panic!("outcome {outcome}"),
        }
        if let Some(key) = key {
            self.forget(key);
        }
    }

    fn forget(&mut self, key: u32) {
        self.slots.remove(&key);
        self.model.pop(&key);
    }

    pub fn check(&mut self) {
        assert_eq!(bindings::len(self.handle) as usize, self.model.len());
        let due = bindings::due(self.handle);
        let least = self.model.iter().map(|(_, &deadline)| deadline).fold(f64::INFINITY, f64::min);
        assert!(due <= least, "due at {due}, but the first deadline is {least}");
        assert_eq!(due == f64::INFINITY, least == f64::INFINITY);
        let [[tick, writes], [misses, evictions], [expirations, coalesced]] =
            self.shared(|cache| Some([*cache.numbers(0)?, *cache.numbers(1)?, *cache.numbers(2)?]));
        assert_eq!(Counters { tick, writes, misses, evictions, expirations, coalesced }, self.counters);
        let model = &self.model;
        let slots = &self.slots;
        table::with(self.handle, (), |cache| {
            cache.validate();
            for (key, deadline) in model {
                assert_eq!(cache.records().deadline(slots[key]), *deadline);
            }
        });
    }

    fn count_miss(&mut self) {
        self.shared(|cache| {
            cache.numbers(1)?[0] += 1.0;
            Some(())
        });
    }

    fn shared<R>(&mut self, work: impl FnOnce(&mut Cache) -> Option<R>) -> R {
        table::with(self.handle, None, work).expect("the cache is in use")
    }
}
