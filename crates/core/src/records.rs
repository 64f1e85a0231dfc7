//! The memory that this crate and its caller share: one record per entry, and the slots reserved for the next entries.

use std::num::NonZeroU32;

use crate::memory::Buffer;

/// The number of an entry's record. Never 0, so that an `Option` of it is a single word.
pub type Slot = NonZeroU32;

/// The first slot. The record in front of it is the header.
pub const FIRST_SLOT: u32 = 1;

/// The number of list heads of one order. Their records come first; the header is next.
pub const LISTS: u32 = 64;

/// The deadline of a slot without an entry: the comparison that finds an entry expired also finds a slot free.
const FREE: f64 = f64::NEG_INFINITY;

/// A number of a record, and the order of the entries by that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The time, in milliseconds, after which the entry is expired.
    Deadline = 0,
    /// The tick of the latest use of the entry that the caller has reported.
    Stamp = 1,
}

/// The neighbours in a circular list, as [nodes](node_of).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Link {
    /// The node before this one.
    pub prev: u32,
    /// The node after this one.
    pub next: u32,
}

impl Link {
    /// The link of a node that is in no list, and of the head of an empty list.
    pub fn alone(node: u32) -> Self {
        Self { prev: node, next: node }
    }
}

/// One record. The caller sees four floats and uses the first two.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Record {
    numbers: [f64; 2],
    links: [Link; 2],
}

/// A view of a cache's records, 32 bytes each: for either [`Field`] a number, and the neighbours in the order by it.
///
/// The numbers of an entry are `[deadline, stamp]`: the time, in milliseconds, after which the entry is expired
/// (`+Infinity`: never; `-Infinity`: the slot is free), and the tick of its latest use. The caller counts the ticks and
/// writes both numbers; no two entries have the same stamp. A hit writes neither: the caller reports it when the entry
/// is [reserved](crate::reservation) as a victim. The stamp of an entry that was put, and whose use was never reported,
/// is its tick plus one half. Both numbers are `f64`: ticks and milliseconds are exact up to 2^52, so that they are
/// never renumbered.
///
/// The numbers of the header, and of the list heads in front of it, belong to the
/// [reservation](crate::reservation::Reservation), but for some second numbers: that of the second record is the number
/// of records, and those of the fourth to sixth belong to the [weights](crate::weights::Weights).
///
/// All numbers and links of an entry are in one record, and all records in one array: storing an entry touches one
/// cache line, and the array can grow in place. A field that only some caches need goes into a
/// [column](crate::column::Column).
pub struct Records<'a> {
    /// Always initialised in full, since the caller sees all of it.
    nodes: &'a mut [Record],
}

impl<'a> Records<'a> {
    /// A view of the records in an array that [`grow`](Self::grow) has filled.
    pub fn new(nodes: &'a mut [Record]) -> Self {
        Self { nodes }
    }

    /// Makes room for the record of `slot` and for those before it. The array doubles, but not beyond the room for
    /// `most` entries. Returns `false`, with nothing changed, if there is no memory.
    pub fn grow(buffer: &mut impl Buffer<Record>, slot: u32, most: u32) -> bool {
        let mut node = buffer.len() as u32;
        if node_of(slot) < node {
            return true;
        }
        let twice = node.wrapping_mul(2).min(node_of(most.wrapping_add(FIRST_SLOT)));
        let len = twice.max(node_of(slot).wrapping_add(1));
        let grown = buffer.grow(len, || {
            let record = Record { numbers: [FREE, 0.0], links: [Link::alone(node); 2] };
            node = node.wrapping_add(1);
            record
        });
        if let Some(second) = buffer.get_mut(1) {
            second.numbers[1] = f64::from(node);
        }
        grown
    }

    /// The number of slots that have a record, the header included.
    pub fn capacity(&self) -> u32 {
        slot_of((self.nodes.len() as u32).max(node_of(0)))
    }

    /// The deadline of the entry in `slot`, in milliseconds.
    pub fn deadline(&self, slot: u32) -> f64 {
        self.get(slot, Field::Deadline)
    }

    /// A number of a record, 0 if there is no such record.
    pub fn get(&self, slot: u32, field: Field) -> f64 {
        self.nodes.get(node_of(slot) as usize).map_or(0.0, |record| record.numbers[field as usize])
    }

    /// The neighbours of a node in the order by a field.
    #[inline(always)]
    pub fn link(&mut self, node: u32, field: Field) -> Option<&mut Link> {
        self.nodes.get_mut(node as usize).map(|record| &mut record.links[field as usize])
    }

    /// The node after another in the order by a field; the node itself if there is no such node.
    #[inline(always)]
    pub fn next(&self, node: u32, field: Field) -> u32 {
        self.nodes.get(node as usize).map_or(node, |record| record.links[field as usize].next)
    }

    /// Whether no use of the entry in `slot` has been reported since it was put.
    #[inline(always)]
    pub fn is_unused(&self, slot: u32) -> bool {
        let stamp = self.get(slot, Field::Stamp);
        stamp.trunc() != stamp
    }

    /// Whether `slot` has no entry.
    pub fn is_vacant(&self, slot: u32) -> bool {
        self.deadline(slot) == FREE
    }

    /// Records that `slot` has no entry.
    pub fn clear(&mut self, slot: u32) {
        if let Some([deadline, _]) = self.numbers(slot) {
            *deadline = FREE;
        }
    }

    /// The two numbers of a slot's record.
    pub fn numbers(&mut self, slot: u32) -> Option<&mut [f64; 2]> {
        self.numbers_of(node_of(slot))
    }

    /// The two numbers of a [node](node_of)'s record; list heads have them, too.
    pub fn numbers_of(&mut self, node: u32) -> Option<&mut [f64; 2]> {
        self.nodes.get_mut(node as usize).map(|record| &mut record.numbers)
    }
}

/// The index of a slot's record.
pub fn node_of(slot: u32) -> u32 {
    slot.wrapping_add(LISTS)
}

/// The slot of the record with that index.
pub fn slot_of(node: u32) -> u32 {
    node.wrapping_sub(LISTS)
}
