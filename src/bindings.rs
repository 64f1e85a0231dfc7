//! What JavaScript calls. Numbers only; a number that no success returns tells of a failure.
//!
//! A `handle` names a cache, a `slot` an entry of it. Times are milliseconds on one clock. Handles and slots that are
//! not in use, and numbers that make no sense, are never an error: the call finds nothing, and changes nothing.

use std::num::NonZeroU32;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::table;

/// Creates a cache and returns its handle, or 0 if there is no memory. Memory for entries is allocated as they come.
#[wasm_bindgen]
pub fn create() -> u32 {
    table::create().map_or(0, NonZeroU32::get)
}

/// Frees a cache. Its handle may then be given to another.
#[wasm_bindgen]
pub fn free(handle: u32) {
    table::free(handle);
}

/// The byte address of the header of the [records](crate::records::Records), or 0. How many there are, of four `f64`
/// each, is the second number of the second record of all, 63 records before the header. It changes in [`offer`] and
/// [`clear`] only, but any call that allocates, for whichever cache, may grow the memory, and so detach what views it.
#[wasm_bindgen]
pub fn records(handle: u32) -> u32 {
    table::with(handle, 0, |cache| cache.records().address() as u32)
}

/// Offers up to `want` slots for the next entries, at most 64: free ones or, if there are already `max_size` entries
/// (up to 2^24 - 1), those whose entries are to go, the least recent first. None if there is no memory.
///
/// They are the first numbers of the records from 64 records before the header on. Whoever uses a slot counts that in
/// the header's first number, the other of which is how many there are, and writes into the slot's record the deadline
/// and the next tick with half a tick added. One whose entry was used since its stamp was written gets the whole tick
/// of that use. If the last that is offered is older, the entry stays, and is counted; else it is to be put where it
/// belongs among those that are left. Once the time is beyond the second number of the very first record, an entry may
/// have [expired](expire), which is to go before any other. Every other call, except [`replaced`] and those that only
/// read, takes back what is left.
#[wasm_bindgen]
pub fn offer(handle: u32, want: u32, max_size: u32) {
    table::with(handle, (), |cache| cache.offer(want, max_size));
}

/// An entry, if there is one, has been given another deadline.
#[wasm_bindgen]
pub fn replaced(handle: u32, slot: u32) {
    table::with(handle, (), |cache| cache.replaced(slot));
}

/// Removes an entry, if there is one.
#[wasm_bindgen]
pub fn remove(handle: u32, slot: u32) {
    table::with(handle, (), |cache| cache.remove(slot));
}

/// Removes an entry whose deadline is before `now`, and returns its slot, or 0 if there is none. The second number of
/// the very first record is then a time up to which this finds nothing: a lower bound of all deadlines, 0 if one may be
/// over, `+Infinity` if there is none.
#[wasm_bindgen]
pub fn expire(handle: u32, now: f64) -> u32 {
    table::with(handle, 0, |cache| cache.expire(now).map_or(0, NonZeroU32::get))
}

/// Removes all entries and gives the memory back.
#[wasm_bindgen]
pub fn clear(handle: u32) {
    table::with(handle, (), |cache| {
        cache.reset(true);
    });
}

/// How many records there is room for, or 0: for the tests, as JavaScript reads it in the memory.
#[cfg(any(test, feature = "validate"))]
pub fn capacity(handle: u32) -> u32 {
    table::with(handle, 0, |cache| cache.records().capacity())
}

/// The number of entries, or 0: for the tests, as JavaScript has its own count.
#[cfg(any(test, feature = "validate"))]
pub fn len(handle: u32) -> u32 {
    table::with(handle, 0, |cache| cache.len())
}
