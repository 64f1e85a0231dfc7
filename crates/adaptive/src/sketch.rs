//! Estimates how often a key was used.

use holdfast_core::column::Column;
use holdfast_core::{Heap, Memory};

/// The words of the smallest sketch, 2 KB: with fewer, chance collisions cost a small cache whole points of its hit ratio.
const MIN_WORDS: u32 = 256;

/// The counters of a key.
const ROWS: u32 = 4;
/// Additions per entry after which all counters are halved.
const ADDITIONS_PER_ENTRY: u32 = 10;

/// A count-min sketch with counters of 4 bits: 6 to 12 counters for each entry, but not fewer than 4,096.
///
/// A key has four counters, which are all in one block of 64 bytes, a cache line. Its estimate is the smallest of them.
/// All counters are halved after a number of additions, so that the past counts less and less. Cormode and Muthukrishnan, "An improved data
/// stream summary: the count-min sketch and its applications", J. Algorithms 55 (2005), section 3; the halving: Einziger,
/// Friedman and Manes, "TinyLFU: a highly efficient cache admission policy", ACM Trans. Storage 13 (2017), section 3.3.
pub struct Sketch<M: Memory = Heap> {
    words: Column<u64, M>,
    /// The number of words, a power of two, or 0.
    len: u32,
    additions: u32,
}

impl<M: Memory> Sketch<M> {
    /// A sketch without counters. Nothing is allocated.
    pub const NEW: Self = Self { words: Column::NEW, len: 0, additions: 0 };

    /// Makes the sketch large enough for that many entries. Estimates stay. Returns `false`, with nothing changed, if there
    /// is no memory.
    pub fn grow(&mut self, entries: u32) -> bool {
        let len = (entries / 8 * 3).max(MIN_WORDS).next_power_of_two();
        if len <= self.len {
            return true;
        }
        if !self.words.grow(len) {
            return false;
        }
        // A key whose block was `b` of `old` is now in the block `b` or `b + old`: both get the old counters.
        let old = self.len;
        if old > 0 {
            for word in old..len {
                let copied = self.words.get(word & old.wrapping_sub(1));
                self.words.set(word, copied);
            }
        }
        self.len = len;
        true
    }

    /// Counts a use of a key, by its hash, in a cache with that many entries.
    #[inline(never)]
    pub fn add(&mut self, hash: u32, entries: u32) {
        let mut added = 0;
        for row in 0..ROWS {
            let (word, shift) = self.counter(hash, row);
            let Some(word) = self.words.get_mut(word) else { return };
            if *word >> shift & 15 != 15 {
                *word = word.wrapping_add(1 << shift);
                added = 1;
            }
        }
        self.additions = self.additions.wrapping_add(added);
        if self.additions >= entries.max(16).saturating_mul(ADDITIONS_PER_ENTRY) {
            self.halve();
        }
    }

    /// The estimate for a key, by its hash: how often it was used lately, 15 at most.
    #[inline(never)]
    pub fn estimate(&self, hash: u32) -> u32 {
        let mut least = 15;
        for row in 0..ROWS {
            let (word, shift) = self.counter(hash, row);
            least = least.min((self.words.get(word) >> shift) as u32 & 15);
        }
        least
    }

    #[inline(never)]
    fn halve(&mut self) {
        self.additions >>= 1;
        for index in 0..self.len {
            if let Some(word) = self.words.get_mut(index) {
                *word = *word >> 1 & 0x7777_7777_7777_7777;
            }
        }
    }

    /// A counter of a key: its word, and the position of its lowest bit.
    #[inline(never)]
    fn counter(&self, hash: u32, row: u32) -> (u32, u32) {
        let hash = spread(hash);
        let block = hash & (self.len >> 3).wrapping_sub(1);
        let bits = spread(hash) >> (row << 3);
        let word = (block << 3).wrapping_add(row << 1).wrapping_add(bits & 1);
        (word, (bits >> 1 & 15) << 2)
    }
}

/// Mixes the bits of a hash: the finalizer of MurmurHash3, with other constants (Wellons, "Prospecting for hash
/// functions", 2018).
#[inline(never)]
pub fn spread(hash: u32) -> u32 {
    let hash = (hash ^ hash >> 16).wrapping_mul(0x7feb_352d);
    let hash = (hash ^ hash >> 15).wrapping_mul(0x846c_a68b);
    hash ^ hash >> 16
}
