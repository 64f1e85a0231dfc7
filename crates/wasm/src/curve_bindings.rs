//! The functions by which JavaScript samples a cache, to estimate the hit ratio of other sizes: [`holdfast_curve::Curve`].
//!
//! A `handle` names a curve, not a cache. `free` frees it. Ticks and times in ticks are the low 32 bits.

use std::num::NonZeroU32;

use holdfast_curve::Counts;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::table;

/// Creates a curve, and returns its handle, or 0 if there is no memory.
#[wasm_bindgen]
pub fn create_curve() -> u32 {
    table::create_curve().map_or(0, NonZeroU32::get)
}

/// Opens a curve for a cache of that many entries, or adapts it to their number. Returns the number of keys of which one is
/// sampled, a power of two; 0 if there is no memory. `unsampled` is the number of misses that were not sampled before.
#[wasm_bindgen]
pub fn open_curve(handle: u32, entries: u32, is_lru: bool, unsampled: u32) -> u32 {
    table::with_curve(handle, 0, |curve| if curve.open(entries, is_lru, unsampled) { curve.rate() } else { 0 })
}

/// Samples a hit, by its reuse time; 0 if the tick to look at was not that of a hit. Returns the number of ticks to the
/// next one to look at.
#[wasm_bindgen]
pub fn sample_hit(handle: u32, time: u32) -> u32 {
    table::with_curve(handle, u32::MAX >> 4, |curve| curve.hit(time))
}

/// Samples an entry of the sample that is put.
#[wasm_bindgen]
pub fn sample_put(handle: u32, hash: u32, tick: u32, now: f64) {
    table::with_curve(handle, (), |curve| curve.put(hash, tick, now));
}

/// Samples an entry of the sample that is evicted, with the tick of its last use.
#[wasm_bindgen]
pub fn sample_evicted(handle: u32, hash: u32, tick: u32, deadline: f64) {
    table::with_curve(handle, (), |curve| curve.evicted(hash, tick, deadline));
}

/// Samples an entry that expired or was removed, that long after its last use.
#[wasm_bindgen]
pub fn sample_end(handle: u32, time: u32) {
    table::with_curve(handle, (), |curve| curve.ended(time));
}

/// Halves all samples. The caller halves its counts.
#[wasm_bindgen]
pub fn halve_samples(handle: u32) {
    table::with_curve(handle, (), |curve| curve.halve());
}

/// The number of samples.
#[wasm_bindgen]
pub fn samples(handle: u32) -> u32 {
    table::with_curve(handle, 0, |curve| curve.samples())
}

/// The estimated hit ratio with `size` entries of a cache that has `entries` entries.
#[wasm_bindgen]
pub fn hit_ratio(handle: u32, size: f64, entries: f64, hits: f64, misses: f64, others: f64) -> f64 {
    table::with_curve(handle, 0.0, |curve| curve.hit_ratio(size, entries, Counts { hits, misses, others }))
}
