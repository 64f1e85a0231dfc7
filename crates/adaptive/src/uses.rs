//! What the caller writes for each entry: the tick of its latest use, and the hash of its key.

use holdfast_core::column::Column;
use holdfast_core::records::Field;
use holdfast_core::{Heap, Memory, Records};

use crate::segment::Segment;

/// The bits of a hash. The others of its word hold the segment.
pub const HASH_BITS: u32 = 29;
const HASH: u32 = (1 << HASH_BITS) - 1;

/// The list head whose second number is the address of the marks.
const MARKS: u32 = 6;
/// The list head whose second number is the address of the hashes.
const HASHES: u32 = 7;

/// One mark and one hash per slot.
///
/// The caller writes both. The mark is the tick of the entry's latest use, of which a word holds the low 32 bits; a hit
/// writes it, and nothing else. The hash of the key, of [`HASH_BITS`] bits, is written when the entry is put, with 0 in
/// the bits above, which are for the segment of the entry.
///
/// The stamp in the record of an entry is the latest use that the policy has seen. An entry was used since if its mark
/// differs from it.
///
/// The caller finds the addresses of the marks and of the hashes in the [records](Records) of the list heads: the second
/// numbers of the seventh and of the eighth.
pub struct Uses<M: Memory = Heap> {
    marks: Column<u32, M>,
    hashes: Column<u32, M>,
}

impl<M: Memory> Uses<M> {
    /// No slots. Nothing is allocated.
    pub const NEW: Self = Self { marks: Column::NEW, hashes: Column::NEW };

    /// Makes room for each record. Returns `false` if there is no memory.
    pub fn grow(&mut self, records: &mut Records) -> bool {
        let slots = records.capacity();
        let grown = self.marks.grow(slots) && self.hashes.grow(slots);
        for (head, address) in [(MARKS, self.marks.address()), (HASHES, self.hashes.address())] {
            if let Some([_, number]) = records.numbers_of(head) {
                *number = address as f64;
            }
        }
        grown
    }

    /// Whether the entry in `slot` was used since this was asked last; its stamp is that of its latest use then.
    #[inline(never)]
    pub fn take_use(&self, slot: u32, records: &mut Records) -> bool {
        let stamp = records.get(slot, Field::Stamp).trunc();
        let later = self.marks.get(slot).wrapping_sub(low_bits(stamp));
        if later == 0 {
            return false;
        }
        if let Some([_, number]) = records.numbers(slot) {
            *number = stamp + f64::from(later);
        }
        true
    }

    /// The low 32 bits of the tick of the latest use of the entry in `slot`.
    #[inline(never)]
    pub fn mark(&self, slot: u32) -> u32 {
        self.marks.get(slot)
    }

    /// Writes the mark of the entry in `slot`, as the caller does.
    pub fn set_mark(&mut self, slot: u32, mark: u32) {
        self.marks.set(slot, mark);
    }

    /// The hash of the key in `slot`.
    #[inline(never)]
    pub fn hash(&self, slot: u32) -> u32 {
        self.hashes.get(slot) & HASH
    }

    /// Writes the hash of the key that is put into `slot`, as the caller does.
    pub fn set_hash(&mut self, slot: u32, hash: u32) {
        self.hashes.set(slot, hash & HASH);
    }

    /// The segment of the entry in `slot`.
    #[inline(never)]
    pub fn segment(&self, slot: u32) -> Segment {
        Segment::from_bits(self.hashes.get(slot) >> HASH_BITS)
    }

    /// Records the segment of the entry in `slot`.
    #[inline(never)]
    pub fn set_segment(&mut self, slot: u32, segment: Segment) {
        let hash = self.hash(slot);
        self.hashes.set(slot, hash | segment.bits() << HASH_BITS);
    }
}

/// The low 32 bits of a tick. Not a cast by `u64`, which the translation to JavaScript does not know.
#[inline(never)]
pub fn low_bits(tick: f64) -> u32 {
    const WORD: f64 = 4_294_967_296.0;
    (tick - (tick / WORD).trunc() * WORD) as u32
}
