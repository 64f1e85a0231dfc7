//! The slots that JavaScript puts its next entries into, one after the other, without a call for each.

use std::num::NonZeroU32;
use std::ops::Range;

use crate::records::{LISTS, Records};
use crate::slots::Slot;

/// The most slots that are offered at a time: each takes the record of a list.
pub const MOST: u32 = LISTS;

/// What is offered: the slots for the next entries, in their order. All are free or, where the cache is full, all are
/// the policy's victims.
///
/// JavaScript reads them in the records of the lists at the front, which are `[slot, due]`: the first number of each
/// slot that is offered, the second of the first of them alone, before which nothing expires. In the header,
/// `[used, offered]`, it counts how many it has used. A victim that was hit since its stamp was written gets a new one,
/// and is passed over or comes later.
pub struct Offer {
    len: u32,
}

impl Offer {
    /// Nothing is offered.
    pub const NEW: Self = Self { len: 0 };

    /// Adds a slot.
    pub fn add(&mut self, slot: Slot, records: &mut Records) {
        if let Some([number, _]) = records.numbers_of(self.len) {
            *number = f64::from(slot.get());
            self.len = self.len.wrapping_add(1);
        }
    }

    /// Tells JavaScript how many there are, and that nothing expires before `due`.
    pub fn publish(&self, due: f64, records: &mut Records) {
        if let Some([_, number]) = records.numbers_of(0) {
            *number = due;
        }
        if let Some(header) = records.numbers(0) {
            *header = [0.0, f64::from(self.len)];
        }
    }

    /// The slot that is offered at a place.
    #[inline(never)] // Inlined, it makes the module larger.
    pub fn get(&self, place: u32, records: &mut Records) -> Option<Slot> {
        NonZeroU32::new(records.numbers_of(place)?[0] as u32)
    }

    /// Offers nothing any more. Returns the places of the slots that JavaScript has used, and those of the rest.
    pub fn withdraw(&mut self, records: &mut Records) -> (Range<u32>, Range<u32>) {
        let len = self.len;
        let used = records.numbers(0).map_or(0, |[used, _]| *used as u32).min(len);
        self.len = 0;
        (0..used, used..len)
    }

    /// How many slots are offered that have no entry yet.
    #[cfg(any(test, feature = "validate"))]
    pub fn vacant(&self, records: &mut Records) -> u32 {
        let slots = (0..self.len).filter_map(|place| self.get(place, records));
        slots.collect::<Vec<_>>().into_iter().filter(|slot| records.is_vacant(slot.get())).count() as u32
    }

    /// Whether nothing is offered.
    #[cfg(any(test, feature = "validate"))]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}
