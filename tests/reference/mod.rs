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

/// What JavaScript keeps, and the model.
pub struct Front {
    pub handle: u32,
    now: f64,
    slots: HashMap<u32, u32>,
    /// The tick of the latest use of an entry that the core was not told.
    marks: HashMap<u32, f64>,
    /// Key and deadline, in the order of use.
    model: LruCache<u32, f64>,
    max_size: u32,
    /// Of the latest use.
    tick: f64,
    /// Nothing expires before, as far as is known since slots were offered.
    due: f64,
    want: u32,
    /// What the core knew of the last victim that it offered.
    last_stamp: f64,
}

impl Front {
    pub fn new(max_size: u32) -> Self {
        let handle = bindings::create();
        assert_ne!(handle, 0);
        let max_size = max_size.max(1);
        Self {
            handle,
            now: 0.0,
            slots: HashMap::new(),
            marks: HashMap::new(),
            model: LruCache::unbounded(),
            max_size,
            tick: 0.0,
            due: 0.0,
            want: 1,
            last_stamp: 0.0,
        }
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
            Op::Wait(time) => self.now = (self.now + time).max(0.0),
            Op::Sweep => self.sweep(),
            Op::Resize(max_size) => self.resize(max_size),
            Op::Clear => {
                bindings::clear(self.handle);
                self.slots.clear();
                self.marks.clear();
                self.model.clear();
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

    /// A hit crosses no boundary, and writes no record.
    fn get(&mut self, key: u32) {
        let expected = self.model.get(&key).copied();
        let Some(&slot) = self.slots.get(&key) else { return assert_eq!(expected, None) };
        let expired = self.shared(|cache| cache.numbers(slot).copied())[0] < self.now;
        assert_eq!(Some(expired), expected.map(|deadline| deadline < self.now));
        if expired {
            bindings::remove(self.handle, slot);
            self.forget(key);
        } else {
            self.mark(slot);
        }
    }

    fn mark(&mut self, slot: u32) {
        self.tick += 1.0;
        self.marks.insert(slot, self.tick);
    }

    fn put(&mut self, key: u32, deadline: f64) {
        if let Some(&slot) = self.slots.get(&key) {
            self.shared(|cache| cache.numbers(slot).map(|numbers| numbers[0] = deadline));
            self.mark(slot);
            bindings::replaced(self.handle, slot);
        } else {
            let full = self.model.len() >= self.max_size as usize;
            if full && self.now > self.due && !self.expire() {
                // Nobody else has used the slots that were offered.
                self.due = f64::INFINITY;
            }
            let slot = self.next_slot();
            assert!(slot >= 1 && slot < bindings::capacity(self.handle), "slot {slot}");
            self.reclaimed(slot);
            self.tick += 1.0;
            let stamp = self.tick + 0.5;
            self.shared(|cache| cache.numbers(slot).map(|numbers| *numbers = [deadline, stamp]));
            self.slots.insert(key, slot);
        }
        self.due = self.due.min(deadline);
        self.model.put(key, deadline);
    }

    /// The next of the slots that are offered, as JavaScript takes it.
    fn next_slot(&mut self) -> u32 {
        let full = self.model.len() >= self.max_size as usize;
        loop {
            let [mut used, offered] = self.shared(|cache| cache.numbers(0).copied());
            while used < offered {
                let slot = self.offered(used);
                let mark = if full { self.marks.remove(&slot) } else { None };
                let Some(stamp) = mark else {
                    self.shared(|cache| cache.numbers(0).map(|numbers| numbers[0] = used + 1.0));
                    return slot;
                };
                self.shared(|cache| cache.numbers(slot).map(|numbers| numbers[1] = stamp));
                if stamp < self.last_stamp {
                    self.postpone(slot, stamp, used, offered);
                } else {
                    used += 1.0;
                    self.shared(|cache| cache.numbers(0).map(|numbers| numbers[0] = used));
                }
            }
            self.want = if used > 0.0 { (2 * self.want).min(64) } else { 1 };
            bindings::offer(self.handle, self.want, self.max_size);
            let [_, offered] = self.shared(|cache| cache.numbers(0).copied());
            assert!(offered > 0.0 && offered <= f64::from(self.want));
            let last = self.offered(offered - 1.0);
            self.last_stamp = self.stamp(last);
            self.read_due();
        }
    }

    fn offered(&mut self, place: f64) -> u32 {
        self.shared(|cache| Some(cache.numbers_of(place as u32)?[0] as u32))
    }

    fn stamp(&mut self, slot: u32) -> f64 {
        self.shared(|cache| cache.numbers(slot).copied())[1]
    }

    /// Puts the first of the victims that are left behind those with a lower stamp.
    fn postpone(&mut self, slot: u32, stamp: f64, first: f64, offered: f64) {
        let mut place = first;
        while place + 1.0 < offered {
            let next = self.offered(place + 1.0);
            if self.stamp(next) > stamp {
                break;
            }
            self.offer(place, next);
            place += 1.0;
        }
        self.offer(place, slot);
    }

    fn offer(&mut self, place: f64, slot: u32) {
        self.shared(|cache| cache.numbers_of(place as u32).map(|numbers| numbers[0] = f64::from(slot)));
    }

    fn read_due(&mut self) {
        let [_, due] = self.shared(|cache| cache.numbers_of(0).copied());
        let least = self.model.iter().map(|(_, &deadline)| deadline).fold(f64::INFINITY, f64::min);
        assert!(due <= least, "due at {due}, but the first deadline is {least}");
        assert_eq!(due == f64::INFINITY, least == f64::INFINITY);
        self.due = due;
    }

    fn invalidate(&mut self, key: u32) {
        let slot = self.slots.get(&key).copied();
        // A slot without an entry, or even without a record, is not an error.
        bindings::remove(self.handle, slot.unwrap_or(key + 1_000));
        self.forget(key);
    }

    fn sweep(&mut self) {
        while self.expire() {}
        let left = self.model.iter().any(|(_, &deadline)| deadline < self.now);
        assert!(!left, "something expired is left");
    }

    /// Removes one entry that has expired. `false` if none is found.
    fn expire(&mut self) -> bool {
        let slot = bindings::expire(self.handle, self.now);
        if slot != 0 {
            let key = self.key_of(slot).expect("it has an entry");
            assert!(self.model.peek(&key).is_some_and(|&deadline| deadline < self.now), "not expired");
            self.forget(key);
        }
        self.read_due();
        slot != 0
    }

    fn resize(&mut self, max_size: u32) {
        self.max_size = max_size.max(1);
        self.sweep();
        while self.model.len() > self.max_size as usize {
            let slot = self.next_slot();
            self.reclaimed(slot);
            bindings::remove(self.handle, slot);
        }
    }

    /// Checks that the entry that goes for another is the right one, if one has to go at all.
    fn reclaimed(&mut self, slot: u32) {
        let key = self.key_of(slot);
        let full = self.model.len() >= self.max_size as usize;
        assert_eq!(key.is_some(), full, "whether one has to go");
        let Some(key) = key else { return };
        let expired = self.model.iter().any(|(_, &deadline)| deadline < self.now);
        assert!(!expired, "evicted, but another one has expired");
        assert_eq!(Some(&key), self.model.peek_lru().map(|(key, _)| key), "not the least recent");
        self.forget(key);
    }

    fn key_of(&self, slot: u32) -> Option<u32> {
        self.slots.iter().find(|&(_, &other)| other == slot).map(|(&key, _)| key)
    }

    fn forget(&mut self, key: u32) {
        if let Some(slot) = self.slots.remove(&key) {
            self.marks.remove(&slot);
        }
        self.model.pop(&key);
    }

    pub fn check(&mut self) {
        assert_eq!(bindings::len(self.handle) as usize, self.model.len());
        let model = &self.model;
        let slots = &self.slots;
        table::with(self.handle, (), |cache| {
            cache.validate();
            for (key, deadline) in model {
                assert_eq!(cache.records().deadline(slots[key]), *deadline);
            }
        });
    }

    fn shared<R>(&mut self, work: impl FnOnce(&mut Cache) -> Option<R>) -> R {
        table::with(self.handle, None, work).expect("the cache is in use")
    }
}
