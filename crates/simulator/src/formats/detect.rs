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

/// Tells the format by the first bytes of a trace, or by all of it. `fields` are the options that name columns or paths.
pub fn detect(head: &[u8], is_whole: bool, fields: &Fields) -> Result<Format, String> {
    if head.contains(&0) {
        return if looks_like_oracle_general(head) { Ok(Format::OracleGeneral) } else { Err(unknown_binary()) };
    }
    let lines: Vec<&[u8]> =
        head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).take(LINES).collect();
    let Some(first) = lines.first() else { return Ok(Format::Plain) };
    // The last line of a head may be cut.
    let is_cut = !is_whole && lines.len() > 1 && !head.ends_with(b"\n");
    let whole = &lines[..lines.len() - usize::from(is_cut)];
    let count = |is_one: &dyn Fn(&[u8]) -> bool| whole.iter().filter(|line| is_one(line)).count();
    let most = |is_one: &dyn Fn(&[u8]) -> bool| 10 * count(is_one) >= 9 * whole.len();
    // Logs contain other lines as well: messages of the server, the start of a connection that is no request.
    let half = |is_one: &dyn Fn(&[u8]) -> bool| 2 * count(is_one) > whole.len();
    if first.starts_with(RECORDING) {
        return Ok(Format::Recording);
    }
    // The first and the last line may be the brackets of an array.
    if half(&|line| line.starts_with(b"{") || line == b"[" || line == b"]") {
        return Ok(Format::Json);
    }
    if half(&access_log::is_row) {
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
    if is_arc(whole) {
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
        "the trace is binary, and not in the format oracle-general; name its format: {}, or that of its lines if these contain zero bytes",
        [Format::Corda, Format::Cache2k].map(Format::name).join(", ")
    )
}

/// Fails for text and compressed data that the reader cannot decode.
pub fn check_encoding(head: &[u8]) -> Result<(), String> {
    const COMPRESSED: [(&[u8], &str, &str); 5] = [
        (b"\x28\xb5\x2f\xfd", "zstd", "zstd -dc"),
        (b"\xfd7zXZ\0", "xz", "xz -dc"),
        (b"BZh", "bzip2", "bzip2 -dc"),
        (b"\x04\x22\x4d\x18", "lz4", "lz4 -dc"),
        (b"PK\x03\x04", "zip", "unzip -p"),
    ];
    // Keys can start with these letters.
    let is_text = head.iter().take(64).all(|byte| (9..0x80).contains(byte));
    for (magic, name, command) in COMPRESSED {
        if head.starts_with(magic) && !is_text {
            return Err(format!(
                "the trace is compressed by {name}, and only gzip is read; decompress it first, such as with {command}"
            ));
        }
    }
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return Err("the trace is text in UTF-16; convert it to UTF-8, such as with iconv -f UTF-16 -t UTF-8".into());
    }
    Ok(())
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

/// Whether each line has four numbers, the third of which is 0, and the fourth counts the requests. Other traces have
/// four columns, too, and their numbers would be taken for thousands of blocks.
fn is_arc(lines: &[&[u8]]) -> bool {
    let mut last = None;
    lines.iter().all(|line| {
        let fields: Vec<Option<u64>> = fields_of(line).map(|field| number(Some(field))).collect();
        let [Some(_), Some(_), Some(0), Some(request)] = fields[..] else { return false };
        last.replace(request).is_none_or(|last| last < request)
    })
}

fn is_address(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'l' | b's')) && matches!(address(line), crate::formats::row::Row::Request(..))
}
