//! The simulated policies. Each file names the paper that it follows.

mod adaptive;
mod arc;
mod baseline;
mod fifo;
mod lirs;
mod lru;
mod optimal;
mod s3_fifo;
mod sieve;
mod sketch;
mod w_tiny_lfu;

pub use adaptive::Adaptive;
pub use arc::Arc;
pub use baseline::Baseline;
pub use fifo::Fifo;
pub use lirs::Lirs;
pub use lru::Lru;
pub use optimal::{Optimal, OptimalRun};
pub use s3_fifo::S3Fifo;
pub use sieve::Sieve;
pub use sketch::Sketch;
pub use w_tiny_lfu::WTinyLfu;
