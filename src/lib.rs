//! The decisions and the metadata of holdfast, compiled to WebAssembly.
//!
//! JavaScript keeps the keys and the values; this crate keeps a record for each entry and decides which entry has to
//! go. Only numbers cross the boundary. A hit crosses nothing: JavaScript marks the entry, and this crate learns of it
//! when it offers that one's slot. Nor do most puts: the slots for the next ones are offered in the memory that both
//! share.
//!
//! From the bottom up:
//!
//! - [`records`] is the memory that is shared;
//! - [`slots`] hands out places in it and takes them back;
//! - [`radix`] is the priority queue behind both orders, by use and by deadline, threaded through the records;
//! - [`policy`] is the seam between the cache and the order in which it evicts, and [`lru`] the policy there is;
//! - [`offer`] is what is decided ahead: the slots for the next entries;
//! - [`expiry`] knows which entries' time is up;
//! - [`cache`] ties them together;
//! - [`table`] gives each cache a number, its handle;
//! - [`bindings`] are the exports.
//!
//! Nothing here may panic, whatever the arguments and whatever JavaScript wrote into the records: a panic in
//! WebAssembly is a trap, and the machinery that reports it is larger than all of this. Hence no indexing, no `unwrap`
//! and no allocation that cannot fail: what can fail says so by its result.
//!
//! There is unsafe code where memory comes from, in `memory` and `alloc`, and nowhere else.

#![deny(unsafe_code)]

#[cfg(any(target_arch = "wasm32", test))]
mod alloc;
pub mod bindings;
pub mod cache;
pub mod expiry;
pub mod lru;
mod memory;
pub mod offer;
pub mod policy;
pub mod radix;
pub mod records;
pub mod slots;
pub mod table;
