//! The decisions of the holdfast cache: which entry is evicted, which entries have expired, whether the entries weigh too
//! much, and which slots the next entries get.
//!
//! The caller keeps the keys and the values. This crate keeps one record per entry and works with numbers only. A hit
//! makes no call: the caller marks the entry, and reports the mark when this crate proposes the entry for eviction. Most
//! puts make no call either: slots for the next entries are reserved ahead, in memory that both sides read.
//!
//! The modules, each built on those before it:
//!
//! - [`memory`] is the trait that allocates a cache's arrays, and its default;
//! - [`records`] lays out the memory that both sides share;
//! - [`column`](mod@column) adds an optional field to the records of the caches that need it;
//! - [`free_list`] acquires and releases slots;
//! - [`radix`] is the priority queue that orders entries by use and by deadline;
//! - [`policy`] is the interface of eviction policies, and [`lru`] is the policy that ships;
//! - [`expiry`] finds the expired entries;
//! - [`weights`] adds up the weights of the entries;
//! - [`reservation`] holds the slots for the next entries;
//! - [`cache`] combines them.
//!
//! The crate has no exports, no allocator and no unsafe code. `holdfast-wasm` adds those for JavaScript; another crate
//! can use this one natively or in its own WebAssembly module.
//!
//! No function panics, for any arguments and any content of the records, except `validate` functions, which are for
//! tests. In WebAssembly a panic is a trap, and the code that reports a panic is larger than this crate. Hence there is
//! no indexing, no `unwrap`, and every allocation returns whether it succeeded.
//!
//! `#[inline(never)]` on a private function keeps one copy of it, which makes the WebAssembly module smaller.

#![forbid(unsafe_code)]

pub mod cache;
pub mod column;
pub mod expiry;
pub mod free_list;
pub mod lru;
pub mod memory;
pub mod policy;
pub mod radix;
pub mod records;
pub mod reservation;
pub mod weights;

pub use cache::Cache;
pub use memory::{Buffer, Heap, Memory};
pub use policy::{AnyPolicy, Policy, PolicyKind};
pub use records::{Records, Slot};
