//! Which slots are in use.

use std::mem::replace;
use std::num::NonZeroU32;

use crate::memory::Array;

/// The number of a slot. It is never 0, so that an `Option` of it is a single word.
pub type Slot = NonZeroU32;

/// Hands out numbers, the smallest first, and hands out again what was released.
///
/// A list of the free ones, threaded through memory that JavaScript has no business in: what it writes into the records
/// cannot make a slot free, or free twice.
pub struct Slots {
    /// For each slot [`LIVE`] or the next free one. The last of them has the length of the array.
    next: Array<u32>,
    /// The first free slot, or the length of the array.
    free: u32,
    live: u32,
    /// The number of the smallest slot. All other fields count from there.
    first: u32,
}

const LIVE: u32 = u32::MAX;

impl Slots {
    /// No slots in use. The smallest that will be handed out is `first`.
    pub const fn new(first: u32) -> Self {
        Self { next: Array::new(), free: 0, live: 0, first }
    }

    /// Takes a slot into use: the one that was released last, if any. `None` if there is no memory.
    pub fn acquire(&mut self) -> Option<Slot> {
        let mut next = self.next.len() as u32;
        let reserved = self.next.reserve(self.free, || {
            next = next.wrapping_add(1);
            next
        });
        if !reserved {
            return None;
        }
        let index = self.free;
        self.free = replace(self.next.get_mut(index as usize)?, LIVE);
        self.live = self.live.wrapping_add(1);
        Slot::new(index.wrapping_add(self.first))
    }

    /// Takes a slot out of use. `false` if it was not in use.
    #[inline(never)] // Inlined, it makes the module larger.
    pub fn release(&mut self, slot: u32) -> bool {
        let index = slot.wrapping_sub(self.first);
        match self.next.get_mut(index as usize) {
            Some(next) if *next == LIVE => {
                *next = replace(&mut self.free, index);
                self.live = self.live.wrapping_sub(1);
                true
            }
            _ => false,
        }
    }

    /// Whether the slot is in use.
    pub fn is_live(&self, slot: u32) -> bool {
        let index = slot.wrapping_sub(self.first);
        self.next.get(index as usize) == Some(&LIVE)
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
    pub fn validate(&self) {
        let mut free = std::collections::HashSet::new();
        let mut index = self.free;
        while index as usize != self.next.len() {
            assert!(free.insert(index), "slot {index} is free twice");
            index = self.next[index as usize];
            assert_ne!(index, LIVE, "a live slot is in the list of free ones");
        }
        let live = self.next.iter().filter(|&&next| next == LIVE).count();
        assert_eq!(live, self.live as usize, "number of live slots");
        assert_eq!(live + free.len(), self.next.len(), "a slot is lost");
    }

    /// Every slot that was ever in use is below this.
    #[cfg(any(test, feature = "validate"))]
    pub fn end(&self) -> u32 {
        self.first + self.next.len() as u32
    }
}
