//! Which entries' time is up.

use crate::radix::{RadixQueue, key};
use crate::records::{Field, Records};
use crate::slots::Slot;

/// The order of entries by deadline. An entry is expired once its deadline is before now.
///
/// Entries that never expire are not queued, and cost nothing here. All times are milliseconds, not negative, on one
/// clock of the caller's choosing, which may go back.
pub struct Expiry {
    queue: RadixQueue,
    /// No key in the queue's line is above that.
    newest: i64,
}

impl Expiry {
    /// No entries.
    pub const NEW: Self = Self { queue: RadixQueue::new(Field::Deadline), newest: 0 };

    /// An entry was put into `slot`, in the place of another or of none.
    pub fn inserted(&mut self, slot: u32, records: &mut Records) {
        let deadline = records.deadline(slot);
        let key = key(deadline);
        if deadline != f64::INFINITY && (key >= self.newest || self.queue.has_no_line()) {
            self.newest = key;
            self.queue.push_last(slot, records);
        } else {
            self.replaced(slot, records);
        }
    }

    /// The entry in `slot` has another deadline. It is queued beside the line, where others may have other ones by now,
    /// too.
    pub fn replaced(&mut self, slot: u32, records: &mut Records) {
        if records.deadline(slot) == f64::INFINITY {
            self.removed(slot, records);
        } else {
            self.queue.push_aside(slot, records);
        }
    }

    /// The entry in `slot` was removed.
    pub fn removed(&mut self, slot: u32, records: &mut Records) {
        self.queue.remove(slot, records);
    }

    /// Finds an expired entry. `None` if there is none.
    pub fn expired(&mut self, now: f64, records: &mut Records) -> Option<Slot> {
        // The largest key below that of now: what has come that far is expired, and what has not is not.
        let bound = if now > 0.0 { key(now).wrapping_sub(1) } else { -1 };
        self.queue.first(0, bound, records)
    }

    /// No entry expires before this: a lower bound of all deadlines, 0 or -0 if one may be over, `+Infinity` if there
    /// is none.
    pub fn due(&mut self, records: &Records) -> f64 {
        f64::from_bits(self.queue.lower_bound(records) as u64)
    }

    /// Checks every invariant; `live` tells whether a slot below `end` has an entry.
    ///
    /// # Panics
    ///
    /// If one does not hold.
    #[cfg(any(test, feature = "validate"))]
    pub fn validate(&self, records: &mut Records, end: u32, live: &dyn Fn(u32, &mut Records) -> bool) {
        let queued = |slot, records: &mut Records| live(slot, records) && records.deadline(slot) != f64::INFINITY;
        self.queue.validate(end, &queued, records);
    }
}
