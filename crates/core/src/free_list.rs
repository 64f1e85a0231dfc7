//! Tracks the slots that are in use.

use std::mem::replace;

use crate::records::{FIRST_SLOT, Field, Link, Records, Slot, node_of};

/// Acquires slots: the one that was released last, or else the lowest that was never used.
///
/// The free slots are a linked stack (Knuth, The Art of Computer Programming, volume 1, section 2.2.3, the AVAIL list).
/// The stack uses the links of the order by deadline, in which no free slot is. The caller does not write links, so no
/// number that it writes can make a slot free, or free twice.
pub struct FreeList {
    /// The slot that was released last, or 0. Each links to the one released before it.
    head: u32,
    /// The lowest slot that was never in use.
    end: u32,
    live: u32,
}

/// Marks a slot that is not in use.
const FREE: u32 = u32::MAX;

impl FreeList {
    /// No slot is in use.
    pub const NEW: Self = Self { head: 0, end: FIRST_SLOT, live: 0 };

    /// The slot that [`acquire`](Self::acquire) takes next, if it is one that was never in use: it needs a record first.
    pub fn next_new(&self) -> Option<u32> {
        if self.head == 0 { Some(self.end) } else { None }
    }

    /// Takes a slot into use; it is in no order then.
    pub fn acquire(&mut self, records: &mut Records) -> Option<Slot> {
        let mut slot = self.head;
        if slot == 0 {
            slot = self.end;
            self.end = slot.wrapping_add(1);
        } else {
            let node = node_of(slot);
            self.head = replace(records.link(node, Field::Deadline)?, Link::alone(node)).next;
        }
        self.live = self.live.wrapping_add(1);
        Slot::new(slot)
    }

    /// Takes a [live](Self::is_live) slot, which must be in no order, out of use.
    pub fn release(&mut self, slot: u32, records: &mut Records) {
        if let Some(link) = records.link(node_of(slot), Field::Deadline) {
            *link = Link { prev: FREE, next: replace(&mut self.head, slot) };
            self.live = self.live.wrapping_sub(1);
        }
        records.clear(slot);
    }

    /// Whether the slot is in use.
    #[inline(never)]
    pub fn is_live(&self, slot: u32, records: &mut Records) -> bool {
        let was_used = (FIRST_SLOT..self.end).contains(&slot);
        was_used && records.link(node_of(slot), Field::Deadline).is_some_and(|link| link.prev != FREE)
    }

    /// The number of slots in use.
    pub fn live(&self) -> u32 {
        self.live
    }

    /// The lowest slot that was never in use.
    pub fn end(&self) -> u32 {
        self.end
    }

    /// Checks that the list holds each slot that is not live exactly once.
    ///
    /// # Panics
    ///
    /// If it does not.
    pub fn validate(&self, records: &mut Records) {
        let mut free = std::collections::HashSet::new();
        let mut slot = self.head;
        while slot != 0 {
            assert!(free.insert(slot), "slot {slot} is free twice");
            assert!(!self.is_live(slot, records), "slot {slot} is live, but in the free list");
            slot = records.next(node_of(slot), Field::Deadline);
        }
        let live = (FIRST_SLOT..self.end).filter(|&slot| self.is_live(slot, records)).count();
        assert_eq!(live, self.live as usize, "number of live slots");
        assert_eq!(live + free.len(), (self.end - FIRST_SLOT) as usize, "every slot is live or free");
    }
}
