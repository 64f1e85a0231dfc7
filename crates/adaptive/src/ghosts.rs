//! Remembers a sample of the keys that were evicted.

use holdfast_core::column::Column;
use holdfast_core::{Heap, Memory};

use crate::sketch::spread;

/// Ghosts with the same low bits of the hash share this many cells.
const WAYS: u32 = 4;

/// A ghost in one word: the hash of the key in the high half, with the lowest bit of the hash set, and the tick of its
/// latest use. 0 for a cell without a ghost.
type Ghost = u64;

fn hash_of(ghost: Ghost) -> u32 {
    (ghost >> 32) as u32
}

/// A sample of the keys that were evicted, chosen by their hash. Of the keys that share cells, the one used longest ago
/// is forgotten first.
pub struct Ghosts<M: Memory = Heap> {
    cells: Column<Ghost, M>,
    /// The number of cells in use, a power of two, or 0.
    len: u32,
}

impl<M: Memory> Ghosts<M> {
    /// No ghosts. Nothing is allocated.
    pub const NEW: Self = Self { cells: Column::NEW, len: 0 };

    /// Makes room for a sample of that many entries' ghosts. Those of before are hard to find then. Returns `false` if there
    /// is no memory.
    pub fn grow(&mut self, entries: u32) -> bool {
        let len = (entries << 1).clamp(16, (entries >> 4).max(256)).next_power_of_two();
        if len > self.len && self.cells.grow(len) {
            self.len = len;
        }
        len <= self.len
    }

    /// The number of keys of which one is in the sample, for a cache with that many entries: a power of two.
    #[inline(never)]
    pub fn rate(&self, entries: u32) -> u32 {
        (entries << 1).div_ceil(self.len.max(1)).next_power_of_two()
    }

    /// Adds a key of the sample.
    pub fn add(&mut self, hash: u32, tick: u32, now: u32, rate: u32) {
        let Some(hash) = sampled(hash, rate) else { return };
        let first = self.first_cell(hash);
        let mut chosen = first;
        let mut oldest = 0;
        for cell in first..first.wrapping_add(WAYS) {
            let ghost = self.cells.get(cell);
            let age = if ghost == 0 { u32::MAX } else { now.wrapping_sub(ghost as u32) };
            if hash_of(ghost) == hash {
                chosen = cell;
                break;
            }
            if age > oldest {
                oldest = age;
                chosen = cell;
            }
        }
        self.cells.set(chosen, u64::from(hash) << 32 | u64::from(tick));
    }

    /// Removes a key. Returns the tick of its latest use, if it was there.
    pub fn remove(&mut self, hash: u32, rate: u32) -> Option<u32> {
        let hash = sampled(hash, rate)?;
        let first = self.first_cell(hash);
        for cell in first..first.wrapping_add(WAYS) {
            let ghost = self.cells.get(cell);
            if hash_of(ghost) == hash {
                self.cells.set(cell, 0);
                return Some(ghost as u32);
            }
        }
        None
    }

    /// The number of ghosts that are at most `age` ticks old.
    #[inline(never)]
    pub fn count(&self, age: u32, now: u32) -> u32 {
        let mut count: u32 = 0;
        for cell in 0..self.len {
            let ghost = self.cells.get(cell);
            count = count.wrapping_add(u32::from(ghost != 0 && now.wrapping_sub(ghost as u32) <= age));
        }
        count
    }

    /// The first of the cells that a key can be in.
    #[inline(never)]
    fn first_cell(&self, hash: u32) -> u32 {
        (hash >> 1).wrapping_mul(WAYS) & self.len.wrapping_sub(1)
    }
}

/// The hash under which a key is kept, if it is in the sample.
#[inline(never)]
fn sampled(hash: u32, rate: u32) -> Option<u32> {
    let hash = spread(!hash);
    // The highest bits choose the sample, the lowest ones the cells.
    let in_sample = hash >> 26 & rate.wrapping_sub(1) == 0;
    in_sample.then_some(hash | 1)
}
