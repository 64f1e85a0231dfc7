//! The adaptive eviction policy.

#![forbid(unsafe_code)]

pub mod adaptive;
pub mod caller;
pub mod climber;
pub mod ghosts;
pub mod guard;
pub mod key_cache;
pub mod segment;
pub mod sketch;
pub mod uses;

pub use adaptive::Adaptive;
pub use caller::{Caller, Recorded};
pub use key_cache::KeyCache;
