//! Estimates the hit ratio that LRU would have with another number of entries, from samples of a running cache.
//!
//! - [`buckets`] sorts numbers by their logarithm;
//! - [`sampler`] chooses the hits that are sampled;
//! - [`evicted`] remembers a sample of the keys that were evicted;
//! - [`curve`](mod@curve) has the samples, and computes the hit ratios;
//! - [`sampled_lru`] is a cache that is sampled, native.
//!
//! Time is counted in ticks: each use and each put of an entry is one. As in `holdfast-core`, no function panics, whatever
//! its arguments are, except those of [`sampled_lru`].

#![forbid(unsafe_code)]

pub mod buckets;
pub mod curve;
pub mod evicted;
pub mod sampled_lru;
pub mod sampler;

pub use curve::{Counts, Curve};
