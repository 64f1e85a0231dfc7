//! Lines with a JSON object each.

use std::borrow::Cow;

use crate::formats::columns::Fields;
use crate::formats::row::{Row, is_read};
use crate::formats::time::Times;
use crate::keys;
use crate::request::Request;

/// How deep objects and arrays may be nested.
const MAX_DEPTH: u32 = 64;

/// Why a line without a key is bad.
pub const NO_KEY: &str = "no value at the path of the key (option key)";

/// The paths of the values that are read, such as `request.url`.
#[derive(Clone, Debug)]
pub struct Paths {
    paths: [Vec<String>; 5],
    has_op: bool,
}

impl Paths {
    /// Those of a recording.
    pub fn of_recordings() -> Self {
        Self::new(&Fields { op: Some("op".into()), ..Fields::default() })
    }

    /// The default of each path is its name: `key`, `time`, `size`, `ttl`. An operation has none.
    pub fn new(fields: &Fields) -> Self {
        let split = |path: &Option<String>, default: &str| {
            path.as_deref().unwrap_or(default).split('.').map(str::to_owned).collect()
        };
        Self {
            paths: [
                split(&fields.key, "key"),
                split(&fields.time, "time"),
                split(&fields.size, "size"),
                split(&fields.ttl, "ttl"),
                split(&fields.op, ""),
            ],
            has_op: fields.op.is_some(),
        }
    }

    /// Reads a line, which may be an element of an array that has one on each line. A key that is an object or an array counts by its text.
    pub fn row(&self, line: &[u8], times: &mut Times) -> Row {
        let line = line.trim_ascii();
        let line = line.strip_suffix(b",").unwrap_or(line);
        if matches!(line, b"" | b"[" | b"]") {
            return Row::Skipped;
        }
        let mut scan = Scan { text: line, at: 0, paths: &self.paths, found: [const { None }; 5] };
        if scan.value(0, [0; 5]).is_none() || scan.at != line.len() {
            return Row::Bad("no JSON");
        }
        let [key, time, size, ttl, op] = scan.found;
        // A write may have no key.
        if self.has_op && op.is_some_and(|op| !is_read(&op)) {
            return Row::Skipped;
        }
        let Some(key) = key else { return Row::Bad(NO_KEY) };
        let mut request = Request::PLAIN;
        if let Some(time) = time {
            request.time = times.milliseconds(&time);
            if request.time.is_nan() {
                return Row::Bad("no time");
            }
        }
        let number = |value: Option<Cow<[u8]>>| {
            value.and_then(|value| std::str::from_utf8(&value).ok()?.parse().ok()).unwrap_or(f64::NAN)
        };
        request.size = number(size);
        request.ttl = 1e3 * number(ttl);
        Row::Request(request, keys::hash(&key))
    }
}

struct Scan<'a, 'p> {
    text: &'a [u8],
    at: usize,
    paths: &'p [Vec<String>; 5],
    found: [Option<Cow<'a, [u8]>>; 5],
}

impl<'a> Scan<'a, '_> {
    /// Reads a value. `matched` is for each path how many of its names lead here, or `usize::MAX` if they do not.
    fn value(&mut self, depth: u32, matched: [usize; 5]) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.space();
        let start = self.at;
        let text = match self.text.get(self.at)? {
            b'{' => self.members(depth, matched).map(|()| None)?,
            b'[' => self.elements(depth).map(|()| None)?,
            b'"' => Some(self.string()?),
            _ => {
                self.literal()?;
                None
            }
        };
        // The same as no value.
        if text.is_none() && self.text[start..self.at] == *b"null" {
            self.space();
            return Some(());
        }
        for ((matched, path), found) in matched.iter().zip(self.paths).zip(&mut self.found) {
            if *matched == path.len() {
                let raw: &'a [u8] = &self.text[start..self.at];
                *found = Some(text.clone().unwrap_or(Cow::Borrowed(raw)));
            }
        }
        self.space();
        Some(())
    }

    fn members(&mut self, depth: u32, matched: [usize; 5]) -> Option<()> {
        self.at += 1;
        self.space();
        if self.take(b'}') {
            return Some(());
        }
        loop {
            self.space();
            let name = self.string()?;
            self.space();
            if !self.take(b':') {
                return None;
            }
            let mut inner = [usize::MAX; 5];
            for ((inner, &matched), path) in inner.iter_mut().zip(&matched).zip(self.paths) {
                if path.get(matched).is_some_and(|part| part.as_bytes() == &*name) {
                    *inner = matched + 1;
                }
            }
            self.value(depth + 1, inner)?;
            if self.take(b'}') {
                return Some(());
            }
            if !self.take(b',') {
                return None;
            }
        }
    }

    fn elements(&mut self, depth: u32) -> Option<()> {
        self.at += 1;
        self.space();
        if self.take(b']') {
            return Some(());
        }
        loop {
            self.value(depth + 1, [usize::MAX; 5])?;
            if self.take(b']') {
                return Some(());
            }
            if !self.take(b',') {
                return None;
            }
        }
    }

    /// The content of a string.
    fn string(&mut self) -> Option<Cow<'a, [u8]>> {
        if !self.take(b'"') {
            return None;
        }
        let start = self.at;
        let mut unescaped: Option<Vec<u8>> = None;
        loop {
            let byte = *self.text.get(self.at)?;
            self.at += 1;
            match byte {
                b'"' => {
                    let raw = &self.text[start..self.at - 1];
                    return Some(unescaped.map_or(Cow::Borrowed(raw), Cow::Owned));
                }
                b'\\' => {
                    let text = unescaped.get_or_insert_with(|| self.text[start..self.at - 1].to_vec());
                    let escaped = *self.text.get(self.at)?;
                    self.at += 1;
                    match escaped {
                        b'"' | b'\\' | b'/' => text.push(escaped),
                        b'n' => text.push(b'\n'),
                        b't' => text.push(b'\t'),
                        b'r' => text.push(b'\r'),
                        b'b' => text.push(8),
                        b'f' => text.push(12),
                        b'u' => {
                            let code = self.code_unit()?;
                            push_code_unit(text, code);
                        }
                        _ => return None,
                    }
                }
                0..32 => return None,
                _ => {
                    if let Some(text) = &mut unescaped {
                        text.push(byte);
                    }
                }
            }
        }
    }

    /// The four digits of an escaped code unit of UTF-16.
    fn code_unit(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |code, &digit| Some(16 * code + char::from(digit).to_digit(16)?))
    }

    /// A number, `true`, `false` or `null`.
    fn literal(&mut self) -> Option<()> {
        let rest = &self.text[self.at..];
        let name = [&b"true"[..], b"false", b"null"].into_iter().find(|name| rest.starts_with(name));
        let length = name.map_or_else(|| number_length(rest), |name| Some(name.len()))?;
        self.at += length;
        // A separator follows.
        self.text.get(self.at).is_none_or(|byte| !byte.is_ascii_alphanumeric()).then_some(())
    }

    fn space(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(is_there);
        is_there
    }
}

/// The length of the number at the start of a text, if there is one.
fn number_length(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(text.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 {
        return None;
    }
    at += whole;
    if text.get(at) == Some(&b'.') {
        at += 1 + digits(at + 1);
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        at += 1;
        at += usize::from(matches!(text.get(at), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return None;
        }
        at += exponent;
    }
    Some(at)
}

/// Adds an escaped code unit of UTF-16 as UTF-8. The second half of a pair replaces the first half, so that a character
/// is the same key whether it is escaped or not. A half alone has the three bytes that UTF-8 does not use.
fn push_code_unit(text: &mut Vec<u8>, unit: u32) {
    let mut code = unit;
    if (0xdc00..0xe000).contains(&unit)
        && let [.., 0xed, second @ 0xa0..0xb0, third] = text[..]
    {
        let high = u32::from(second & 15) << 6 | u32::from(third & 63);
        code = 0x10000 + (high << 10 | (unit & 0x3ff));
        text.truncate(text.len() - 3);
    }
    match char::from_u32(code) {
        Some(character) => text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        None => text.extend_from_slice(&[
            0xe0 | (code >> 12) as u8,
            0x80 | (code >> 6 & 63) as u8,
            0x80 | (code & 63) as u8,
        ]),
    }
}
