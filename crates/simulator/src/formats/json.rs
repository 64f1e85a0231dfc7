//! Lines with a JSON object each.

use std::borrow::Cow;

use crate::formats::columns::Fields;
use crate::formats::row::{Row, is_read};
use crate::formats::time::Times;
use crate::keys;
use crate::request::Request;

/// How deep objects and arrays may be nested.
const MAX_DEPTH: u32 = 64;

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

    /// Reads a line. A key that is an object or an array counts by its text.
    pub fn row(&self, line: &[u8], times: &mut Times) -> Row {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Row::Skipped;
        }
        let mut scan = Scan { text: line, at: 0, paths: &self.paths, found: [const { None }; 5] };
        if scan.value(0, [0; 5]).is_none() || scan.at != line.len() {
            return Row::Bad("no JSON");
        }
        let [key, time, size, ttl, op] = scan.found;
        let Some(key) = key else { return Row::Bad("no key") };
        if self.has_op && op.is_some_and(|op| !is_read(&op)) {
            return Row::Skipped;
        }
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

    /// The content of a string. One with escapes that are no single characters counts by its text.
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
                            let digits = self.text.get(self.at..self.at + 4)?;
                            let code = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
                            self.at += 4;
                            match char::from_u32(code) {
                                Some(character) => {
                                    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                                }
                                // Half of a pair: kept as it is written.
                                None => {
                                    text.extend_from_slice(b"\\u");
                                    text.extend_from_slice(digits);
                                }
                            }
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

    /// A number, `true`, `false` or `null`.
    fn literal(&mut self) -> Option<()> {
        let start = self.at;
        while self.text.get(self.at).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)) {
            self.at += 1;
        }
        let text = std::str::from_utf8(&self.text[start..self.at]).ok()?;
        let is_name = ["true", "false", "null"].contains(&text);
        let is_number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        (is_name || (is_number && text.parse::<f64>().is_ok())).then_some(())
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
