//! Which slots are in use.

use std::mem::replace;
use std::num::NonZeroU32;

use crate::records::{FIRST, Field, Link, Records, node_of};

/// The number of a slot. It is never 0, so that an `Option` of it is a single word.
pub type Slot = NonZeroU32;

/// Hands out numbers, the smallest first, and hands out again what was released.
///
/// The free ones are a list, in the place of the order by deadline, which they are not in. JavaScript has no business
/// there: what it writes into the records cannot make a slot free, or free twice.
pub struct Slots {
    /// The slot that was released last, or 0. Others follow.
    free: u32,
    /// Every slot that was ever in use is below this.
    end: u32,
    live: u32,
}

/// Marks a slot that is not in use.
const FREE: u32 = u32::MAX;

impl Slots {
    /// No slots in use.
    pub const NEW: Self = Self { free: 0, end: FIRST, live: 0 };

    /// Takes a slot into use, which is then in no order: the one that was released last, if any. The room for slots
    /// doubles up to that for `most`, and grows beyond only if more are in use. `None` if there is no memory.
    pub fn acquire(&mut self, most: u32, records: &mut Records) -> Option<Slot> {
        let mut slot = self.free;
        if slot == 0 {
            slot = self.end;
            if !records.reserve(slot, most) {
                return None;
            }
            self.end = slot.wrapping_add(1);
        } else {
            let node = node_of(slot);
            self.free = replace(records.link(node, Field::Deadline)?, Link::alone(node)).next;
        }
        self.live = self.live.wrapping_add(1);
        Slot::new(slot)
    }

    /// Takes a slot out of use, which must be in no order, and [live](Self::is_live).
    pub fn release(&mut self, slot: u32, records: &mut Records) {
        if let Some(link) = records.link(node_of(slot), Field::Deadline) {
            *link = Link { prev: FREE, next: replace(&mut self.free, slot) };
            self.live = self.live.wrapping_sub(1);
        }
        records.vacate(slot);
    }

    /// Whether the slot is in use.
    pub fn is_live(&self, slot: u32, records: &mut Records) -> bool {
        let within = (FIRST..self.end).contains(&slot);
        within && records.link(node_of(slot), Field::Deadline).is_some_and(|link| link.prev != FREE)
    }

    /// How many slots are in use.
    pub fn live(&self) -> u32 {
        self.live
    }

    /// Checks that the list of free slots holds just those that are not live, each once.
    ///
    /// # Panics
    ///
    /// If it does not.
    #[cfg(any(test, feature = "validate"))]
    pub fn validate(&self, records: &mut Records) {
        let mut free = std::collections::HashSet::new();
        let mut slot = self.free;
        while slot != 0 {
            assert!(free.insert(slot), "slot {slot} is free twice");
            assert!(!self.is_live(slot, records), "a live slot is in the list of free ones");
            slot = records.next(node_of(slot), Field::Deadline);
        }
        let live = (FIRST..self.end).filter(|&slot| self.is_live(slot, records)).count();
        assert_eq!(live, self.live as usize, "number of live slots");
        assert_eq!(live + free.len(), (self.end - FIRST) as usize, "a slot is lost");
    }

    /// Every slot that was ever in use is below this.
    #[cfg(any(test, feature = "validate"))]
    pub fn end(&self) -> u32 {
        self.end
    }
}
