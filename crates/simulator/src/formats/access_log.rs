//! The Common Log Format of web servers, and the Combined one, which only adds fields:
//! `192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /logo.png HTTP/1.0" 200 2326`.

use crate::formats::row::Row;
use crate::formats::time::log_date;
use crate::keys;
use crate::request::Request;

/// Reads a line. GET requests count, with that status if one is given.
pub fn row(line: &[u8], status: Option<u16>) -> Row {
    if line.trim_ascii().is_empty() {
        return Row::Skipped;
    }
    let Some(parts) = Parts::of(line) else { return Row::Bad("not in the format of an access log") };
    if parts.method != "GET" || status.is_some_and(|status| status != parts.status) {
        return Row::Skipped;
    }
    let request = Request { time: parts.time, size: parts.size, ..Request::PLAIN };
    Row::Request(request, keys::hash(parts.url.as_bytes()))
}

/// Whether a line is one of an access log.
pub fn is_row(line: &[u8]) -> bool {
    Parts::of(line).is_some()
}

struct Parts<'a> {
    time: f64,
    method: &'a str,
    url: &'a str,
    status: u16,
    size: f64,
}

impl<'a> Parts<'a> {
    fn of(line: &'a [u8]) -> Option<Self> {
        // Bytes that are no UTF-8 may be in other fields than those that are read.
        let text = std::str::from_utf8(line).or_else(|error| std::str::from_utf8(&line[..error.valid_up_to()])).ok()?;
        let (before, rest) = text.split_once(" [")?;
        let (date, rest) = rest.split_once("] \"")?;
        let (request, rest) = rest.split_once("\" ")?;
        if before.split(' ').count() < 3 {
            return None;
        }
        let mut words = request.split(' ');
        let mut numbers = rest.split_ascii_whitespace();
        Some(Self {
            time: log_date(date)?,
            method: words.next()?,
            url: words.next()?,
            status: numbers.next()?.parse().ok()?,
            size: numbers.next()?.parse().unwrap_or(f64::NAN),
        })
    }
}
