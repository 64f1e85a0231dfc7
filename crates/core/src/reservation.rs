//! Slots that are reserved ahead, so that the caller puts entries without a call for each.

use std::ops::Range;

use crate::records::{LISTS, Records, Slot};

/// The largest number of slots that are reserved at a time: each takes the record of a list head.
pub const MAX_RESERVED: u32 = LISTS;

/// The slots reserved for the next entries, in their order. All are free or, if the cache is full, all are victims of
/// the policy.
///
/// The caller reads them in the records of the list heads: the first number of each is a slot. The second numbers are
/// for the whole reservation: of the first record the time before which nothing expires, and of the third the stamp from
/// which on a used victim [is kept](crate::policy::Policy::keep_from). In the header, `[used, reserved]`, the caller
/// counts the slots that it has used. It writes the new stamp of a victim that was hit, and then either counts it, which
/// keeps the entry, or moves it behind other victims.
pub struct Reservation {
    len: u32,
}

impl Reservation {
    /// Nothing is reserved.
    pub const NEW: Self = Self { len: 0 };

    /// Adds a slot.
    pub fn add(&mut self, slot: Slot, records: &mut Records) {
        if let Some([number, _]) = records.numbers_of(self.len) {
            *number = f64::from(slot.get());
            self.len = self.len.wrapping_add(1);
        }
    }

    /// Publishes the stamp from which on a used victim is kept.
    pub fn keep_from(&self, stamp: f64, records: &mut Records) {
        if let Some([_, number]) = records.numbers_of(2) {
            *number = stamp;
        }
    }

    /// Publishes the number of reserved slots, and `due`, before which nothing expires.
    pub fn publish(&self, due: f64, records: &mut Records) {
        if let Some([_, number]) = records.numbers_of(0) {
            *number = due;
        }
        if let Some(header) = records.numbers(0) {
            *header = [0.0, f64::from(self.len)];
        }
    }

    /// The reserved slot with this index.
    pub fn get(&self, index: u32, records: &mut Records) -> Option<Slot> {
        Slot::new(records.numbers_of(index)?[0] as u32)
    }

    /// Ends the reservation. Returns the indices of the slots that the caller has used, and those of the
    /// others.
    pub fn settle(&mut self, records: &mut Records) -> (Range<u32>, Range<u32>) {
        let len = self.len;
        let used = records.numbers(0).map_or(0, |[used, _]| *used as u32).min(len);
        self.len = 0;
        (0..used, used..len)
    }

    /// The number of reserved slots that have no entry yet.
    pub fn vacant(&self, records: &mut Records) -> u32 {
        let mut vacant = 0;
        for index in 0..self.len {
            let slot = self.get(index, records);
            vacant += u32::from(slot.is_some_and(|slot| records.is_vacant(slot.get())));
        }
        vacant
    }

    /// Whether nothing is reserved.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}
