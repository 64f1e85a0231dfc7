//! The cache: what happens to the entries, whatever the policy.

use std::num::NonZeroU32;

use crate::expiry::Expiry;
use crate::lru::Lru;
use crate::policy::Policy;
use crate::records::{HEADER, Records};
use crate::slots::{Slot, Slots};

/// The largest number of entries: as many as a `Map` of JavaScript holds.
pub const MAX_SIZE: u32 = (1 << 24) - 1;

/// How a slot came to be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It had no entry.
    Fresh = 0,
    /// Its entry was evicted by the policy.
    Evicted = 1,
    /// Its entry had expired.
    Expired = 2,
}

/// A slot, and how it came to be chosen: `slot << 2 | outcome` in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen(NonZeroU32);

impl Chosen {
    fn new(slot: Slot, outcome: Outcome) -> Option<Self> {
        NonZeroU32::new(slot.get() << 2 | outcome as u32).map(Self)
    }

    /// The slot.
    pub fn slot(self) -> u32 {
        self.0.get() >> 2
    }

    /// How it came to be chosen.
    pub fn outcome(self) -> Outcome {
        match self.0.get() & 3 {
            0 => Outcome::Fresh,
            1 => Outcome::Evicted,
            _ => Outcome::Expired,
        }
    }

    /// Both in one word.
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

/// The metadata of a cache's entries. All times are milliseconds.
pub struct Cache<P = Lru> {
    records: Records,
    slots: Slots,
    policy: P,
    expiry: Expiry,
    max_size: u32,
}

impl<P: Policy> Cache<P> {
    /// A cache that is not in use: nothing fits, and nothing is allocated.
    pub const NEW: Self =
        Self { records: Records::NEW, slots: Slots::NEW, policy: P::NEW, expiry: Expiry::NEW, max_size: 0 };

    /// Starts anew, for up to `max_size` entries, at most [`MAX_SIZE`], or not in use if that is 0: there are no entries,
    /// all counters are zero, and the memory is given back. Memory for entries is allocated as they come. `false` if
    /// there is none even for the counters.
    pub fn reset(&mut self, max_size: u32) -> bool {
        self.records = Records::NEW;
        self.slots = Slots::NEW;
        self.policy = P::NEW;
        self.expiry = Expiry::NEW;
        self.max_size = max_size;
        max_size == 0 || self.records.reserve(HEADER, 1)
    }

    /// How many entries fit, 0 if the cache is not in use.
    pub fn max_size(&self) -> u32 {
        self.max_size
    }

    /// The records, for JavaScript to read and to write.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// The number of entries, whether or not they have expired.
    pub fn len(&self) -> u32 {
        self.slots.live()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts an entry into a free slot or, if the cache is full, in the place of an entry that has expired, or else that
    /// the policy evicts. `None` if there is no memory; nothing has changed then.
    pub fn insert(&mut self, now: f64, deadline: f64) -> Option<Chosen> {
        let evicted = if self.len() >= self.max_size { Some(self.evict(now)?) } else { None };
        // If a slot was just given up, then this is the same.
        let slot = self.slots.acquire(self.max_size, &mut self.records)?;
        let index = slot.get();
        self.write(index, deadline, true);
        self.policy.inserted(index, &mut self.records);
        evicted.or_else(|| Chosen::new(slot, Outcome::Fresh))
    }

    /// Gives the entry in `slot` a new deadline, and uses it. `false` if there is no such entry.
    pub fn replace(&mut self, slot: u32, deadline: f64) -> bool {
        let found = self.slots.is_live(slot, &mut self.records);
        if found {
            self.write(slot, deadline, false);
        }
        found
    }

    /// Removes the entry in `slot`, and counts it if it is removed because it has `expired`. `false` if there is none.
    pub fn remove(&mut self, slot: u32, expired: bool) -> bool {
        if !self.slots.is_live(slot, &mut self.records) {
            return false;
        }
        self.policy.removed(slot, &mut self.records);
        self.expiry.removed(slot, &mut self.records);
        self.slots.release(slot, &mut self.records);
        if expired {
            self.records.count_expiration();
        }
        true
    }

    /// Removes an entry that has expired, and says which. `None` if there is none.
    pub fn expire(&mut self, now: f64) -> Option<Slot> {
        let slot = self.expiry.expired(now, &mut self.records)?;
        self.remove(slot.get(), true);
        Some(slot)
    }

    /// Changes the number of entries that fit: at least one, at most [`MAX_SIZE`]. Those that no longer do are for
    /// [`trim`](Self::trim).
    pub fn resize(&mut self, max_size: u32) {
        self.max_size = max_size.clamp(1, MAX_SIZE);
    }

    /// Removes an entry if there are more than fit, as [`insert`](Self::insert) does, and says which. `None` if all fit.
    pub fn trim(&mut self, now: f64) -> Option<Chosen> {
        if self.len() <= self.max_size {
            return None;
        }
        self.evict(now)
    }

    /// No entry expires before this: a lower bound of all deadlines, 0 if one may be over, `+Infinity` if there is none.
    pub fn due(&mut self) -> f64 {
        self.expiry.due(&self.records)
    }

    /// Removes an entry that has expired, or else the policy's victim.
    fn evict(&mut self, now: f64) -> Option<Chosen> {
        if let Some(slot) = self.expire(now) {
            return Chosen::new(slot, Outcome::Expired);
        }
        let slot = self.policy.victim(&mut self.records)?;
        self.remove(slot.get(), false);
        self.records.count_eviction();
        Chosen::new(slot, Outcome::Evicted)
    }

    /// Writes the record of an entry, and queues it for expiry.
    fn write(&mut self, slot: u32, deadline: f64, new: bool) {
        self.records.write(slot, deadline, new);
        self.expiry.removed(slot, &mut self.records);
        self.expiry.inserted(slot, &mut self.records);
    }

    /// The numbers of a record, for JavaScript to write whatever it wants.
    #[cfg(any(test, feature = "validate"))]
    pub fn numbers(&mut self, slot: u32) -> Option<&mut [f64; 2]> {
        self.records.numbers(slot)
    }

    /// Checks every invariant there is.
    ///
    /// # Panics
    ///
    /// If one does not hold.
    #[cfg(any(test, feature = "validate"))]
    pub fn validate(&mut self) {
        let live = |slot, records: &mut Records| self.slots.is_live(slot, records);
        let end = self.slots.end();
        self.slots.validate(&mut self.records);
        self.policy.validate(&mut self.records, end, &live);
        self.expiry.validate(&mut self.records, end, &live);
        for slot in HEADER..end {
            let free = self.records.deadline(slot) == f64::NEG_INFINITY;
            let live = live(slot, &mut self.records);
            assert!(live || free, "slot {slot} has a deadline, but no entry");
        }
    }
}
