//! What a line or record says.

use crate::request::Request;

/// A line or record that was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Row {
    /// A request for the key with these bits.
    Request(Request, u64),
    /// Requests for some keys that are numbers, from the first on.
    Range(u64, u64),
    /// Nothing to simulate: an empty line, a comment, a write.
    Skipped,
    /// Not in the format, and why.
    Bad(&'static str),
}

impl Row {
    /// A request of which only the key is known.
    pub fn key(bits: u64) -> Self {
        Self::Request(Request::PLAIN, bits)
    }
}

/// Whether an operation, such as column 6 of Twitter's traces, reads a value.
pub fn is_read(op: &[u8]) -> bool {
    const READS: [&str; 11] = ["get", "gets", "read", "r", "head", "hit", "miss", "load", "l", "lookup", "mget"];
    std::str::from_utf8(op).is_ok_and(|op| READS.iter().any(|read| op.trim().eq_ignore_ascii_case(read)))
}
