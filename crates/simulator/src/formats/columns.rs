//! Lines with columns: CSV (RFC 4180, without line breaks in fields) and TSV.

use std::borrow::Cow;

use crate::formats::bytes::find;
use crate::formats::row::{Row, is_read};
use crate::formats::time::Times;
use crate::keys;
use crate::request::Request;

/// The columns that are read, by name or by number from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// The key. Default: the column `key`.
    pub key: Option<String>,
    /// The time.
    pub time: Option<String>,
    /// The size of the value.
    pub size: Option<String>,
    /// How long the value is kept, in seconds.
    pub ttl: Option<String>,
    /// The operation: only reads are requests.
    pub op: Option<String>,
}

/// The indices of the columns.
#[derive(Clone, Copy, Debug, Default)]
pub struct Columns {
    separator: u8,
    key: usize,
    time: Option<usize>,
    size: Option<usize>,
    ttl: Option<usize>,
    op: Option<usize>,
}

impl Columns {
    /// Finds the columns by the first line. Returns whether that line has the names of the columns.
    pub fn find(fields: &Fields, separator: u8, first: &[u8]) -> Result<(Self, bool), String> {
        let names = names_of(first, separator);
        let mut is_header = false;
        let mut find = |option: &str, wanted: &Option<String>, default: &str| {
            let named = |name: &str| names.iter().position(|column| column.eq_ignore_ascii_case(name));
            let Some(wanted) = wanted else {
                let found = named(default);
                is_header |= found.is_some();
                return Ok(found);
            };
            if let Some(found) = named(wanted) {
                is_header = true;
                return Ok(Some(found));
            }
            match wanted.parse::<usize>() {
                Ok(number) if (1..=names.len()).contains(&number) => Ok(Some(number - 1)),
                _ => Err(format!(
                    "{option}: there is no column '{wanted}'; the columns are {}, or 1 to {}",
                    names.join(", "),
                    names.len()
                )),
            }
        };
        let key = find("key", &fields.key, "key")?;
        let mut columns = Self { separator, key: 0, ..Self::default() };
        columns.time = find("time", &fields.time, "time")?;
        columns.size = find("size", &fields.size, "size")?;
        columns.ttl = find("ttl", &fields.ttl, "ttl")?;
        // Not by its name: what counts as a read differs.
        if fields.op.is_some() {
            columns.op = find("op", &fields.op, "")?;
        }
        match key {
            Some(key) => columns.key = key,
            None => return Err(no_key(&names)),
        }
        // Without names the first line counts as a request; its other columns must not be taken for names.
        Ok((columns, is_header))
    }

    /// Reads a line.
    pub fn row(&self, line: &[u8], times: &mut Times) -> Row {
        if line.trim_ascii().is_empty() {
            return Row::Skipped;
        }
        let mut key = None;
        let mut request = Request::PLAIN;
        let mut index = 0;
        let mut is_write = false;
        let mut rest = Some(line);
        while let Some(text) = rest {
            let Some((field, after)) = next_field(text, self.separator) else {
                return Row::Bad("a quotation mark without its end");
            };
            if index == self.key {
                key = Some(keys::hash(field.trim_ascii()));
            }
            if Some(index) == self.time {
                request.time = times.milliseconds(&field);
                if request.time.is_nan() {
                    return Row::Bad("no time");
                }
            }
            if Some(index) == self.size {
                request.size = number(&field);
            }
            if Some(index) == self.ttl {
                request.ttl = 1e3 * number(&field);
            }
            if Some(index) == self.op {
                is_write = !is_read(&field);
            }
            index += 1;
            rest = after;
        }
        match key {
            None => Row::Bad("too few columns"),
            Some(_) if is_write => Row::Skipped,
            Some(bits) => Row::Request(request, bits),
        }
    }
}

fn no_key(names: &[String]) -> String {
    format!("key: which column has the key? The columns are {}, or 1 to {}", names.join(", "), names.len())
}

/// The fields of the first line.
fn names_of(line: &[u8], separator: u8) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = Some(line.trim_ascii_end());
    while let Some((field, after)) = rest.and_then(|text| next_field(text, separator)) {
        names.push(String::from_utf8_lossy(&field).trim().chars().take(40).collect());
        rest = after;
    }
    names
}

/// The number of columns of a line.
pub fn count(line: &[u8], separator: u8) -> usize {
    names_of(line, separator).len()
}

/// The value of a field; NaN if it is no number.
pub fn number(field: &[u8]) -> f64 {
    std::str::from_utf8(field).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(f64::NAN)
}

/// A field, and what follows its separator, if there is one.
type Field<'a> = (Cow<'a, [u8]>, Option<&'a [u8]>);

/// The first field, and what follows its separator. `None` if a quotation mark has no end.
fn next_field(text: &[u8], separator: u8) -> Option<Field<'_>> {
    if separator == b',' && text.first() == Some(&b'"') {
        return quoted_field(&text[1..], separator);
    }
    Some(match find(separator, text) {
        Some(end) => (text[..end].into(), Some(&text[end + 1..])),
        None => (text.into(), None),
    })
}

fn quoted_field(text: &[u8], separator: u8) -> Option<Field<'_>> {
    let mut field = Vec::new();
    let mut rest = text;
    loop {
        let end = find(b'"', rest)?;
        field.extend_from_slice(&rest[..end]);
        rest = &rest[end + 1..];
        if rest.first() != Some(&b'"') {
            break;
        }
        field.push(b'"');
        rest = &rest[1..];
    }
    let after = find(separator, rest).map(|at| &rest[at + 1..]);
    Some((field.into(), after))
}
