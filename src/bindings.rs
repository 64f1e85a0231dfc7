//! What JavaScript calls. Numbers only; a number that no success returns tells of a failure.
//!
//! A `handle` names a cache, a `slot` an entry of it. Times are milliseconds on one clock. Handles and slots that are
//! not in use, and numbers that make no sense, are never an error: the call finds nothing, and changes nothing.

use std::num::NonZeroU32;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::cache::Chosen;
use crate::table;

/// Creates a cache for up to `max_size` entries (1 to 2^24 - 1; others are brought into this range) and returns its
/// handle, or 0 if there is no memory. Memory for entries is allocated as they come.
#[wasm_bindgen]
pub fn create(max_size: u32) -> u32 {
    table::create(max_size).map_or(0, NonZeroU32::get)
}

/// Frees a cache. Its handle may then be given to another.
#[wasm_bindgen]
pub fn free(handle: u32) {
    table::free(handle);
}

/// The byte address of the [records](crate::records::Records), or 0. It changes in [`insert`] and [`clear`] only, but
/// any call that allocates, for whichever cache, may grow the memory, and so detach what views it.
#[wasm_bindgen]
pub fn records(handle: u32) -> u32 {
    table::with(handle, 0, |cache| cache.records().address() as u32)
}

/// How many records the block has room for, the three of the header included, or 0. Each is four `f64`.
#[wasm_bindgen]
pub fn capacity(handle: u32) -> u32 {
    table::with(handle, 0, |cache| cache.records().capacity())
}

/// Puts an entry with this deadline into a slot, and returns `slot << 2 | outcome`, or 0 if there is no memory.
///
/// The outcome is 0 for a free slot, 1 if the slot's entry was evicted for this one, 2 if it had expired.
#[wasm_bindgen]
pub fn insert(handle: u32, now: f64, deadline: f64) -> u32 {
    table::with(handle, 0, |cache| cache.insert(now, deadline).map_or(0, Chosen::get))
}

/// Gives an entry another deadline, and counts as a use of it. 1 if there was such an entry, 0 if not.
#[wasm_bindgen]
pub fn replace(handle: u32, slot: u32, deadline: f64) -> u32 {
    table::with(handle, 0, |cache| cache.replace(slot, deadline) as u32)
}

/// Removes an entry, and counts an expiration unless `expired` is 0. 1 if there was such an entry, 0 if not.
#[wasm_bindgen]
pub fn remove(handle: u32, slot: u32, expired: u32) -> u32 {
    table::with(handle, 0, |cache| cache.remove(slot, expired != 0) as u32)
}

/// Removes an entry whose deadline is before `now`, and returns its slot, or 0 if there is none.
#[wasm_bindgen]
pub fn expire(handle: u32, now: f64) -> u32 {
    table::with(handle, 0, |cache| cache.expire(now).map_or(0, NonZeroU32::get))
}

/// Changes how many entries fit. If there are more now, [`trim`] is to be called until it returns 0.
#[wasm_bindgen]
pub fn resize(handle: u32, max_size: u32) {
    table::with(handle, (), |cache| cache.resize(max_size));
}

/// Removes an entry, if there are more than fit, and returns `slot << 2 | outcome` as [`insert`] does, or 0 if all fit.
#[wasm_bindgen]
pub fn trim(handle: u32, now: f64) -> u32 {
    table::with(handle, 0, |cache| cache.trim(now).map_or(0, Chosen::get))
}

/// A time up to which [`expire`] finds nothing: a lower bound of all deadlines, 0 if one may be over, `+Infinity` if
/// there is none.
#[wasm_bindgen]
pub fn due(handle: u32) -> f64 {
    table::with(handle, f64::INFINITY, |cache| cache.due())
}

/// Removes all entries, sets the counters to zero and gives the memory back.
#[wasm_bindgen]
pub fn clear(handle: u32) {
    table::with(handle, (), |cache| {
        cache.reset(cache.max_size());
    });
}

/// The number of entries, or 0: for the tests, as JavaScript has its own count.
#[cfg(any(test, feature = "validate"))]
pub fn len(handle: u32) -> u32 {
    table::with(handle, 0, |cache| cache.len())
}
