//! Evicts the least recently used entry, exactly.

use crate::policy::Policy;
use crate::radix::RadixQueue;
use crate::records::{Field, Records};
use crate::slots::Slot;

/// The order of entries by their latest use.
///
/// Entries are queued by the stamp they had at that time. Hits move only the stamp in the record, and an entry that was
/// hit is queued again once it comes to the front: a thousand hits between two evictions cost one move.
///
/// A victim is taken for the newest entry at once, since mostly another takes its place at once: then nothing has to be
/// moved.
pub struct Lru {
    queue: RadixQueue,
    /// The first of the victims that are at the end of the queue, or 0.
    victims: u32,
}

impl Policy for Lru {
    const NEW: Self = Self { queue: RadixQueue::new(Field::Stamp), victims: 0 };

    fn inserted(&mut self, slot: u32, records: &mut Records) {
        self.victims = 0;
        if !records.is_unused(slot) {
            self.queue.push_aside(slot, records);
        } else if !records.is_linked(slot, Field::Stamp) {
            // Not a victim, which is there already.
            self.queue.push_last(slot, records);
        }
    }

    fn removed(&mut self, slot: u32, records: &mut Records) {
        self.queue.remove(slot, records);
    }

    fn victim(&mut self, records: &mut Records) -> Option<Slot> {
        let slot = self.queue.first(self.victims, i64::MAX, records)?;
        records.mark_unused(slot.get());
        self.queue.push_last(slot.get(), records);
        if self.victims == 0 {
            self.victims = slot.get();
        }
        Some(slot)
    }

    fn spared(&mut self, slot: u32) {
        self.victims = 0;
        self.queue.restore(slot);
    }

    #[cfg(any(test, feature = "validate"))]
    fn validate(&self, records: &mut Records, end: u32, live: &dyn Fn(u32, &mut Records) -> bool) {
        self.queue.validate(end, live, records);
    }
}
