//! The functions that JavaScript calls. They take and return only numbers.
//!
//! A `handle` names a cache, a `slot` an entry of it. Times are milliseconds on one clock. Handles and slots that are
//! not in use, and numbers that make no sense, are not errors: the call finds nothing and changes nothing.
//!
//! Any call that allocates, for any cache, may grow the memory, which detaches all views of it.

use std::num::NonZeroU32;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::table;

/// Creates a cache and returns its handle, or 0 if there is no memory. The memory for entries is allocated as they come.
#[wasm_bindgen]
pub fn create() -> u32 {
    table::create().map_or(0, NonZeroU32::get)
}

/// Frees a cache. Another cache may get its handle.
#[wasm_bindgen]
pub fn free(handle: u32) {
    table::free(handle);
}

/// The byte address of the header of the [records](holdfast_core::Records), or 0. Their number, of four `f64` each, is
/// the second number of the second record, 63 records before the header. The address changes only in [`reserve`] and
/// [`clear`].
#[wasm_bindgen]
pub fn records(handle: u32) -> u32 {
    table::with(handle, 0, |cache| cache.address() as u32)
}

/// Reserves up to `want` slots for the next entries, at most 64: free slots or, if there are already `max_size` entries
/// (at most 2^24 - 1), the slots of victims, the next to evict first. Reserves none if there is no memory.
///
/// The slots are the first numbers of the records from 64 records before the header on. The second number of the header
/// is how many there are. The caller counts those that it has used in the first number of the header, and writes into
/// the record of each a deadline and a stamp, the next tick plus one half.
///
/// A victim that was hit gets the tick of its latest hit as its stamp, a whole number. If that is at least the second
/// number of the third record, the entry stays, and its slot is counted as used. Otherwise the caller moves the slot
/// behind the reserved slots with lower stamps. An entry that moves here from another instance has a whole number as its
/// stamp, too; its deadline counts once [`deadline_changed`] is called.
///
/// Once the time is beyond the second number of the first record, an entry may have [expired](expire). The caller
/// removes expired entries before it evicts a victim.
///
/// Every later call, except [`deadline_changed`], [`set_weight`] and [`records`], ends the reservation.
#[wasm_bindgen]
pub fn reserve(handle: u32, want: u32, max_size: u32) {
    table::with(handle, (), |cache| cache.reserve(want, max_size));
}

/// Queues an entry, if there is one, by its new deadline.
#[wasm_bindgen]
pub fn deadline_changed(handle: u32, slot: u32) {
    table::with(handle, (), |cache| cache.deadline_changed(slot));
}

/// Sets the weight of an entry, if there is one: an integer from 0 to 2^53 - 1. Returns `false`, with nothing changed, if
/// there is no memory.
///
/// The second number of the fifth record is the total weight of all entries, including expired ones. The second number of
/// the fourth is the byte address of the weights, one `f64` for each slot from 0 on, or 0 as long as every weight is 0.
/// The address changes only in this function, [`reserve`] and [`clear`].
///
/// A reserved victim counts until the weight of the entry that has replaced it is set: a caller that limits the total
/// sets the weight of each entry that it puts. To bring the total down, it removes the victims of a [`reserve`] with the
/// number of entries as `max_size`.
#[wasm_bindgen]
pub fn set_weight(handle: u32, slot: u32, weight: f64) -> bool {
    table::with(handle, true, |cache| cache.set_weight(slot, weight))
}

/// Removes an entry, if there is one.
#[wasm_bindgen]
pub fn remove(handle: u32, slot: u32) {
    table::with(handle, (), |cache| cache.remove(slot));
}

/// Removes an entry whose deadline is before `now`, and returns its slot, or 0 if there is none. Afterwards the second
/// number of the first record is a time up to which this finds nothing: a lower bound of all deadlines, 0 if one may
/// have passed, `+Infinity` if no entry ever expires.
#[wasm_bindgen]
pub fn expire(handle: u32, now: f64) -> u32 {
    table::with(handle, 0, |cache| cache.expire(now).map_or(0, NonZeroU32::get))
}

/// Removes all entries and frees their memory.
#[wasm_bindgen]
pub fn clear(handle: u32) {
    table::with(handle, (), |cache| {
        table::close(cache);
        cache.open();
    });
}
