//! Evicts the least recently used entry, exactly.

use crate::policy::Policy;
use crate::radix::RadixQueue;
use crate::records::{Field, Records, Slot};

/// The order of the entries by their latest use.
///
/// Entries are queued by their stamp. An entry that was hit keeps its old stamp until it is reserved as a victim and the
/// caller reports its latest use; it is queued again then. A thousand hits between two evictions cost one move.
///
/// A reserved victim moves to the back of the FIFO at once: in most cases a new entry takes its slot, and is then in
/// order already.
pub struct Lru {
    queue: RadixQueue,
    /// The first reserved victim, from which on the FIFO holds victims, or 0.
    first_victim: u32,
}

impl Lru {
    /// No entries. Nothing is allocated.
    pub const NEW: Self = Self { queue: RadixQueue::new(Field::Stamp), first_victim: 0 };
}

impl Policy for Lru {
    fn clear(&mut self) {
        *self = Self::NEW;
    }

    fn insert(&mut self, slot: u32, records: &mut Records) {
        self.queue.push_fifo(slot, records);
    }

    fn remove(&mut self, slot: u32, records: &mut Records) {
        self.queue.remove(slot, records);
    }

    fn used(&mut self, slot: u32, records: &mut Records) {
        self.queue.push_heap(slot, records);
    }

    fn reserve_victim(&mut self, records: &mut Records) -> Option<Slot> {
        let slot = self.queue.first(self.first_victim, i64::MAX, records)?;
        self.queue.push_fifo(slot.get(), records);
        if self.first_victim == 0 {
            self.first_victim = slot.get();
        }
        Some(slot)
    }

    fn keep_from(&self, last: u32, records: &Records) -> f64 {
        // Every entry that is not reserved was used later.
        records.get(last, Field::Stamp)
    }

    fn rollback(&mut self) {
        // The next `insert` of each victim moves it to the back again, without a write if all are inserted.
        if self.first_victim != 0 {
            self.queue.rotate_to(self.first_victim);
            self.first_victim = 0;
        }
    }

    fn restore_victim(&mut self, slot: u32, records: &mut Records) {
        self.queue.push_fifo(slot, records);
        self.queue.rotate_to(slot);
    }

    fn validate(&self, records: &mut Records, end: u32, live: &dyn Fn(u32, &mut Records) -> bool) {
        self.queue.validate(end, live, records);
    }
}
