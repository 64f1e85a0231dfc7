//! Finds the entries that have expired.

use crate::radix::{RadixQueue, key};
use crate::records::{Field, Records, Slot};

/// The order of entries by deadline. An entry is expired once its deadline is before now.
///
/// Entries that never expire are not queued. Times are milliseconds on one clock of the caller, not negative; the clock
/// may go back.
pub struct Expiry {
    queue: RadixQueue,
    /// An upper bound of the keys in the queue's FIFO.
    newest: i64,
}

impl Expiry {
    /// No entries.
    pub const NEW: Self = Self { queue: RadixQueue::new(Field::Deadline), newest: 0 };

    /// Queues the entry that was put into `slot`.
    pub fn insert(&mut self, slot: u32, records: &mut Records) {
        let deadline = records.deadline(slot);
        let key = key(deadline);
        if deadline != f64::INFINITY && (key >= self.newest || self.queue.is_fifo_empty()) {
            self.newest = key;
            self.queue.push_fifo(slot, records);
        } else {
            self.deadline_changed(slot, records);
        }
    }

    /// Queues the entry in `slot` by its new deadline: in the heap, since the FIFO is in the order of the deadlines.
    pub fn deadline_changed(&mut self, slot: u32, records: &mut Records) {
        if records.deadline(slot) == f64::INFINITY {
            self.remove(slot, records);
        } else {
            self.queue.push_heap(slot, records);
        }
    }

    /// Forgets the entry in `slot`.
    pub fn remove(&mut self, slot: u32, records: &mut Records) {
        self.queue.remove(slot, records);
    }

    /// Finds an entry that has expired by `now`.
    pub fn expired(&mut self, now: f64, records: &mut Records) -> Option<Slot> {
        // The largest key below that of `now`: keys up to it have expired.
        let bound = if now > 0.0 { key(now).wrapping_sub(1) } else { -1 };
        self.queue.first(0, bound, records)
    }

    /// A lower bound of all deadlines: 0 or -0 if an entry may have expired already, `+Infinity` if none ever expires.
    pub fn due(&mut self, records: &Records) -> f64 {
        f64::from_bits(self.queue.lower_bound(records) as u64)
    }

    /// Checks every invariant. `live` tells whether a slot below `end` has an entry.
    ///
    /// # Panics
    ///
    /// If an invariant does not hold.
    pub fn validate(&self, records: &mut Records, end: u32, live: &dyn Fn(u32, &mut Records) -> bool) {
        let queued = |slot, records: &mut Records| live(slot, records) && records.deadline(slot) != f64::INFINITY;
        self.queue.validate(end, &queued, records);
    }
}
