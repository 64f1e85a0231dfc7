//! Evicts the least recently used entry, exactly.

use crate::policy::Policy;
use crate::radix::RadixQueue;
use crate::records::{Field, Records};
use crate::slots::Slot;

/// The order of entries by their latest use.
///
/// Entries are queued by the stamp they had at that time. Hits move only the stamp in the record, and an entry that was
/// hit is queued again once it comes to the front: a thousand hits between two evictions cost one move.
pub struct Lru {
    queue: RadixQueue,
}

impl Policy for Lru {
    const NEW: Self = Self { queue: RadixQueue::new(Field::Stamp) };

    fn inserted(&mut self, slot: u32, records: &mut Records) {
        self.queue.push(slot, records);
    }

    fn removed(&mut self, slot: u32, records: &mut Records) {
        self.queue.remove(slot, records);
    }

    fn victim(&mut self, records: &mut Records) -> Option<Slot> {
        let slot = self.queue.pop(i64::MAX, records)?;
        records.mark_unused(slot.get());
        Some(slot)
    }

    fn spared(&mut self, slot: u32, records: &mut Records) {
        self.queue.restore(slot, records);
    }

    #[cfg(any(test, feature = "validate"))]
    fn validate(&self, records: &mut Records, end: u32, live: &dyn Fn(u32, &mut Records) -> bool) {
        self.queue.validate(end, live, records);
    }
}
