//! A cache's metadata, and the operations that are the same for every policy.

use crate::expiry::Expiry;
use crate::free_list::FreeList;
use crate::memory::{Buffer, Heap, Memory};
use crate::policy::{AnyPolicy, Policy};
use crate::records::{FIRST_SLOT, Record, Records, Slot, node_of};
use crate::reservation::{MAX_RESERVED, Reservation};
use crate::weights::{MAX_WEIGHT, Weights};

/// The metadata of one cache's entries. Times are milliseconds.
///
/// Slots that are not in use, and numbers that make no sense, are not errors: the call finds nothing and changes
/// nothing.
///
/// # Weights
///
/// A caller that limits the total weight [sets the weight](Self::set_weight) of each entry that it puts, even if that is
/// 0 and even if the entry replaces another one. A reserved victim counts until then: the entry that is put into its slot
/// has the victim's weight. After that the caller removes entries while the total [exceeds](Self::exceeds) the limit:
/// those that have [expired](Self::expire) first, then victims, [reserved](Self::reserve) with the number of entries as
/// `max_size`.
pub struct Cache<P = AnyPolicy, M: Memory = Heap> {
    buffer: M::Buffer<Record>,
    free_list: FreeList,
    policy: P,
    expiry: Expiry,
    weights: Weights<M>,
    reservation: Reservation,
}

impl<P: Policy, M: Memory> Cache<P, M> {
    /// A cache without entries, and without the memory for any: it has to be [opened](Self::open).
    pub const fn new(policy: P) -> Self {
        Self {
            buffer: M::Buffer::EMPTY,
            free_list: FreeList::NEW,
            policy,
            expiry: Expiry::NEW,
            weights: Weights::NEW,
            reservation: Reservation::NEW,
        }
    }

    /// Allocates the header. The memory for entries is allocated as they come. Returns `false` if there is no memory.
    pub fn open(&mut self) -> bool {
        let grown = self.grow(FIRST_SLOT, 1);
        self.publish();
        grown
    }

    /// Forgets all entries and frees the memory. The cache has to be [opened](Self::open) again.
    #[inline(never)]
    pub fn close(&mut self) {
        self.buffer = M::Buffer::EMPTY;
        self.free_list = FreeList::NEW;
        self.policy.clear();
        self.expiry = Expiry::NEW;
        self.weights = Weights::NEW;
        self.reservation = Reservation::NEW;
    }

    /// The records, for the caller to read and write.
    pub fn records(&mut self) -> Records<'_> {
        Records::new(&mut self.buffer)
    }

    /// The policy, for a caller that shares memory with it.
    pub fn policy(&mut self) -> &mut P {
        &mut self.policy
    }

    /// The address of the header, for a caller that reads and writes the memory itself. It changes when records are
    /// allocated.
    pub fn address(&self) -> usize {
        self.buffer.as_ptr().wrapping_add(node_of(0) as usize).addr()
    }

    /// Reserves up to `want` slots for the next entries, at most [`MAX_RESERVED`]: free slots or, if there are already
    /// `max_size` entries, those of victims. Reserves none, with nothing changed, if there is no memory.
    pub fn reserve(&mut self, want: u32, max_size: u32) {
        self.settle();
        let live = self.free_list.live();
        let are_victims = live >= max_size;
        let most = if are_victims { MAX_RESERVED } else { max_size.wrapping_sub(live).min(MAX_RESERVED) };
        let want = want.min(most);
        if are_victims {
            self.reserve_victims(want);
        } else {
            self.reserve_free(want, max_size);
        }
        self.publish();
    }

    fn reserve_victims(&mut self, want: u32) {
        let records = &mut Records::new(&mut self.buffer);
        let mut last = 0;
        for _ in 0..want {
            let Some(slot) = self.policy.reserve_victim(records) else { break };
            self.reservation.add(slot, records);
            last = slot.get();
        }
        let keep_from = self.policy.keep_from(last, records);
        self.reservation.keep_from(keep_from, records);
    }

    fn reserve_free(&mut self, want: u32, max_size: u32) {
        for _ in 0..want {
            let new = self.free_list.next_new();
            if new.is_some_and(|slot| !self.grow(slot, max_size)) {
                break;
            }
            let records = &mut Records::new(&mut self.buffer);
            let Some(slot) = self.free_list.acquire(records) else { break };
            self.reservation.add(slot, records);
        }
    }

    /// The entry in `slot`, if there is one, has another deadline.
    pub fn deadline_changed(&mut self, slot: u32) {
        let records = &mut Records::new(&mut self.buffer);
        if self.free_list.is_live(slot, records) {
            self.expiry.deadline_changed(slot, records);
        }
    }

    /// Sets the weight of the entry in `slot`, if there is one: also of an entry that the caller has just put into a
    /// reserved slot. Keeps the reservation. Returns `false`, with nothing changed, if there is no memory: the first
    /// weight of a cache that is not 0 allocates.
    ///
    /// A weight is an integer from 0 to [`MAX_WEIGHT`]. Of other numbers, a fraction is cut off, NaN and negative
    /// numbers count as 0, and numbers above `MAX_WEIGHT` as `MAX_WEIGHT`.
    pub fn set_weight(&mut self, slot: u32, weight: f64) -> bool {
        if !self.free_list.is_live(slot, &mut Records::new(&mut self.buffer)) {
            return true;
        }
        let mut whole = 0.0;
        // 0 for NaN and negative numbers.
        if weight as u32 != 0 {
            if self.weights.is_empty() && !self.grow_weights() {
                return false;
            }
            whole = if weight < MAX_WEIGHT { weight.trunc() } else { MAX_WEIGHT };
        }
        self.weigh(slot, whole);
        true
    }

    /// The weight of the entry in `slot`, 0 if there is none.
    pub fn weight(&self, slot: u32) -> f64 {
        self.weights.get(slot)
    }

    /// The total weight of all entries, including expired ones that were not removed yet: exact up to 2^53, else the
    /// nearest `f64`.
    pub fn total_weight(&mut self) -> f64 {
        self.weights.total(&mut Records::new(&mut self.buffer))
    }

    /// Whether the total weight is above `max`; never if that is NaN. Ends the reservation: the next one is of victims,
    /// if `max_size` says so.
    pub fn exceeds(&mut self, max: f64) -> bool {
        self.settle();
        self.publish();
        self.total_weight() > max
    }

    /// Removes the entry in `slot`, if there is one.
    pub fn remove(&mut self, slot: u32) {
        self.settle();
        if self.free_list.is_live(slot, &mut Records::new(&mut self.buffer)) {
            self.forget(slot);
        }
        self.publish();
    }

    /// Removes an entry that has expired by `now`, and returns its slot.
    pub fn expire(&mut self, now: f64) -> Option<Slot> {
        self.settle();
        let slot = self.expiry.expired(now, &mut Records::new(&mut self.buffer));
        if let Some(slot) = slot {
            self.forget(slot.get());
        }
        self.publish();
        slot
    }

    /// Makes room for a slot.
    #[inline(never)]
    fn grow(&mut self, slot: u32, max_size: u32) -> bool {
        Records::grow(&mut self.buffer, slot, max_size)
            && self.policy.grow(slot.wrapping_add(1), max_size, &mut Records::new(&mut self.buffer))
            && (self.weights.is_empty() || self.grow_weights())
    }

    /// Makes room for a weight in each slot.
    #[inline(never)]
    fn grow_weights(&mut self) -> bool {
        self.weights.grow(&mut self.buffer)
    }

    #[inline(never)]
    fn weigh(&mut self, slot: u32, weight: f64) {
        self.weights.set(slot, weight, &mut Records::new(&mut self.buffer));
    }

    /// Publishes the number of reserved slots, and the time up to which nothing expires.
    #[inline(never)]
    fn publish(&mut self) {
        let records = &mut Records::new(&mut self.buffer);
        let due = self.expiry.due(records);
        self.reservation.publish(due, records);
    }

    #[inline(never)]
    fn forget(&mut self, slot: u32) {
        let records = &mut Records::new(&mut self.buffer);
        self.policy.remove(slot, records);
        self.expiry.remove(slot, records);
        self.free_list.release(slot, records);
        self.weigh(slot, 0.0);
    }

    /// Ends the reservation: orders the entries that the caller has put into reserved slots, restores the victims that
    /// were not needed, and releases the free slots that were not.
    #[inline(never)]
    fn settle(&mut self) {
        let (used, unused) = self.reservation.settle(&mut Records::new(&mut self.buffer));
        self.policy.rollback();
        let records = &mut Records::new(&mut self.buffer);
        for index in used {
            let Some(slot) = self.reservation.get(index, records) else { continue };
            if records.is_unused(slot.get()) {
                self.policy.insert(slot.get(), records);
                self.expiry.insert(slot.get(), records);
            } else {
                self.policy.used(slot.get(), records);
            }
        }
        for index in unused.rev() {
            let records = &mut Records::new(&mut self.buffer);
            let Some(slot) = self.reservation.get(index, records) else { continue };
            if records.is_vacant(slot.get()) {
                self.forget(slot.get());
            } else {
                self.policy.restore_victim(slot.get(), records);
            }
        }
    }

    /// The number of entries, including expired ones that were not removed yet.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&mut self) -> u32 {
        self.free_list.live().wrapping_sub(self.reservation.vacant(&mut Records::new(&mut self.buffer)))
    }

    /// Checks every invariant; while slots are reserved only those of the weights, as the order of reserved victims is
    /// not settled yet.
    ///
    /// # Panics
    ///
    /// If an invariant does not hold.
    pub fn validate(&mut self) {
        let records = &mut Records::new(&mut self.buffer);
        let live = |slot, records: &mut Records| self.free_list.is_live(slot, records);
        self.weights.validate(records, &live);
        if !self.reservation.is_empty() {
            return;
        }
        let end = self.free_list.end();
        self.free_list.validate(records);
        self.policy.validate(records, end, &live);
        self.expiry.validate(records, end, &live);
        for slot in FIRST_SLOT..end {
            let live = live(slot, records);
            assert!(live || records.is_vacant(slot), "slot {slot} has a deadline, but no entry");
        }
    }
}
