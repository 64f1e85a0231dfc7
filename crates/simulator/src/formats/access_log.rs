//! The Common Log Format of web servers, and the Combined one, which only adds fields:
//! `192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /logo.png HTTP/1.0" 200 2326`.

use crate::formats::bytes::find;
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
    // Servers also log what is no request: nothing, or the start of a TLS connection.
    let url = parts.request.strip_prefix(b"GET ").map(url_of).filter(|url| !url.is_empty());
    match url {
        Some(url) if status.is_none_or(|status| status == parts.status) => {
            let request = Request { time: parts.time, size: parts.size, ..Request::PLAIN };
            Row::Request(request, keys::hash(url))
        }
        _ => Row::Skipped,
    }
}

/// Whether a line is one of an access log.
pub fn is_row(line: &[u8]) -> bool {
    Parts::of(line).is_some()
}

/// What is in front of the protocol. Wrong URLs contain spaces.
fn url_of(rest: &[u8]) -> &[u8] {
    let protocol = rest.iter().rposition(|&byte| byte == b' ').filter(|&at| rest[at..].starts_with(b" HTTP/"));
    protocol.map_or(rest, |at| &rest[..at]).trim_ascii()
}

struct Parts<'a> {
    time: f64,
    request: &'a [u8],
    status: u16,
    size: f64,
}

impl<'a> Parts<'a> {
    fn of(line: &'a [u8]) -> Option<Self> {
        let (before, rest) = split_after(line, b'[', b' ')?;
        if before.iter().filter(|&&byte| byte == b' ').count() < 3 {
            return None;
        }
        let end = find(b']', rest)?;
        let time = log_date(&rest[..end])?;
        let (request, rest) = quoted(rest[end..].strip_prefix(b"] \"")?)?;
        let mut numbers = rest.strip_prefix(b" ")?.split(u8::is_ascii_whitespace);
        let mut number = || std::str::from_utf8(numbers.next()?).ok();
        Some(Self { time, request, status: number()?.parse().ok()?, size: number()?.parse().unwrap_or(f64::NAN) })
    }
}

/// Splits at a byte that follows another one.
fn split_after(text: &[u8], byte: u8, before: u8) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    loop {
        let at = from + find(byte, &text[from..])?;
        if at > 0 && text[at - 1] == before {
            return Some((&text[..at], &text[at + 1..]));
        }
        from = at + 1;
    }
}

/// What is in front of a quotation mark without a backslash, and what follows it.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    loop {
        let at = from + find(b'"', &text[from..])?;
        let backslashes = text[..at].iter().rev().take_while(|&&byte| byte == b'\\').count();
        if backslashes % 2 == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
        from = at + 1;
    }
}
