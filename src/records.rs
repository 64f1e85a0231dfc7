//! The memory that Rust and JavaScript share: two numbers for each entry, and the counters.

use crate::memory::Array;

/// How many records at the front of the block hold the counters. The slots of entries start here.
pub const HEADER: u32 = 3;

/// The deadline of a slot without an entry: the comparison that finds an entry expired also finds a slot free.
const FREE: f64 = f64::NEG_INFINITY;

/// What the stamp of a new entry has beyond its tick. Every later use takes it away, as stamps are whole ticks then.
const UNUSED: f64 = 0.5;

/// What a record holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The time, in milliseconds, after which the entry is expired.
    Deadline = 0,
    /// The tick of the latest use of the entry.
    Stamp = 1,
}

/// One block of records, each a pair of `f64`; JavaScript sees a `Float64Array`.
///
/// The record of an entry is `[deadline, stamp]`: the time, in milliseconds, after which the entry is expired
/// (`+Infinity` if never, `-Infinity` if the slot is free), and the tick of its latest use. The first [`HEADER`] records
/// are `[tick, writes]`, `[misses, evictions]` and `[expirations, lease]`, the last for JavaScript alone.
///
/// A hit is `stamp = ++tick`, done by JavaScript; Rust advances the tick for each write, and counts it in `writes`. So
/// the hits are `tick - writes`, and no two entries have the same stamp; that of an entry nobody has used since it was
/// inserted is half a tick more than its tick. All are `f64`: ticks stay exact up to 2^53,
/// years of nothing but hits, and so do milliseconds, so that nothing is ever renumbered or rebased.
pub struct Records {
    /// Without anything that is not initialised, since JavaScript sees all of it.
    block: Array<[f64; 2]>,
}

impl Records {
    /// No records at all, not even the header, and nothing allocated.
    pub const NEW: Self = Self { block: Array::new() };

    /// Makes room for the record of `slot`, and for those before it. `false` if there is no memory; nothing has changed
    /// then.
    pub fn reserve(&mut self, slot: u32) -> bool {
        let mut index = self.capacity();
        self.block.reserve(slot, || {
            let deadline = if index < HEADER { 0.0 } else { FREE };
            index = index.wrapping_add(1);
            [deadline, 0.0]
        })
    }

    /// The address of the block. It changes when the block grows.
    pub fn address(&self) -> *const [f64; 2] {
        self.block.as_ptr()
    }

    /// How many records the block has room for, the header included.
    pub fn capacity(&self) -> u32 {
        self.block.len() as u32
    }

    /// The deadline of the entry in `slot`, in milliseconds.
    pub fn deadline(&self, slot: u32) -> f64 {
        self.get(slot, Field::Deadline)
    }

    /// The number in a field of a record, 0 if there is no such record.
    #[inline(never)] // Inlined, it makes the module larger.
    pub fn get(&self, slot: u32, field: Field) -> f64 {
        self.block.get(slot as usize).map_or(0.0, |record| record[field as usize])
    }

    /// Records that the entry in `slot` was written: its deadline, and the next tick as its stamp, with [`UNUSED`] added
    /// if it is `new`.
    pub fn write(&mut self, slot: u32, deadline: f64, new: bool) {
        let mut stamp = if new { UNUSED } else { 0.0 };
        if let Some([tick, writes]) = self.block.first_mut() {
            *tick += 1.0;
            *writes += 1.0;
            stamp += *tick;
        }
        if let Some(record) = self.block.get_mut(slot as usize) {
            // A deadline that is not a number is over.
            *record = [if deadline.is_nan() { FREE } else { deadline }, stamp];
        }
    }

    /// Whether the entry in `slot` has been neither hit nor written since it was new.
    pub fn is_unused(&self, slot: u32) -> bool {
        let stamp = self.get(slot, Field::Stamp);
        stamp.trunc() != stamp
    }

    /// Records that `slot` has no entry.
    pub fn vacate(&mut self, slot: u32) {
        if let Some(record) = self.block.get_mut(slot as usize) {
            *record = [FREE, 0.0];
        }
    }

    /// Counts an eviction.
    pub fn count_eviction(&mut self) {
        if let Some([_, evictions]) = self.block.get_mut(1) {
            *evictions += 1.0;
        }
    }

    /// Counts an expiration.
    pub fn count_expiration(&mut self) {
        if let Some([expirations, _]) = self.block.get_mut(2) {
            *expirations += 1.0;
        }
    }

    /// What JavaScript has: the whole block, to read and to write.
    #[cfg(any(test, feature = "validate"))]
    pub fn shared(&mut self) -> &mut [[f64; 2]] {
        &mut self.block
    }
}
