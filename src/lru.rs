//! Evicts the least recently used entry, exactly.

use crate::policy::Policy;
use crate::radix::RadixQueue;
use crate::records::{Field, Records};
use crate::slots::Slot;

/// The order of entries by their latest use.
///
/// Entries are queued by the stamp that this crate knows. One that was hit is queued again once it was offered as a
/// victim, and JavaScript has told its stamp: a thousand hits between two evictions cost one move.
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

    fn inserted(&mut self, slot: u32, records: &mut Records) -> bool {
        let is_new = records.is_unused(slot);
        if is_new {
            self.queue.push_last(slot, records);
        } else {
            self.queue.push_aside(slot, records);
        }
        is_new
    }

    fn removed(&mut self, slot: u32, records: &mut Records) {
        self.queue.remove(slot, records);
    }

    fn victim(&mut self, records: &mut Records) -> Option<Slot> {
        let slot = self.queue.first(self.victims, i64::MAX, records)?;
        self.queue.push_last(slot.get(), records);
        if self.victims == 0 {
            self.victims = slot.get();
        }
        Some(slot)
    }

    fn recall(&mut self) {
        // From there each goes where it belongs: to the end without a write, if all do.
        if self.victims != 0 {
            self.queue.rotate_to(self.victims);
            self.victims = 0;
        }
    }

    fn spared(&mut self, slot: u32, records: &mut Records) {
        self.queue.push_last(slot, records);
        self.queue.rotate_to(slot);
    }

    #[cfg(any(test, feature = "validate"))]
    fn validate(&self, records: &mut Records, end: u32, live: &dyn Fn(u32, &mut Records) -> bool) {
        self.queue.validate(end, live, records);
    }
}
