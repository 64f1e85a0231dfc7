//! The cache: what happens to the entries, whatever the policy.

use std::num::NonZeroU32;

use crate::expiry::Expiry;
use crate::lru::Lru;
use crate::policy::Policy;
use crate::radix::LISTS;
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
        Self { records: Records::NEW, slots: Slots::new(HEADER), policy: P::NEW, expiry: Expiry::NEW, max_size: 0 };

    /// Starts anew, for up to `max_size` entries, at most [`MAX_SIZE`], or not in use if that is 0: there are no entries,
    /// all counters are zero, and the memory is given back. Memory for entries is allocated as they come. `false` if
    /// there is none even for the counters.
    pub fn reset(&mut self, max_size: u32) -> bool {
        self.records = Records::NEW;
        self.slots = Slots::new(HEADER);
        self.policy = P::NEW;
        self.expiry = Expiry::NEW;
        self.max_size = max_size;
        max_size == 0 || self.records.reserve(HEADER)
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
    /// the policy evicts. `None` if there is no memory; an entry may have gone in vain then.
    pub fn insert(&mut self, now: f64, deadline: f64) -> Option<Chosen> {
        let evicted = if self.len() >= self.max_size { Some(self.evict(now)?) } else { None };
        // If a slot was just given up, then this is the same.
        let slot = self.slots.acquire()?;
        let index = slot.get();
        // Many records are a little ahead: the block that they outgrow has the size that the queues need next.
        let ahead = if index < 4_096 { index } else { index.wrapping_add(LISTS) };
        let room = self.records.reserve(ahead) && self.policy.reserve(index) && self.expiry.reserve(index, deadline);
        if !room {
            self.slots.release(index);
            return None;
        }
        self.write(index, deadline, true);
        self.policy.inserted(index, &self.records);
        evicted.or_else(|| Chosen::new(slot, Outcome::Fresh))
    }

    /// Gives the entry in `slot` a new deadline, and uses it. `false` if there is no such entry, or no memory; nothing
    /// has changed then.
    pub fn replace(&mut self, slot: u32, deadline: f64) -> bool {
        let found = self.slots.is_live(slot) && self.expiry.reserve(slot, deadline);
        if found {
            self.write(slot, deadline, false);
        }
        found
    }

    /// Removes the entry in `slot`, and counts it if it is removed because it has `expired`. `false` if there is none.
    pub fn remove(&mut self, slot: u32, expired: bool) -> bool {
        if !self.slots.release(slot) {
            return false;
        }
        self.policy.removed(slot);
        self.expiry.removed(slot);
        self.records.vacate(slot);
        if expired {
            self.records.count_expiration();
        }
        true
    }

    /// Removes an entry that has expired, and says which. `None` if there is none.
    pub fn expire(&mut self, now: f64) -> Option<Slot> {
        let slot = self.expiry.expired(now, &self.records)?;
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
        let slot = self.policy.victim(&self.records)?;
        self.remove(slot.get(), false);
        self.records.count_eviction();
        Chosen::new(slot, Outcome::Evicted)
    }

    /// Writes the record of an entry, and queues it for expiry.
    fn write(&mut self, slot: u32, deadline: f64, new: bool) {
        self.records.write(slot, deadline, new);
        self.expiry.removed(slot);
        self.expiry.inserted(slot, &self.records);
    }

    /// The records as JavaScript has them.
    #[cfg(any(test, feature = "validate"))]
    pub fn shared(&mut self) -> &mut [[f64; 2]] {
        self.records.shared()
    }

    /// Checks every invariant there is.
    ///
    /// # Panics
    ///
    /// If one does not hold.
    #[cfg(any(test, feature = "validate"))]
    pub fn validate(&self) {
        let live = |slot| self.slots.is_live(slot);
        let end = self.slots.end();
        self.slots.validate();
        self.policy.validate(&self.records, end, &live);
        self.expiry.validate(&self.records, end, &live);
        for slot in HEADER..end.max(self.records.capacity()) {
            let recorded = slot < self.records.capacity();
            let free = !recorded || self.records.deadline(slot) == f64::NEG_INFINITY;
            assert!(if live(slot) { recorded } else { free }, "slot {slot} has an entry or a deadline, but not both");
        }
    }
}
