//! Formats with a key, or numbers, per line.

use crate::formats::row::Row;
use crate::keys;

/// The most blocks in a line of ARC's traces, 32 MiB of 512 bytes each. More are a mistake, which would take forever.
const MAX_RANGE: u64 = 1 << 16;

/// A key per line. Empty lines are skipped.
pub fn plain(line: &[u8]) -> Row {
    let key = line.trim_ascii();
    if key.is_empty() { Row::Skipped } else { Row::key(keys::hash(key)) }
}

/// `start count ignored request`.
pub fn arc(line: &[u8]) -> Row {
    let mut fields = fields_of(line);
    let (start, count) = (number(fields.next()), number(fields.next()));
    match (start, count) {
        (None, None) if line.trim_ascii().is_empty() => Row::Skipped,
        (Some(start), Some(count)) if count <= MAX_RANGE && start.checked_add(count).is_some() => {
            Row::Range(start, count)
        }
        (Some(_), Some(_)) => Row::Bad("too many blocks"),
        _ => Row::Bad("no two numbers"),
    }
}

/// A block number, or an asterisk.
pub fn lirs(line: &[u8]) -> Row {
    match line.trim_ascii() {
        b"" | b"*" => Row::Skipped,
        text => number(Some(text)).map_or(Row::Bad("no number"), Row::key),
    }
}

/// `l 0x1fffff50 1`, the letter being `l` or `s`.
pub fn address(line: &[u8]) -> Row {
    let mut fields = fields_of(line);
    let (Some(_), Some(address)) = (fields.next(), fields.next()) else { return skipped_if_empty(line) };
    let digits = std::str::from_utf8(address).ok().and_then(|address| address.strip_prefix("0x"));
    digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()).map_or(Row::Bad("no address"), Row::key)
}

fn skipped_if_empty(line: &[u8]) -> Row {
    if line.trim_ascii().is_empty() { Row::Skipped } else { Row::Bad("too few fields") }
}

/// The fields between white space.
pub fn fields_of(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty())
}

/// A decimal number.
pub fn number(field: Option<&[u8]>) -> Option<u64> {
    std::str::from_utf8(field?).ok()?.parse().ok()
}
