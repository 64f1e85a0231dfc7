//! Replays recorded requests against eviction policies and sizes.
//!
//! The modules, each built on those before it:
//!
//! - [`by_key`] and [`lists`] are the data structures of the policies: arrays by key, since keys are small integers;
//! - [`policy`] is the interface of a policy, and [`policies`] has them all;
//! - [`keys`] makes small integers of keys, [`request`] is one request, and [`formats`] reads requests from traces;
//! - [`curve`] computes the hit ratio of LRU at every size, by [`bit_counts`]; [`knee`] finds the size that is good enough;
//! - [`sizes`] chooses the sizes to simulate, and [`simulation`] runs all caches of a run, and [`report`] says what came
//!   out.

#![forbid(unsafe_code)]

pub mod bit_counts;
pub mod by_key;
pub mod curve;
pub mod formats;
pub mod keys;
pub mod knee;
pub mod lists;
pub mod policies;
pub mod policy;
pub mod report;
pub mod request;
pub mod simulation;
pub mod sizes;

pub use policy::{Policy, PolicyKind};
pub use report::Report;
pub use simulation::{Plan, Simulation};
