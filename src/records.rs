//! The memory that Rust and JavaScript share: a record for each entry, and the slots that are offered to JavaScript.

use crate::memory::Array;

/// The first slot of all: the record in front of it is the header.
pub const FIRST: u32 = 1;

/// How many lists there are in either order. The records at the very front are theirs; the next is the header.
pub const LISTS: u32 = 64;

/// The deadline of a slot without an entry: the comparison that finds an entry expired also finds a slot free.
const FREE: f64 = f64::NEG_INFINITY;

/// What a record holds, and by which entries are put in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The time, in milliseconds, after which the entry is expired.
    Deadline = 0,
    /// The tick of the latest use of the entry that this crate knows of.
    Stamp = 1,
}

/// The neighbours in a list: [nodes](node_of).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Link {
    /// Who comes before.
    pub prev: u32,
    /// Who comes after.
    pub next: u32,
}

impl Link {
    /// In no list, and the front of an empty one.
    pub fn alone(node: u32) -> Self {
        Self { prev: node, next: node }
    }
}

/// JavaScript sees four floats, and has business in the first two.
#[derive(Clone, Copy)]
#[repr(C)]
struct Record {
    numbers: [f64; 2],
    links: [Link; 2],
}

/// One block of records, 32 bytes each: for either [`Field`] a number, and the place in the order by it.
///
/// The numbers of an entry are `[deadline, stamp]`: the time, in milliseconds, after which the entry is expired
/// (`+Infinity` if never, `-Infinity` if the slot is free), and the tick of its latest use. JavaScript counts the ticks
/// and writes both; no two entries have the same stamp. It writes none for a hit, which it keeps to itself until the
/// entry is [offered](crate::offer). The stamp of an entry that was put, and of which no use was told since, is half a
/// tick more than its tick. All are `f64`: ticks stay exact up to 2^52, years of nothing but hits, and so do
/// milliseconds, so that nothing is ever renumbered or rebased.
///
/// The numbers of the header, and of the lists' records, are those of the [offer](crate::offer). The second number of
/// the second record of all is how many records there are.
///
/// All of an entry is in one place, in one block: storing it touches one line of memory, and a block that grows leaves
/// nothing behind where it is the last.
pub struct Records {
    /// Without anything that is not initialised, since JavaScript sees all of it.
    block: Array<Record>,
}

impl Records {
    /// No records at all, not even the header, and nothing allocated.
    pub const NEW: Self = Self { block: Array::new() };

    /// Makes room for the record of `slot`, and for those before it; twice as many as there were, but not beyond `most`
    /// entries. `false` if there is no memory; nothing has changed then.
    pub fn reserve(&mut self, slot: u32, most: u32) -> bool {
        let mut node = self.block.len() as u32;
        if node_of(slot) < node {
            return true;
        }
        let twice = node.wrapping_mul(2).min(node_of(most.wrapping_add(FIRST)));
        let len = twice.max(node_of(slot).wrapping_add(1));
        let reserved = self.block.reserve(len, || {
            let record = Record { numbers: [FREE, 0.0], links: [Link::alone(node); 2] };
            node = node.wrapping_add(1);
            record
        });
        if let Some(second) = self.block.get_mut(1) {
            second.numbers[1] = f64::from(node);
        }
        reserved
    }

    /// The address of the header. It changes when the block grows.
    pub fn address(&self) -> usize {
        self.block.as_ptr().wrapping_add(node_of(0) as usize).addr()
    }

    /// How many records the block has room for, the header included.
    #[cfg(any(test, feature = "validate"))]
    pub fn capacity(&self) -> u32 {
        slot_of((self.block.len() as u32).max(node_of(0)))
    }

    /// The deadline of the entry in `slot`, in milliseconds.
    pub fn deadline(&self, slot: u32) -> f64 {
        self.get(slot, Field::Deadline)
    }

    /// The number in a field of a record, 0 if there is no such record.
    #[inline(never)] // Inlined, it makes the module larger.
    pub fn get(&self, slot: u32, field: Field) -> f64 {
        self.block.get(node_of(slot) as usize).map_or(0.0, |record| record.numbers[field as usize])
    }

    /// The place of a node in the order by a field.
    #[inline(always)]
    pub fn link(&mut self, node: u32, field: Field) -> Option<&mut Link> {
        self.block.get_mut(node as usize).map(|record| &mut record.links[field as usize])
    }

    /// Who comes after a node in the order by a field; the node itself if there is no such node.
    #[inline(always)]
    pub fn next(&self, node: u32, field: Field) -> u32 {
        self.block.get(node as usize).map_or(node, |record| record.links[field as usize].next)
    }

    /// Whether the entry in `slot` has not been used since it was put, as far as this crate knows.
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
    pub fn vacate(&mut self, slot: u32) {
        if let Some([deadline, _]) = self.numbers(slot) {
            *deadline = FREE;
        }
    }

    /// The numbers of a record, as JavaScript has them: to read and to write.
    pub fn numbers(&mut self, slot: u32) -> Option<&mut [f64; 2]> {
        self.numbers_of(node_of(slot))
    }

    /// The same by its [node](node_of), which a list has as well.
    pub fn numbers_of(&mut self, node: u32) -> Option<&mut [f64; 2]> {
        self.block.get_mut(node as usize).map(|record| &mut record.numbers)
    }
}

/// The record of a slot, counted from the very front.
pub fn node_of(slot: u32) -> u32 {
    slot.wrapping_add(LISTS)
}

/// The slot whose record that is.
pub fn slot_of(node: u32) -> u32 {
    node.wrapping_sub(LISTS)
}
