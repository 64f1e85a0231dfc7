//! Remembers a sample of the keys that were evicted.

use holdfast_core::column::Column;
use holdfast_core::{Heap, Memory};

/// The cells that a key can be in.
const WAYS: u32 = 16;

/// Maximum number of cells.
pub const MAX_CELLS: u32 = 576;

/// Keys that were evicted, by their hashes, each with the tick of its last use and its deadline. Of the keys that share
/// cells, the one used longest ago is forgotten first.
pub struct Evicted<M: Memory = Heap> {
    /// The hash with its lowest bit set; 0 for a cell without a key.
    hashes: Column<u32, M>,
    ticks: Column<u32, M>,
    deadlines: Column<f32, M>,
    /// The number of cells in use, a multiple of [`WAYS`].
    len: u32,
}

/// A key that was among those that were evicted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// The tick of its last use.
    pub tick: u32,
    /// Whether its entry would have expired by now.
    pub is_expired: bool,
}

impl<M: Memory> Evicted<M> {
    /// No keys. Nothing is allocated.
    pub const NEW: Self = Self { hashes: Column::NEW, ticks: Column::NEW, deadlines: Column::NEW, len: 0 };

    /// Forgets all keys, and makes room for `keys` keys, at most [`MAX_CELLS`]. Returns `false` if there is no memory.
    pub fn open(&mut self, keys: u32) -> bool {
        let len = keys.clamp(1, MAX_CELLS).next_multiple_of(WAYS);
        for cell in 0..self.len {
            self.hashes.set(cell, 0);
        }
        let has_room = self.hashes.grow(len) && self.ticks.grow(len) && self.deadlines.grow(len);
        self.len = if has_room { len } else { 0 };
        has_room
    }

    /// Adds a key.
    pub fn add(&mut self, hash: u32, tick: u32, deadline: f64) {
        let first = self.first_cell(hash);
        let mut chosen = None;
        let mut oldest = 0;
        for cell in first..first.wrapping_add(WAYS) {
            let other = self.hashes.get(cell);
            if other == hash | 1 {
                chosen = Some(cell);
                break;
            }
            let older_by = if other == 0 { i32::MAX } else { tick.wrapping_sub(self.ticks.get(cell)) as i32 };
            if older_by > oldest {
                oldest = older_by;
                chosen = Some(cell);
            }
        }
        // None if all others were used later.
        let Some(cell) = chosen else { return };
        self.hashes.set(cell, hash | 1);
        self.ticks.set(cell, tick);
        self.deadlines.set(cell, deadline as f32);
    }

    /// Removes a key, and returns what was known of it.
    pub fn take(&mut self, hash: u32, now: f64) -> Option<Found> {
        let first = self.first_cell(hash);
        for cell in first..first.wrapping_add(WAYS) {
            if self.hashes.get(cell) == hash | 1 {
                self.hashes.set(cell, 0);
                return Some(Found { tick: self.ticks.get(cell), is_expired: self.is_expired(cell, now) });
            }
        }
        None
    }

    /// The number of keys that were used later than at `tick`, and whose entries would not have expired by now.
    pub fn count_later(&self, tick: u32, now: f64) -> u32 {
        let mut count: u32 = 0;
        for cell in 0..self.len {
            let is_later = self.ticks.get(cell).wrapping_sub(tick) as i32 > 0;
            let counts = is_later && self.hashes.get(cell) != 0 && !self.is_expired(cell, now);
            count = count.wrapping_add(u32::from(counts));
        }
        count
    }

    fn is_expired(&self, cell: u32, now: f64) -> bool {
        f64::from(self.deadlines.get(cell)) < now
    }

    /// The first of the cells that a key can be in.
    #[inline(never)]
    fn first_cell(&self, hash: u32) -> u32 {
        // The sample is chosen by other bits than the highest of the product.
        let high = hash.wrapping_mul(0x9e37_79b1) >> 16;
        (high.wrapping_mul(self.len / WAYS) >> 16).wrapping_mul(WAYS)
    }
}
