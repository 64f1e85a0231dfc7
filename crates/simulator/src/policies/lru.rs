//! Least recently used, in the order that the package ships.

use holdfast_core::{AnyPolicy, Cache, Heap, PolicyKind, policy};

use crate::by_key::ByKey;
use crate::policy::Policy;

/// The LRU cache of `holdfast`: the order of evictions and expirations of `holdfast-core`, called as the JavaScript of the
/// package calls it. Hits leave marks, slots are reserved ahead, and a full cache removes an expired key first.
pub type Lru = Shipped<AnyPolicy>;

/// A cache on any policy of `holdfast-core`.
pub struct Shipped<P> {
    core: Cache<P, Heap>,
    size: u32,
    len: u32,
    /// The slot of each key; 0: it is not stored.
    slots: ByKey<u32>,
    /// The key of each slot.
    ids: Vec<u32>,
    /// The tick of the last use of each slot's key that was not reported to the core yet; 0: there is none.
    marks: Vec<u64>,
    tick: u64,
    used: u32,
    reserved: u32,
    keep_from: f64,
    want: u32,
    /// How long a key is kept, in milliseconds; `INFINITY`: forever. Requests may bring their own.
    ttl: f64,
    /// No key expires before this.
    due: f64,
}

impl Lru {
    /// An empty cache whose keys do not expire.
    pub fn new(size: u32) -> Self {
        Self::with_ttl(size, f64::INFINITY)
    }

    /// An empty cache whose keys expire after `ttl` milliseconds.
    pub fn with_ttl(size: u32, ttl: f64) -> Self {
        Self::on(AnyPolicy::new(PolicyKind::Lru), size, ttl)
    }
}

impl<P: policy::Policy> Shipped<P> {
    /// An empty cache with that policy of the core.
    pub fn on(policy: P, size: u32, ttl: f64) -> Self {
        let mut core = Cache::new(policy);
        core.open();
        Self {
            core,
            size: size.max(1),
            len: 0,
            slots: ByKey::default(),
            ids: Vec::new(),
            marks: Vec::new(),
            tick: 0,
            used: 0,
            reserved: 0,
            keep_from: 0.0,
            want: 1,
            ttl,
            due: f64::INFINITY,
        }
    }

    /// Requests a key at a time, in milliseconds. Returns whether it was stored and had not expired. If it was not, it
    /// is stored for the `ttl` of the cache.
    pub fn access_at(&mut self, id: u32, now: f64) -> bool {
        self.access_with(id, now, self.ttl)
    }

    /// The same as [`access_at`](Self::access_at) with another ttl for a key that is stored now.
    pub fn access_with(&mut self, id: u32, now: f64, ttl: f64) -> bool {
        let slot = self.slots.get(id);
        if slot != 0 {
            // A cache whose keys never expire does not read the record, as in JavaScript.
            if self.due == f64::INFINITY || self.core.records().deadline(slot) >= now {
                self.tick += 1;
                self.marks[slot as usize] = self.tick;
                return true;
            }
            self.core.remove(slot);
            self.forget(slot);
            self.read_reservation();
        }
        self.put(id, now, ttl);
        false
    }

    fn put(&mut self, id: u32, now: f64, ttl: f64) {
        if self.len >= self.size && now > self.due {
            match self.core.expire(now) {
                Some(slot) => self.forget(slot.get()),
                None => self.due = f64::INFINITY,
            }
            self.read_reservation();
        }
        let is_full = self.len >= self.size;
        let slot = self.take(is_full);
        if slot == 0 {
            return;
        }
        if is_full {
            self.forget(slot);
        }
        self.tick += 1;
        let deadline = now + ttl;
        self.due = self.due.min(deadline);
        if let Some(numbers) = self.core.records().numbers(slot) {
            *numbers = [deadline, self.tick as f64 + 0.5];
        }
        self.slots.set(id, slot);
        let index = slot as usize;
        if self.ids.len() <= index {
            self.ids.resize(index + 1, 0);
            self.marks.resize(index + 1, 0);
        }
        self.ids[index] = id;
        self.marks[index] = 0;
        self.len += 1;
    }

    /// Takes the next reserved slot; 0 if there is no memory for any.
    fn take(&mut self, is_full: bool) -> u32 {
        loop {
            while self.used < self.reserved {
                let slot = self.reserved_at(self.used);
                let mark = if is_full { std::mem::take(&mut self.marks[slot as usize]) } else { 0 };
                if mark == 0 {
                    self.count_used();
                    return slot;
                }
                let stamp = mark as f64;
                if let Some(numbers) = self.core.records().numbers(slot) {
                    numbers[1] = stamp;
                }
                if stamp < self.keep_from {
                    self.postpone(slot, stamp);
                } else {
                    self.count_used();
                }
            }
            self.want = if self.used > 0 { (2 * self.want).min(64) } else { 1 };
            self.core.reserve(self.want, self.size);
            self.read_reservation();
            self.keep_from = self.core.records().numbers_of(2).map_or(0.0, |numbers| numbers[1]);
            if self.reserved == 0 {
                return 0;
            }
        }
    }

    fn count_used(&mut self) {
        self.used += 1;
        if let Some(header) = self.core.records().numbers(0) {
            header[0] = f64::from(self.used);
        }
    }

    /// Moves a victim, the first that is not taken yet, behind those with a lower stamp.
    fn postpone(&mut self, slot: u32, stamp: f64) {
        let mut place = self.used;
        while place + 1 < self.reserved {
            let next = self.reserved_at(place + 1);
            if self.core.records().numbers(next).is_none_or(|numbers| numbers[1] > stamp) {
                break;
            }
            self.set_reserved_at(place, next);
            place += 1;
        }
        self.set_reserved_at(place, slot);
    }

    fn reserved_at(&mut self, place: u32) -> u32 {
        self.core.records().numbers_of(place).map_or(0, |numbers| numbers[0] as u32)
    }

    fn set_reserved_at(&mut self, place: u32, slot: u32) {
        if let Some(numbers) = self.core.records().numbers_of(place) {
            numbers[0] = f64::from(slot);
        }
    }

    /// Reads what the core has published in its last call.
    fn read_reservation(&mut self) {
        let mut records = self.core.records();
        let [used, reserved] = records.numbers(0).copied().unwrap_or_default();
        self.used = used as u32;
        self.reserved = reserved as u32;
        self.due = records.numbers_of(0).map_or(self.due, |numbers| numbers[1]);
    }

    /// Forgets the key of a slot that the core has freed.
    fn forget(&mut self, slot: u32) {
        self.marks[slot as usize] = 0;
        self.slots.set(self.ids[slot as usize], 0);
        self.len -= 1;
    }
}

impl<P: policy::Policy> Policy for Shipped<P> {
    fn access(&mut self, id: u32) -> bool {
        self.access_at(id, 0.0)
    }

    fn len(&self) -> usize {
        self.len as usize
    }
}
