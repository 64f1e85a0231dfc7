//! Which format some bytes have.

use crate::formats::access_log;
use crate::formats::binary::looks_like_oracle_general;
use crate::formats::columns::{self, Fields};
use crate::formats::format::Format;
use crate::formats::text::{address, fields_of, number};

/// The start of the first line of a recording.
pub const RECORDING: &[u8] = b"{\"format\":\"holdfast-recording-1\"";

/// The lines that are looked at.
const LINES: usize = 1_000;

/// Tells the format by the first bytes of a trace, which should contain whole lines. `fields` are the options that name
/// columns or paths.
pub fn detect(head: &[u8], fields: &Fields) -> Result<Format, String> {
    if head.contains(&0) {
        return if looks_like_oracle_general(head) { Ok(Format::OracleGeneral) } else { Err(unknown_binary()) };
    }
    let lines: Vec<&[u8]> =
        head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).take(LINES).collect();
    let Some(first) = lines.first() else { return Ok(Format::Plain) };
    // The last line of the head may be cut.
    let is_cut = lines.len() > 1 && !head.ends_with(b"\n");
    let whole = &lines[..lines.len() - usize::from(is_cut)];
    let most = |is_one: &dyn Fn(&[u8]) -> bool| {
        let count = whole.iter().filter(|line| is_one(line)).count();
        10 * count >= 9 * whole.len()
    };
    if first.starts_with(RECORDING) {
        return Ok(Format::Recording);
    }
    if most(&|line| line.starts_with(b"{")) {
        return Ok(Format::Json);
    }
    if most(&access_log::is_row) {
        return Ok(Format::AccessLog);
    }
    if most(&is_twitter) && fields.key.is_none() {
        return Ok(Format::Twitter);
    }
    if most(&|line| line.contains(&b'\t')) {
        return Ok(Format::Tsv);
    }
    if has_columns(whole) && (whole.len() > 1 || fields.key.is_some()) {
        return Ok(Format::Csv);
    }
    if most(&is_arc) {
        return Ok(Format::Arc);
    }
    if most(&is_address) {
        return Ok(Format::Address);
    }
    let is_lirs = |line: &[u8]| line == b"*" || number(Some(line)).is_some();
    if lines.contains(&b"*".as_slice()) && most(&is_lirs) {
        return Ok(Format::Lirs);
    }
    Ok(Format::Plain)
}

fn unknown_binary() -> String {
    format!(
        "the trace is binary, and not in the format oracle-general; name its format: {}. Of compressed traces, only gzip is read",
        [Format::Corda, Format::Cache2k].map(Format::name).join(", ")
    )
}

/// Whether nearly all lines have the same number of columns, at least two.
fn has_columns(lines: &[&[u8]]) -> bool {
    let wanted = lines.first().map_or(0, |first| columns::count(first, b','));
    let count = lines.iter().filter(|line| columns::count(line, b',') == wanted).count();
    wanted > 1 && 10 * count >= 9 * lines.len()
}

fn is_twitter(line: &[u8]) -> bool {
    const OPS: [&[u8]; 11] =
        [b"get", b"gets", b"set", b"add", b"replace", b"cas", b"append", b"prepend", b"delete", b"incr", b"decr"];
    let fields: Vec<&[u8]> = line.split(|&byte| byte == b',').collect();
    // Keys may contain commas.
    fields.len() >= 7 && number(fields.first().copied()).is_some() && OPS.contains(&fields[fields.len() - 2])
}

fn is_arc(line: &[u8]) -> bool {
    let fields: Vec<&[u8]> = fields_of(line).collect();
    fields.len() == 4 && fields.iter().all(|field| number(Some(field)).is_some())
}

fn is_address(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'l' | b's')) && matches!(address(line), crate::formats::row::Row::Request(..))
}
