//! The readers of traces.
//!
//! - [`format`](mod@format) names the formats, [`detect`] tells which one some bytes have;
//! - [`reader`] reads chunks of any format, and counts the bad lines;
//! - the other modules read one line or record each.

pub mod access_log;
pub mod binary;
pub mod bytes;
pub mod columns;
pub mod detect;
pub mod format;
pub mod json;
pub mod reader;
pub mod row;
pub mod text;
pub mod time;
pub mod twitter;
