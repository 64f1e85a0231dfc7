//! The seam between the cache and the order in which it evicts.

use crate::records::Records;
use crate::slots::Slot;

/// Chooses the entry that has to go when the cache is full.
///
/// The cache reports what it writes and removes. Nobody reports hits: JavaScript marks the entries, and when a policy
/// has chosen a marked one, that stays, and is inserted anew with the stamp of its latest use. That is what LRU needs,
/// and the "accessed" mark of CLOCK and S3-FIFO. A policy that counts uses, like W-TinyLFU, would need a count beside
/// the stamp. Whatever lists it keeps its entries in, the links beside the stamp are for them.
pub trait Policy {
    /// A policy that knows of no entries and has not allocated anything.
    const NEW: Self;

    /// An entry was put into `slot` and stamped. Or else, and then this is `false`, the stamp is that of a use: the
    /// slot is a victim's that stays, or one that has moved here from an instance that trapped.
    fn inserted(&mut self, slot: u32, records: &mut Records) -> bool;

    /// The entry in `slot` was removed. It may be a victim.
    fn removed(&mut self, slot: u32, records: &mut Records);

    /// Chooses the entry to evict, and from then on takes it for the newest, as whoever gets its slot will be. `None`
    /// only if there are no entries.
    fn victim(&mut self, records: &mut Records) -> Option<Slot>;

    /// All victims are at the front again, before what has become of each is told.
    fn recall(&mut self);

    /// A victim was not needed, and is to be the first again; of several the last comes first here.
    fn spared(&mut self, slot: u32, records: &mut Records);

    /// Checks every invariant; `live` tells whether a slot below `end` has an entry.
    ///
    /// # Panics
    ///
    /// If one does not hold.
    #[cfg(any(test, feature = "validate"))]
    fn validate(&self, records: &mut Records, end: u32, live: &dyn Fn(u32, &mut Records) -> bool);
}
