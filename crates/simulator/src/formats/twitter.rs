//! The traces of Twitter's caches: `time,key,size of the key,size of the value,client,operation,ttl`.

use crate::formats::columns::number;
use crate::formats::row::{Row, is_read};
use crate::formats::time::Times;
use crate::keys;
use crate::request::Request;

/// The fields after the key.
const AFTER_KEY: usize = 5;

/// Reads a line. Keys may contain commas, so the fields after the key are counted from the end.
pub fn row(line: &[u8], times: &mut Times) -> Row {
    if line.trim_ascii().is_empty() {
        return Row::Skipped;
    }
    let mut fields = line.splitn(2, |&byte| byte == b',');
    let (Some(time), Some(rest)) = (fields.next(), fields.next()) else { return Row::Bad("too few columns") };
    let mut fields = rest.rsplitn(AFTER_KEY + 1, |&byte| byte == b',');
    let [Some(ttl), Some(op), _, Some(size), _, Some(key)] = [(); AFTER_KEY + 1].map(|()| fields.next()) else {
        return Row::Bad("too few columns");
    };
    let time = times.milliseconds(time);
    if time.is_nan() {
        return Row::Bad("no time");
    }
    if !is_read(op) {
        return Row::Skipped;
    }
    let request = Request { time, size: number(size), ttl: 1e3 * number(ttl) };
    Row::Request(request, keys::hash(key.trim_ascii()))
}
