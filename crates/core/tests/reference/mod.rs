//! A cache as JavaScript uses the core, next to a simple model: the order of eviction, a deadline for each entry, and
//! searches through all of them.

use std::collections::HashMap;

use holdfast_core::weights::MAX_WEIGHT;
use lru::LruCache;
use proptest::prelude::*;

/// The core that is tested, as JavaScript calls it.
pub trait Core {
    fn reserve(&mut self, want: u32, max_size: u32);
    fn deadline_changed(&mut self, slot: u32);
    fn remove(&mut self, slot: u32);
    fn expire(&mut self, now: f64) -> u32;
    fn clear(&mut self);
    fn set_weight(&mut self, slot: u32, weight: f64) -> bool;
    fn weight(&mut self, slot: u32) -> f64;
    fn total_weight(&mut self) -> f64;
    /// Whether the total weight is above `max`. Ends the reservation.
    fn exceeds(&mut self, max: f64) -> bool;
    /// The numbers of the record of a slot; slot 0 is the header.
    fn numbers(&mut self, slot: u32) -> [f64; 2];
    fn set_numbers(&mut self, slot: u32, numbers: [f64; 2]);
    /// The numbers of the record of a list head.
    fn numbers_of(&mut self, node: u32) -> [f64; 2];
    fn set_numbers_of(&mut self, node: u32, numbers: [f64; 2]);
    fn len(&mut self) -> u32;
    fn capacity(&mut self) -> u32;
    fn validate(&mut self);
}

/// The order in which a policy evicts keys.
pub trait Order {
    fn put(&mut self, key: u32);
    fn used(&mut self, key: u32);
    fn remove(&mut self, key: u32);
    /// The key to evict. It stays until it is removed.
    fn victim(&mut self) -> u32;
}

impl Order for LruCache<u32, ()> {
    fn put(&mut self, key: u32) {
        self.put(key, ());
    }

    fn used(&mut self, key: u32) {
        self.promote(&key);
    }

    fn remove(&mut self, key: u32) {
        self.pop(&key);
    }

    fn victim(&mut self) -> u32 {
        *self.peek_lru().unwrap().0
    }
}

pub fn lru() -> Box<dyn Order> {
    Box::new(LruCache::<u32, ()>::unbounded())
}

/// Something that is done to a cache.
#[derive(Clone, Debug)]
pub enum Op {
    Get(u32),
    /// Key, time to live, weight.
    Put(u32, f64, f64),
    Invalidate(u32),
    Wait(f64),
    Sweep,
    Resize(u32),
    Clear,
}

pub const KEYS: u32 = 24;

/// Any [`Op`]. `wait` is by how much the clock changes at once.
pub fn op(wait: impl Strategy<Value = f64>) -> impl Strategy<Value = Op> {
    let ttl = prop_oneof![3 => Just(f64::INFINITY), 3 => 0.0..40.0, 2 => (0..9_u32).prop_map(f64::from), 1 => 0.0..1e9];
    prop_oneof![
        24 => (0..KEYS).prop_map(Op::Get),
        24 => (0..KEYS, ttl, weight()).prop_map(|(key, ttl, weight)| Op::Put(key, ttl, weight)),
        4 => (0..KEYS).prop_map(Op::Invalidate),
        8 => wait.prop_map(Op::Wait),
        2 => Just(Op::Sweep),
        2 => (0..14_u32).prop_map(Op::Resize),
        1 => Just(Op::Clear),
    ]
}

fn weight() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => (0..9_u32).prop_map(f64::from),
        1 => Just(0.0),
        1 => (0.0..MAX_WEIGHT).prop_map(f64::trunc),
        1 => (0..3_u32).prop_map(|less| MAX_WEIGHT - f64::from(less)),
    ]
}

/// The largest total weight of a cache; `None` for one that weighs nothing.
pub fn max_weight() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        2 => Just(None),
        3 => (0..40_u32).prop_map(|max| Some(f64::from(max))),
        1 => Just(Some(MAX_WEIGHT)),
        1 => Just(Some(f64::INFINITY)),
    ]
}

/// Runs as many cases as `PROPTEST_CASES` says, or ten thousand.
pub fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 10_000;
    }
    config
}

/// What JavaScript keeps, and the model.
pub struct Front<C> {
    pub core: C,
    now: f64,
    slots: HashMap<u32, u32>,
    /// The tick of the latest use of each entry whose use was not reported yet.
    marks: HashMap<u32, f64>,
    /// The deadline of each key.
    deadlines: HashMap<u32, f64>,
    /// The weight of each key.
    weights: HashMap<u32, f64>,
    order: Box<dyn Order>,
    max_size: u32,
    /// The largest total weight; `None` if nothing is weighed.
    max_weight: Option<f64>,
    /// The tick of the latest use.
    tick: f64,
    /// No entry expires before this, as far as is known.
    due: f64,
    want: u32,
    /// A reserved victim that was used at this stamp or later stays.
    keep_from: f64,
}

impl<C: Core> Front<C> {
    pub fn new(core: C, order: Box<dyn Order>, max_size: u32, max_weight: Option<f64>) -> Self {
        Self {
            core,
            now: 0.0,
            slots: HashMap::new(),
            marks: HashMap::new(),
            deadlines: HashMap::new(),
            weights: HashMap::new(),
            order,
            max_size: max_size.max(1),
            max_weight,
            tick: 0.0,
            due: 0.0,
            want: 1,
            keep_from: 0.0,
        }
    }

    pub fn apply(&mut self, op: &Op) {
        self.perform(op);
        self.check();
    }

    /// The same without the checks, which take long if there are many entries.
    pub fn perform(&mut self, op: &Op) {
        match *op {
            Op::Get(key) => self.get(key),
            Op::Put(key, ttl, weight) => match self.max_weight {
                Some(max) if weight > max => self.invalidate(key),
                Some(max) => {
                    self.put(key, self.now + ttl);
                    self.weigh(key, weight, max);
                }
                None => self.put(key, self.now + ttl),
            },
            Op::Invalidate(key) => self.invalidate(key),
            Op::Wait(time) => self.now = (self.now + time).max(0.0),
            Op::Sweep => self.sweep(),
            Op::Resize(max_size) => self.resize(max_size),
            Op::Clear => {
                self.core.clear();
                for (key, _) in std::mem::take(&mut self.slots) {
                    self.order.remove(key);
                }
                self.marks.clear();
                self.deadlines.clear();
                self.weights.clear();
            }
        }
    }

    /// Compares the whole order by evicting every entry but one. Returns the core.
    pub fn finish(mut self) -> C {
        self.sweep();
        self.resize(1);
        self.check();
        self.core
    }

    /// A hit makes no call, and writes no record.
    fn get(&mut self, key: u32) {
        let expected = self.deadlines.get(&key).copied();
        let Some(&slot) = self.slots.get(&key) else { return assert_eq!(expected, None) };
        let expired = self.core.numbers(slot)[0] < self.now;
        assert_eq!(Some(expired), expected.map(|deadline| deadline < self.now));
        if expired {
            self.core.remove(slot);
            self.forget(key);
        } else {
            self.mark(key, slot);
        }
    }

    fn mark(&mut self, key: u32, slot: u32) {
        self.tick += 1.0;
        self.marks.insert(slot, self.tick);
        self.order.used(key);
    }

    fn put(&mut self, key: u32, deadline: f64) {
        if let Some(&slot) = self.slots.get(&key) {
            let [_, stamp] = self.core.numbers(slot);
            self.core.set_numbers(slot, [deadline, stamp]);
            self.mark(key, slot);
            self.core.deadline_changed(slot);
        } else {
            if self.is_full() && self.now > self.due && !self.expire() {
                // No other call has used the reserved slots.
                self.due = f64::INFINITY;
            }
            let slot = self.next_slot();
            assert!(slot >= 1 && slot < self.core.capacity(), "slot {slot}");
            self.reclaimed(slot);
            self.tick += 1.0;
            self.core.set_numbers(slot, [deadline, self.tick + 0.5]);
            self.slots.insert(key, slot);
            self.order.put(key);
        }
        self.due = self.due.min(deadline);
        self.deadlines.insert(key, deadline);
    }

    /// Sets the weight of an entry that was just put, and removes entries until the limit holds.
    fn weigh(&mut self, key: u32, weight: f64, max: f64) {
        assert!(self.core.set_weight(self.slots[&key], weight));
        self.weights.insert(key, weight);
        while self.total() > max {
            assert!(self.core.total_weight() > max);
            if self.now > self.due && self.expire() {
                continue;
            }
            assert!(self.core.exceeds(max));
            let entries = self.deadlines.len() as u32;
            let max_size = std::mem::replace(&mut self.max_size, entries);
            let slot = self.next_slot();
            self.reclaimed(slot);
            self.max_size = max_size;
            self.core.remove(slot);
        }
        assert!(!self.core.exceeds(max));
    }

    /// The exact total weight of all keys, rounded once.
    fn total(&self) -> f64 {
        self.weights.values().map(|&weight| weight as u128).sum::<u128>() as f64
    }

    fn is_full(&self) -> bool {
        self.deadlines.len() >= self.max_size as usize
    }

    /// The next of the reserved slots, as JavaScript takes it.
    fn next_slot(&mut self) -> u32 {
        let full = self.is_full();
        loop {
            let [mut used, reserved] = self.core.numbers(0);
            while used < reserved {
                let slot = self.reserved(used);
                let mark = if full { self.marks.remove(&slot) } else { None };
                let Some(stamp) = mark else {
                    self.core.set_numbers(0, [used + 1.0, reserved]);
                    return slot;
                };
                let [deadline, _] = self.core.numbers(slot);
                self.core.set_numbers(slot, [deadline, stamp]);
                if stamp < self.keep_from {
                    self.postpone(slot, stamp, used, reserved);
                } else {
                    used += 1.0;
                    self.core.set_numbers(0, [used, reserved]);
                }
            }
            self.want = if used > 0.0 { (2 * self.want).min(64) } else { 1 };
            self.core.reserve(self.want, self.max_size);
            let [_, reserved] = self.core.numbers(0);
            assert!(reserved > 0.0 && reserved <= f64::from(self.want));
            self.keep_from = self.core.numbers_of(2)[1];
            self.read_due();
        }
    }

    fn reserved(&mut self, place: f64) -> u32 {
        self.core.numbers_of(place as u32)[0] as u32
    }

    /// Moves the first of the victims that are left behind those with a lower stamp.
    fn postpone(&mut self, slot: u32, stamp: f64, first: f64, reserved: f64) {
        let mut place = first;
        while place + 1.0 < reserved {
            let next = self.reserved(place + 1.0);
            if self.core.numbers(next)[1] > stamp {
                break;
            }
            self.set_reserved(place, next);
            place += 1.0;
        }
        self.set_reserved(place, slot);
    }

    fn set_reserved(&mut self, place: f64, slot: u32) {
        let [_, number] = self.core.numbers_of(place as u32);
        self.core.set_numbers_of(place as u32, [f64::from(slot), number]);
    }

    fn read_due(&mut self) {
        let [_, due] = self.core.numbers_of(0);
        let least = self.deadlines.values().copied().fold(f64::INFINITY, f64::min);
        assert!(due <= least, "due at {due}, but the first deadline is {least}");
        assert_eq!(due == f64::INFINITY, least == f64::INFINITY);
        self.due = due;
    }

    fn invalidate(&mut self, key: u32) {
        let slot = self.slots.get(&key).copied();
        // A slot without an entry, or even without a record, is not an error.
        self.core.remove(slot.unwrap_or(key + 1_000));
        self.forget(key);
    }

    fn sweep(&mut self) {
        while self.expire() {}
        assert!(!self.has_expired(), "an expired entry is left");
    }

    fn has_expired(&self) -> bool {
        self.deadlines.values().any(|&deadline| deadline < self.now)
    }

    /// Removes one entry that has expired. Returns `false` if there is none.
    fn expire(&mut self) -> bool {
        let slot = self.core.expire(self.now);
        if slot != 0 {
            let key = self.key_of(slot).expect("the slot has an entry");
            assert!(self.deadlines[&key] < self.now, "the entry has not expired");
            self.forget(key);
        }
        self.read_due();
        slot != 0
    }

    fn resize(&mut self, max_size: u32) {
        self.max_size = max_size.max(1);
        self.sweep();
        while self.deadlines.len() > self.max_size as usize {
            let slot = self.next_slot();
            self.reclaimed(slot);
            self.core.remove(slot);
        }
    }

    /// Checks that the entry in a slot that was taken, if any, is the one to evict.
    fn reclaimed(&mut self, slot: u32) {
        let key = self.key_of(slot);
        assert_eq!(key.is_some(), self.is_full(), "an entry is evicted only from a full cache");
        let Some(key) = key else { return };
        assert!(!self.has_expired(), "an entry is evicted, but another one has expired");
        assert_eq!(key, self.order.victim(), "the wrong entry is evicted");
        self.forget(key);
    }

    fn key_of(&self, slot: u32) -> Option<u32> {
        self.slots.iter().find(|&(_, &other)| other == slot).map(|(&key, _)| key)
    }

    fn forget(&mut self, key: u32) {
        if let Some(slot) = self.slots.remove(&key) {
            self.marks.remove(&slot);
            self.order.remove(key);
        }
        self.deadlines.remove(&key);
        self.weights.remove(&key);
    }

    pub fn check(&mut self) {
        assert_eq!(self.core.len() as usize, self.deadlines.len());
        self.core.validate();
        for (key, deadline) in &self.deadlines {
            let slot = self.slots[key];
            assert_eq!(self.core.numbers(slot)[0], *deadline);
            assert_eq!(self.core.weight(slot), self.weights.get(key).copied().unwrap_or(0.0));
        }
        assert_eq!(self.core.total_weight(), self.total());
    }
}
