//! Reads a trace in chunks.

use crate::formats::bytes::find;
use crate::formats::columns::{Columns, Fields};
use crate::formats::detect::{RECORDING, check_encoding, detect};
use crate::formats::format::Format;
use crate::formats::json::Paths;
use crate::formats::row::Row;
use crate::formats::time::Times;
use crate::formats::{access_log, binary, text, twitter};

/// The bytes by which the format is told.
const HEAD: usize = 1 << 16;
/// The bytes by which the encoding is told.
const ENCODING_HEAD: usize = 64;
/// A byte order mark in UTF-8.
const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];
/// The longest line. A longer one is bad, and not kept.
const MAX_LINE: usize = 1 << 20;
/// The lines after which a trace in a wrong format is given up.
const PROBATION: u64 = 1_000;

/// How to read a trace.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The format; `None`: it is told by the content.
    pub format: Option<Format>,
    /// The columns, or paths in JSON.
    pub fields: Fields,
    /// The status that requests in access logs must have.
    pub status: Option<u16>,
}

/// A line that is not in the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1; that of the record in binary formats.
    pub number: u64,
    /// Its first characters.
    pub text: String,
    /// What is wrong.
    pub reason: &'static str,
}

/// Reads a trace in chunks of any length.
pub struct Reader {
    options: ReadOptions,
    format: Option<Format>,
    /// Bytes that were not read yet: the head until the format is known, then the start of a line or record.
    rest: Vec<u8>,
    is_too_long: bool,
    columns: Option<Columns>,
    paths: Paths,
    times: Times,
    /// The lines or records so far.
    pub lines: u64,
    /// Those that are no requests.
    pub skipped: u64,
    /// Those that are not in the format.
    pub bad: u64,
    /// The first of them.
    pub first_bad: Option<BadLine>,
}

impl Reader {
    /// A reader at the start of a trace.
    pub fn new(options: ReadOptions) -> Self {
        Self {
            format: None,
            rest: Vec::new(),
            is_too_long: false,
            columns: None,
            paths: Paths::new(&options.fields),
            times: Times::default(),
            lines: 0,
            skipped: 0,
            bad: 0,
            first_bad: None,
            options,
        }
    }

    /// The format, once it is known.
    pub fn format(&self) -> Option<Format> {
        self.format
    }

    /// Whether the format was told by the content.
    pub fn is_format_detected(&self) -> bool {
        self.options.format.is_none()
    }

    /// Reads a chunk, and calls back for each request. Fails if the trace cannot be read in its format.
    pub fn read(&mut self, chunk: &[u8], request: &mut impl FnMut(Row)) -> Result<(), String> {
        if self.format.is_some() {
            return self.read_known(chunk, request);
        }
        self.rest.extend_from_slice(chunk);
        let needed = if self.options.format.is_some() { ENCODING_HEAD } else { HEAD };
        if self.rest.len() < needed { Ok(()) } else { self.start(request) }
    }

    /// Reads what is left at the end of the trace.
    pub fn end(&mut self, request: &mut impl FnMut(Row)) -> Result<(), String> {
        if self.format.is_none() {
            self.start(request)?;
        }
        let rest = std::mem::take(&mut self.rest);
        if self.is_too_long || !rest.is_empty() {
            if self.format.is_some_and(Format::is_text) {
                self.line(&rest, request)?;
            } else {
                self.count(Row::Bad("the last record is too short"), &rest, request);
            }
        }
        self.give_up_if_wrong(0)
    }

    fn start(&mut self, request: &mut impl FnMut(Row)) -> Result<(), String> {
        if self.options.format.is_none_or(Format::is_text) {
            check_encoding(&self.rest)?;
            if self.rest.starts_with(BYTE_ORDER_MARK) {
                self.rest.drain(..BYTE_ORDER_MARK.len());
            }
        }
        self.format = Some(match self.options.format {
            Some(format) => format,
            None => detect(&self.rest, self.rest.len() < HEAD, &self.options.fields)?,
        });
        if self.format == Some(Format::Recording) {
            self.paths = Paths::of_recordings();
        }
        let head = std::mem::take(&mut self.rest);
        self.read_known(&head, request)
    }

    fn read_known(&mut self, chunk: &[u8], request: &mut impl FnMut(Row)) -> Result<(), String> {
        let format = self.format.unwrap_or(Format::Plain);
        if format.is_text() { self.lines_of(chunk, request) } else { self.records_of(format, chunk, request) }
    }

    fn lines_of(&mut self, chunk: &[u8], request: &mut impl FnMut(Row)) -> Result<(), String> {
        let mut chunk = chunk;
        while let Some(end) = find(b'\n', chunk) {
            let (line, after) = (&chunk[..end], &chunk[end + 1..]);
            if self.rest.is_empty() && !self.is_too_long {
                self.line(line, request)?;
            } else {
                self.keep(line);
                let whole = std::mem::take(&mut self.rest);
                self.line(&whole, request)?;
            }
            chunk = after;
        }
        self.keep(chunk);
        Ok(())
    }

    fn keep(&mut self, part: &[u8]) {
        self.is_too_long |= self.rest.len() + part.len() > MAX_LINE;
        if !self.is_too_long {
            self.rest.extend_from_slice(part);
        }
    }

    fn line(&mut self, line: &[u8], request: &mut impl FnMut(Row)) -> Result<(), String> {
        let row = if std::mem::take(&mut self.is_too_long) { Row::Bad("longer than 1 MiB") } else { self.row(line)? };
        self.count(row, line, request);
        if self.lines == PROBATION { self.give_up_if_wrong(PROBATION / 2) } else { Ok(()) }
    }

    fn row(&mut self, line: &[u8]) -> Result<Row, String> {
        Ok(match self.format.unwrap_or(Format::Plain) {
            Format::Csv => self.columns_row(line, b',')?,
            Format::Tsv => self.columns_row(line, b'\t')?,
            Format::Twitter => twitter::row(line, &mut self.times),
            Format::Recording if line.starts_with(RECORDING) => Row::Skipped,
            Format::Json | Format::Recording => self.paths.row(line, &mut self.times),
            Format::AccessLog => access_log::row(line, self.options.status),
            Format::Arc => text::arc(line),
            Format::Lirs => text::lirs(line),
            Format::Address => text::address(line),
            Format::Plain => text::plain(line),
            Format::OracleGeneral | Format::Corda | Format::Cache2k => Row::Bad("no line"),
        })
    }

    fn columns_row(&mut self, line: &[u8], separator: u8) -> Result<Row, String> {
        if let Some(columns) = self.columns {
            return Ok(columns.row(line, &mut self.times));
        }
        if line.trim_ascii().is_empty() {
            return Ok(Row::Skipped);
        }
        let (columns, is_header) = Columns::find(&self.options.fields, separator, line)?;
        self.columns = Some(columns);
        Ok(if is_header { Row::Skipped } else { columns.row(line, &mut self.times) })
    }

    fn records_of(&mut self, format: Format, chunk: &[u8], request: &mut impl FnMut(Row)) -> Result<(), String> {
        let length = binary::record_length(format);
        let mut chunk = chunk;
        if !self.rest.is_empty() {
            let missing = (length - self.rest.len()).min(chunk.len());
            self.rest.extend_from_slice(&chunk[..missing]);
            chunk = &chunk[missing..];
            if self.rest.len() < length {
                return Ok(());
            }
            let whole = std::mem::take(&mut self.rest);
            self.count(binary::record(format, &whole), &whole, request);
        }
        let mut records = chunk.chunks_exact(length);
        for record in &mut records {
            self.count(binary::record(format, record), record, request);
        }
        self.rest.extend_from_slice(records.remainder());
        Ok(())
    }

    fn count(&mut self, row: Row, line: &[u8], request: &mut impl FnMut(Row)) {
        self.lines += 1;
        match row {
            Row::Skipped => self.skipped += 1,
            Row::Bad(reason) => {
                self.bad += 1;
                let number = self.lines;
                self.first_bad.get_or_insert_with(|| BadLine { number, text: shown(line), reason });
            }
            row => request(row),
        }
    }

    /// Fails if more than some lines are bad, and more than half of them.
    fn give_up_if_wrong(&self, tolerated: u64) -> Result<(), String> {
        let (Some(bad), Some(format)) = (&self.first_bad, self.format) else { return Ok(()) };
        if self.bad <= tolerated || 2 * self.bad <= self.lines {
            return Ok(());
        }
        Err(format!(
            "the trace is not in the format {}: {} of the first {} lines are bad; line {}: {}: {:?}. The formats are: {}",
            format.name(),
            self.bad,
            self.lines,
            bad.number,
            bad.reason,
            bad.text,
            Format::names()
        ))
    }
}

/// The first characters of a line.
fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end().chars().take(80).collect()
}
