//! What the policy knows of each entry: the hash of its key, its segment, and whether it was used.

use holdfast_core::column::Column;
use holdfast_core::{Heap, Memory, Records};

use crate::caller::{Caller, Recorded};
use crate::segment::Segment;

/// The bits of a hash. The others of its word hold the segment.
pub const HASH_BITS: u32 = 29;
const HASH: u32 = (1 << HASH_BITS) - 1;

/// A cache that is at least this part full gets room for all of its entries. Arrays that grow often leave their old memory
/// behind.
const FULL_ROOM: u32 = 64;
/// The growth before that.
const GROWTH: u32 = 8;

/// One word per slot, and the caller.
///
/// The stamp in the record of an entry is the latest use that the policy has seen.
pub struct Uses<M: Memory = Heap, C: Caller = Recorded> {
    caller: C,
    words: Column<u32, M>,
    /// The number of slots that have room.
    room: u32,
}

impl<M: Memory, C: Caller> Uses<M, C> {
    /// No slots. Nothing is allocated.
    pub const NEW: Self = Self { caller: C::NEW, words: Column::NEW, room: 0 };

    /// The number of slots to make room for, or `None` if there is enough.
    pub fn next_room(&self, slots: u32, most: u32) -> Option<u32> {
        if slots <= self.room {
            return None;
        }
        let all = most.saturating_add(1).max(slots);
        Some(if all / FULL_ROOM < slots { all } else { slots.saturating_mul(GROWTH) })
    }

    /// Makes room for slots. Returns `false` if there is no memory.
    pub fn grow(&mut self, room: u32) -> bool {
        let grown = self.words.grow(room);
        if grown {
            self.room = room;
        }
        grown
    }

    /// The caller, to write its answers.
    pub fn caller(&mut self) -> &mut C {
        &mut self.caller
    }

    /// Whether the entry in `slot` was used since this was asked last; its stamp is that of its latest use then.
    #[inline(never)]
    pub fn take_use(&self, slot: u32, records: &mut Records) -> bool {
        let latest = self.caller.latest_use(slot);
        let Some([_, stamp]) = records.numbers(slot) else { return false };
        let is_used = latest > stamp.trunc();
        if is_used {
            *stamp = latest;
        }
        is_used
    }

    /// The low 32 bits of the tick of the latest use of the entry in `slot`.
    #[inline(never)]
    pub fn mark(&self, slot: u32) -> u32 {
        low_bits(self.caller.latest_use(slot))
    }

    /// Takes note of the key that was put into `slot`.
    pub fn learn_key(&mut self, slot: u32) {
        self.words.set(slot, self.caller.key_hash(slot) & HASH);
    }

    /// The hash of the key in `slot`.
    #[inline(never)]
    pub fn hash(&self, slot: u32) -> u32 {
        self.words.get(slot) & HASH
    }

    /// The segment of the entry in `slot`.
    #[inline(never)]
    pub fn segment(&self, slot: u32) -> Segment {
        Segment::from_bits(self.words.get(slot) >> HASH_BITS)
    }

    /// Records the segment of the entry in `slot`.
    #[inline(never)]
    pub fn set_segment(&mut self, slot: u32, segment: Segment) {
        let hash = self.hash(slot);
        self.words.set(slot, hash | segment.bits() << HASH_BITS);
    }
}

/// The low 32 bits of a tick. Not a cast by `u64`, which the translation to JavaScript does not know.
#[inline(never)]
pub fn low_bits(tick: f64) -> u32 {
    const WORD: f64 = 4_294_967_296.0;
    (tick - (tick / WORD).trunc() * WORD) as u32
}
