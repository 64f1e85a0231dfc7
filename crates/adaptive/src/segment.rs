//! The parts of the cache that an entry can be in.

use holdfast_core::radix::RadixQueue;
use holdfast_core::records::{FIRST_SLOT, Field};
use holdfast_core::{Records, Slot};

/// The part of the cache that an entry is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// None: the slot has no entry, or one that the policy does not know yet.
    None = 0,
    /// The window, where new entries are.
    Window = 1,
    /// The part of the main segment from which entries are evicted.
    Probation = 2,
    /// The part of the main segment for entries that were used there.
    Protected = 3,
    /// Reserved as a victim, from the window.
    VictimOfWindow = 4,
    /// Reserved as a victim, from the main segment.
    VictimOfMain = 5,
}

impl Segment {
    /// The three bits of a segment.
    pub fn bits(self) -> u32 {
        self as u32
    }

    /// The segment of three bits.
    pub fn from_bits(bits: u32) -> Self {
        match bits {
            1 => Self::Window,
            2 => Self::Probation,
            3 => Self::Protected,
            4 => Self::VictimOfWindow,
            5 => Self::VictimOfMain,
            _ => Self::None,
        }
    }
}

/// The entries of one segment, in order.
pub struct List {
    queue: RadixQueue,
    len: u32,
}

impl List {
    /// No entries.
    pub const NEW: Self = Self { queue: RadixQueue::new(Field::Stamp), len: 0 };

    /// The number of entries.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds an entry behind all others.
    #[inline(never)]
    pub fn push(&mut self, slot: u32, records: &mut Records) {
        self.queue.push_fifo(slot, records);
        self.len = self.len.wrapping_add(1);
    }

    /// Adds an entry in front of all others.
    pub fn push_front(&mut self, slot: u32, records: &mut Records) {
        self.push(slot, records);
        self.queue.rotate_to(slot);
    }

    /// Adds an entry by its stamp.
    #[inline(never)]
    pub fn push_by_stamp(&mut self, slot: u32, records: &mut Records) {
        self.queue.push_heap(slot, records);
        self.len = self.len.wrapping_add(1);
    }

    /// Removes an entry of this list.
    #[inline(never)]
    pub fn remove(&mut self, slot: u32, records: &mut Records) {
        self.queue.remove(slot, records);
        self.len = self.len.saturating_sub(1);
    }

    /// The first entry.
    #[inline(never)]
    pub fn first(&mut self, records: &mut Records) -> Option<Slot> {
        self.queue.first(0, i64::MAX, records)
    }

    /// Checks that a slot below `end` is in this list if it is a `member`, and not otherwise.
    ///
    /// # Panics
    ///
    /// If that does not hold.
    pub fn validate(&self, end: u32, member: &dyn Fn(u32, &mut Records) -> bool, records: &mut Records) {
        let slots = self.queue.slots(records);
        let expected = (FIRST_SLOT..end).filter(|&slot| member(slot, records)).count();
        assert_eq!(slots.len(), expected, "the list has each of its entries once");
        for slot in slots {
            assert!(member(slot, records), "slot {slot} is in a wrong list");
        }
    }
}
