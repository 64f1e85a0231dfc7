//! Formats with records of a fixed length.

use crate::formats::format::Format;
use crate::formats::row::Row;
use crate::request::Request;

/// The bytes of a record; 0 for formats of text.
pub fn record_length(format: Format) -> usize {
    match format {
        Format::OracleGeneral => 24,
        Format::Corda => 8,
        Format::Cache2k => 4,
        _ => 0,
    }
}

/// Reads a record.
pub fn record(format: Format, bytes: &[u8]) -> Row {
    match format {
        Format::OracleGeneral => oracle_general(bytes),
        Format::Corda => Row::key(u64::from_be_bytes(part(bytes, 0))),
        Format::Cache2k => Row::key(u64::from(u32::from_be_bytes(part(bytes, 0)))),
        _ => Row::Bad("no record"),
    }
}

/// Little-endian: seconds (32 bits), key (64), size (32), index of the key's next request (64).
fn oracle_general(bytes: &[u8]) -> Row {
    let time = u32::from_le_bytes(part(bytes, 0));
    let size = u32::from_le_bytes(part(bytes, 12));
    let request = Request { time: f64::from(time) * 1e3, size: f64::from(size), ..Request::PLAIN };
    Row::Request(request, u64::from_le_bytes(part(bytes, 4)))
}

/// Whether some bytes look like records of libCacheSim: times that do not go back, and next requests in the future.
pub fn looks_like_oracle_general(bytes: &[u8]) -> bool {
    let mut records = bytes.chunks_exact(24).take(1_000);
    let mut last = 0;
    let is_one = |record: &[u8]| {
        let time = u32::from_le_bytes(part(record, 0));
        let next = i64::from_le_bytes(part(record, 16));
        let fits = time >= last && (next == -1 || next == i64::MAX || (1..1 << 40).contains(&next));
        last = time;
        fits
    };
    bytes.len() >= 24 && records.all(is_one)
}

fn part<const N: usize>(bytes: &[u8], from: usize) -> [u8; N] {
    let mut copied = [0; N];
    if let Some(found) = bytes.get(from..from + N) {
        copied.copy_from_slice(found);
    }
    copied
}
