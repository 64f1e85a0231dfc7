//! The cache: what happens to the entries, whatever the policy.

use crate::expiry::Expiry;
use crate::lru::Lru;
use crate::offer::{MOST, Offer};
use crate::policy::Policy;
use crate::records::{FIRST, Records};
use crate::slots::{Slot, Slots};

/// The metadata of a cache's entries. All times are milliseconds.
pub struct Cache<P = Lru> {
    records: Records,
    slots: Slots,
    policy: P,
    expiry: Expiry,
    offer: Offer,
}

impl<P: Policy> Cache<P> {
    /// A cache that is not in use: nothing fits, and nothing is allocated.
    pub const NEW: Self =
        Self { records: Records::NEW, slots: Slots::NEW, policy: P::NEW, expiry: Expiry::NEW, offer: Offer::NEW };

    /// Starts anew: there are no entries, and the memory is given back. Memory for entries is allocated as they come,
    /// for the header at once if the cache is `in_use`. `false` if there is none.
    pub fn reset(&mut self, in_use: bool) -> bool {
        self.records = Records::NEW;
        self.slots = Slots::NEW;
        self.policy = P::NEW;
        self.expiry = Expiry::NEW;
        self.offer = Offer::NEW;
        let reserved = !in_use || self.records.reserve(FIRST, 1);
        self.publish();
        reserved
    }

    /// The records, for JavaScript to read and to write.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// Offers up to `want` slots for the next entries, at most [`MOST`]: free ones or, if there are already `max_size`
    /// entries, the policy's victims. None if there is no memory; nothing has changed then.
    pub fn offer(&mut self, want: u32, max_size: u32) {
        self.withdraw();
        let live = self.slots.live();
        let fresh = live < max_size;
        let room = if fresh { max_size.wrapping_sub(live).min(MOST) } else { MOST };
        for _ in 0..want.min(room) {
            let slot = if fresh {
                self.slots.acquire(max_size, &mut self.records)
            } else {
                self.policy.victim(&mut self.records)
            };
            let Some(slot) = slot else { break };
            self.offer.add(slot, &mut self.records);
        }
        self.publish();
    }

    /// The entry in `slot`, if there is one, has another deadline.
    pub fn replaced(&mut self, slot: u32) {
        if self.slots.is_live(slot, &mut self.records) {
            self.expiry.replaced(slot, &mut self.records);
        }
    }

    /// Removes the entry in `slot`, if there is one.
    pub fn remove(&mut self, slot: u32) {
        self.withdraw();
        if self.slots.is_live(slot, &mut self.records) {
            self.drop_entry(slot);
        }
        self.publish();
    }

    /// Removes an entry that has expired, and says which. `None` if there is none.
    pub fn expire(&mut self, now: f64) -> Option<Slot> {
        self.withdraw();
        let slot = self.expiry.expired(now, &mut self.records);
        if let Some(slot) = slot {
            self.drop_entry(slot.get());
        }
        self.publish();
        slot
    }

    /// Tells JavaScript what is offered, and up to when nothing expires.
    #[inline(never)] // Inlined, it makes the module larger.
    fn publish(&mut self) {
        let due = self.expiry.due(&self.records);
        self.offer.publish(due, &mut self.records);
    }

    #[inline(never)] // Inlined, it makes the module larger.
    fn drop_entry(&mut self, slot: u32) {
        self.policy.removed(slot, &mut self.records);
        self.expiry.removed(slot, &mut self.records);
        self.slots.release(slot, &mut self.records);
    }

    /// Puts the entries into their orders for which JavaScript has used slots that were offered, and takes the rest
    /// back.
    #[inline(never)] // Inlined, it makes the module larger.
    fn withdraw(&mut self) {
        let (used, left) = self.offer.withdraw(&mut self.records);
        self.policy.recall();
        for place in used {
            if let Some(slot) = self.offer.get(place, &mut self.records)
                && self.policy.inserted(slot.get(), &mut self.records)
            {
                self.expiry.inserted(slot.get(), &mut self.records);
            }
        }
        for place in left.rev() {
            let Some(slot) = self.offer.get(place, &mut self.records) else { continue };
            if self.records.is_vacant(slot.get()) {
                self.drop_entry(slot.get());
            } else {
                self.policy.spared(slot.get(), &mut self.records);
            }
        }
    }

    /// The numbers of a list's record, where slots are offered.
    #[cfg(any(test, feature = "validate"))]
    pub fn numbers_of(&mut self, node: u32) -> Option<&mut [f64; 2]> {
        self.records.numbers_of(node)
    }

    /// The numbers of a record, for JavaScript to write whatever it wants.
    #[cfg(any(test, feature = "validate"))]
    pub fn numbers(&mut self, slot: u32) -> Option<&mut [f64; 2]> {
        self.records.numbers(slot)
    }

    /// The number of entries, whether or not they have expired.
    #[cfg(any(test, feature = "validate"))]
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&mut self) -> u32 {
        self.slots.live().wrapping_sub(self.offer.vacant(&mut self.records))
    }

    /// Checks every invariant there is, unless slots are offered: what is between two orders is in neither.
    ///
    /// # Panics
    ///
    /// If one does not hold.
    #[cfg(any(test, feature = "validate"))]
    pub fn validate(&mut self) {
        if !self.offer.is_empty() {
            return;
        }
        let live = |slot, records: &mut Records| self.slots.is_live(slot, records);
        let end = self.slots.end();
        self.slots.validate(&mut self.records);
        self.policy.validate(&mut self.records, end, &live);
        self.expiry.validate(&mut self.records, end, &live);
        for slot in FIRST..end {
            let free = self.records.deadline(slot) == f64::NEG_INFINITY;
            let live = live(slot, &mut self.records);
            assert!(live || free, "slot {slot} has a deadline, but no entry");
        }
    }
}
