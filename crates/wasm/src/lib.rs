//! The WebAssembly module of holdfast: [`holdfast_core`] with exports for JavaScript.
//!
//! Only numbers cross the boundary. JavaScript keeps the keys and the values, and reads and writes the records of the
//! core in the module's memory. A hit calls nothing, and neither do most puts.
//!
//! - [`bindings`] are the exports;
//! - [`table`] gives each cache a number, its handle;
//! - `policy` names the policy of the caches: the feature `adaptive` makes another module, which imports two functions;
//! - `memory` has the array that the records are stored in;
//! - `alloc` is the allocator.
//!
//! Unsafe code is in `memory` and `alloc` only. No function panics, for any arguments: see [`holdfast_core`].
//!
//! `#[inline(never)]` on a private function keeps one copy of it, which makes the module smaller.

#![deny(unsafe_code)]

#[cfg(any(target_arch = "wasm32", test))]
mod alloc;
pub mod bindings;
mod memory;
mod policy;
pub mod table;
