//! The readers of traces.

use holdfast_simulator::formats::bytes::find;
use holdfast_simulator::formats::columns::Fields;
use holdfast_simulator::formats::format::Format;
use holdfast_simulator::formats::reader::{ReadOptions, Reader};
use holdfast_simulator::formats::row::Row;
use holdfast_simulator::keys::{Keys, hash};
use proptest::prelude::*;

/// Reads a trace in chunks of that length.
fn read(bytes: &[u8], chunk: usize, options: ReadOptions) -> Result<(Vec<Row>, Reader), String> {
    let mut reader = Reader::new(options);
    let mut rows = Vec::new();
    for chunk in bytes.chunks(chunk) {
        reader.read(chunk, &mut |row| rows.push(row))?;
    }
    reader.end(&mut |row| rows.push(row))?;
    Ok((rows, reader))
}

/// The numbers of the keys, as `Keys` gives them, and the format.
fn keys_of(text: impl AsRef<[u8]>, options: ReadOptions) -> (Vec<u32>, Format) {
    let (rows, reader) = read(text.as_ref(), 7, options).unwrap();
    let mut keys = Keys::default();
    let numbers = rows.into_iter().flat_map(|row| match row {
        Row::Request(_, bits) => vec![keys.number(bits)],
        Row::Range(first, count) => (first..first + count).map(|bits| keys.number(bits)).collect(),
        row => panic!("{row:?}"),
    });
    (numbers.collect(), reader.format().unwrap())
}

fn bits_of(rows: &[Row]) -> Vec<u64> {
    rows.iter().map(|row| if let Row::Request(_, bits) = row { *bits } else { 0 }).collect()
}

fn with_key(key: &str) -> ReadOptions {
    ReadOptions { fields: Fields { key: Some(key.into()), ..Fields::default() }, ..ReadOptions::default() }
}

fn in_format(format: Format) -> ReadOptions {
    ReadOptions { format: Some(format), ..ReadOptions::default() }
}

fn times(text: &str, options: ReadOptions) -> Vec<f64> {
    let (rows, _) = read(text.as_bytes(), 100, options).unwrap();
    rows.into_iter().map(|row| if let Row::Request(request, _) = row { request.time } else { f64::NAN }).collect()
}

#[test]
fn the_format_of_a_trace_is_told_by_its_content() {
    let log =
        |url: &str| format!("::1 - - [10/Oct/2000:13:55:36 -0700] \"GET {url} HTTP/1.1\" 200 12 \"-\" \"curl\"\n");
    let cases = [
        ("a b\nc\na b\n".to_owned(), Format::Plain, vec![0, 1, 0]),
        ("\u{feff}a\r\nb\r\na".to_owned(), Format::Plain, vec![0, 1, 0]),
        ("key,time\na,1\n\"b,\"\"c\",2\na,3\n".to_owned(), Format::Csv, vec![0, 1, 0]),
        ("key,time\na,1".to_owned(), Format::Csv, vec![0]),
        ("time\tkey\n1\ta\n2\tb\n3\ta\n".to_owned(), Format::Tsv, vec![0, 1, 0]),
        ("{\"key\":\"a\"}\n{\"key\":1}\n{\"key\":\"\\u0061\"}\n".to_owned(), Format::Json, vec![0, 1, 0]),
        (
            "{\"format\":\"holdfast-recording-1\"}\n{\"key\":\"x\",\"time\":1700000000000}\n{\"key\":null,\"op\":\"missed\",\"count\":2}\n{\"key\":\"x\",\"time\":1700000000001}\n".to_owned(),
            Format::Recording,
            vec![0, 0],
        ),
        ([log("/a"), log("/b"), log("/a")].concat(), Format::AccessLog, vec![0, 1, 0]),
        ("10 3 0 1\n11 1 0 2\n".to_owned(), Format::Arc, vec![0, 1, 2, 1]),
        // Four numbers that are no trace of ARC.
        ("1700000000 7 3 1\n1700000001 9 3 1\n1700000000 7 3 1\n".to_owned(), Format::Plain, vec![0, 1, 0]),
        // A log with more than messages of the server.
        (["starting\n", "{\"key\":1}\n", "{\"key\":2}\n"].concat(), Format::Json, vec![0, 1]),
        ([log("/a"), "no log\n".to_owned(), log("/a")].concat(), Format::AccessLog, vec![0, 0]),
        ("5\n*\n6\n5\n".to_owned(), Format::Lirs, vec![0, 1, 0]),
        ("1,k1,2,10,7,get,0\n2,k,2,2,10,7,get,0\n3,k1,2,10,7,set,60\n4,k1,2,10,7,get,0\n".to_owned(), Format::Twitter, vec![0, 1, 0]),
        ("l 0x1f 1\ns 0x20 0\nl 0x1f 4\n".to_owned(), Format::Address, vec![0, 1, 0]),
    ];
    for (text, format, expected) in cases {
        let (keys, found) = keys_of(&text, ReadOptions::default());
        assert_eq!(found, format, "{text}");
        assert_eq!(keys, expected, "{text}");
    }
}

#[test]
fn keys_of_columns_are_found_by_name_and_by_number() {
    let text = "at,user,url\n1,u,/a\n2,v,/b\n3,u,/b\n";
    assert_eq!(keys_of(text, with_key("url")).0, [0, 1, 1]);
    assert_eq!(keys_of(text, with_key("USER")).0, [0, 1, 0]);
    // Without names of columns the first line is a request.
    assert_eq!(keys_of("1,a\n2,b\n3,a\n", with_key("2")).0, [0, 1, 0]);
}

#[test]
fn a_missing_column_is_an_error_that_names_the_columns() {
    for (key, start) in [(Some("id"), "key: there is no column 'id'"), (None, "key: which column has the key?")] {
        let options = ReadOptions {
            fields: Fields { key: key.map(str::to_owned), ..Fields::default() },
            ..ReadOptions::default()
        };
        let error = read(b"at,url\n1,a\n2,b\n", 100, options).err().unwrap();
        assert!(error.starts_with(start) && error.contains("at, url, or 1 to 2"), "{error}");
    }
}

#[test]
fn keys_in_json_are_found_by_their_path() {
    let text = "{\"request\":{\"url\":\"/a\",\"n\":[1,{\"url\":2}]},\"url\":\"no\"}\n{\"request\":{\"url\":\"/b\"}}\n";
    assert_eq!(keys_of(text, with_key("request.url")).0, [0, 1]);
}

#[test]
fn an_array_of_json_with_an_element_on_each_line_is_read() {
    let (keys, format) = keys_of("[\n  {\"key\":1},\n  {\"key\":2},\n  {\"key\":1}\n]\n", ReadOptions::default());
    assert_eq!((keys, format), (vec![0, 1, 0], Format::Json));
}

#[test]
fn only_reads_count_where_the_operation_is_given() {
    let fields = Fields { op: Some("op".into()), ..Fields::default() };
    let options = ReadOptions { fields, ..ReadOptions::default() };
    let (rows, reader) = read(b"key,op\na,get\na,SET\nb,READ\n", 100, options.clone()).unwrap();
    assert_eq!((rows.len(), reader.skipped), (2, 2));
    // A write without a key is no bad line.
    let (rows, reader) = read(b"{\"op\":\"flush\"}\n{\"op\":\"get\",\"key\":1}\n", 100, options).unwrap();
    assert_eq!((rows.len(), reader.skipped, reader.bad), (1, 1, 0));
}

#[test]
fn a_number_that_is_no_time_is_a_bad_line() {
    let (rows, reader) =
        read(b"key,time\na,1\nb,1e308\nc,-1e308\nd,8640000000001\ne,2\n", 100, ReadOptions::default()).unwrap();
    assert_eq!((rows.len(), reader.bad), (2, 3));
}

#[test]
fn access_logs_count_get_requests_with_the_status() {
    let line =
        |method: &str, status: u16| format!("h - u [29/Feb/2024:23:59:59 +0100] \"{method} / HTTP/1.0\" {status} -\n");
    let text = [line("GET", 200), line("POST", 200), line("GET", 404), line("GET", 200)].concat();
    let options = ReadOptions { status: Some(200), ..ReadOptions::default() };
    let (rows, reader) = read(text.as_bytes(), 1_000, options).unwrap();
    assert_eq!((rows.len(), reader.skipped, reader.bad), (2, 2, 0));
    assert_eq!(times(&text, ReadOptions::default())[0], 1_709_247_599_000.0);
}

#[test]
fn lines_of_access_logs_without_a_request_are_skipped() {
    let line = |request: &str| format!("h - john doe [29/Feb/2024:23:59:59 +0100] \"{request}\" 400 0 \"-\" \"-\"\n");
    let requests = [
        "GET /a HTTP/1.1",
        "",
        "-",
        "\\x16\\x03\\x01",
        "GET",
        "GET  HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET /\\\" HTTP/1.1",
        "GET /a",
    ];
    let (rows, reader) = read(requests.map(line).concat().as_bytes(), 1_000, ReadOptions::default()).unwrap();
    assert_eq!(bits_of(&rows), [hash(b"/a"), hash(b"/a b"), hash(b"/\\\""), hash(b"/a")]);
    assert_eq!((reader.skipped, reader.bad), (5, 0));
}

#[test]
fn a_character_in_json_is_the_same_key_whether_it_is_escaped_or_not() {
    let text = |key: &str| format!("{{\"key\":\"{key}\"}}\n");
    let same = ["\u{1f600}a", "\\ud83d\\ude00a", "\\uD83D\\uDE00\\u0061"].map(text).concat();
    assert_eq!(keys_of(same, ReadOptions::default()).0, [0, 0, 0]);
    let different =
        ["\\ud83d", "\\ude00", "\\ude00\\ud83d", "\\\\ud83d", "\\ud83dx\\ude00", "\\uD83D"].map(text).concat();
    assert_eq!(keys_of(different, ReadOptions::default()).0, [0, 1, 2, 3, 4, 0]);
}

#[test]
fn values_in_json_that_are_no_numbers_or_names_are_bad_and_null_is_no_value() {
    let line = |value: &str| format!("{{\"key\":\"a\",\"x\":{value}}}\n");
    let good = ["1", "-0.5", "1e5", "1E-5", "true", "false", "null", "[1,{}]", "\"\"", "0"];
    let bad = ["-", "1x", "-inf", "nan", "1e", "+1", "nulls", "\"\\u+123\"", "\"\\ud83\""];
    let text = good.iter().chain(&bad).map(|value| line(value)).collect::<String>();
    let (rows, reader) = read(text.as_bytes(), 1_000, in_format(Format::Json)).unwrap();
    assert_eq!((rows.len(), reader.bad), (good.len(), bad.len() as u64));
    let text = "{\"key\":\"null\",\"time\":null}\n{\"key\":\"null\"}\n{\"key\":null}\n";
    let (rows, reader) = read(text.as_bytes(), 1_000, in_format(Format::Json)).unwrap();
    assert_eq!((rows.len(), reader.bad, reader.first_bad.unwrap().number), (2, 1, 3));
}

#[test]
fn compressed_traces_and_those_in_utf_16_are_named() {
    let cases: [(&[u8], &str); 7] = [
        (b"\x28\xb5\x2f\xfd\x04\0", "compressed by zstd"),
        (b"\xfd7zXZ\0\0\x04", "compressed by xz"),
        (b"BZh91AY&SY\x0f\xe2", "compressed by bzip2"),
        (b"\x04\x22\x4d\x18d@", "compressed by lz4"),
        (b"PK\x03\x04\x14\0", "compressed by zip"),
        (b"\xff\xfea\0\n\0", "UTF-16"),
        (b"\xfe\xff\0a\0\n", "UTF-16"),
    ];
    for (bytes, expected) in cases {
        for options in [ReadOptions::default(), in_format(Format::Csv)] {
            let error = read(bytes, 3, options).err().unwrap();
            assert!(error.contains(expected), "{error}");
        }
        assert!(read(bytes, 3, in_format(Format::Cache2k)).is_ok());
    }
    assert_eq!(keys_of("BZh\nPK\nBZh\n", ReadOptions::default()).0, [0, 1, 0]);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_key_but_one_of_a_binary_record() {
    for options in [ReadOptions::default(), in_format(Format::Plain)] {
        assert_eq!(bits_of(&read("\u{feff}a\na\n".as_bytes(), 1, options).unwrap().0), [hash(b"a"), hash(b"a")]);
    }
    let (rows, _) = read(&[0xef, 0xbb, 0xbf, 1], 1, in_format(Format::Cache2k)).unwrap();
    assert_eq!(bits_of(&rows), [0xefbb_bf01]);
}

#[test]
fn a_line_of_an_arc_trace_with_too_many_blocks_is_bad() {
    let (rows, reader) = read(b"1 65536 0 0\n1 65537 0 1\n1 2 0 2\n", 100, in_format(Format::Arc)).unwrap();
    assert_eq!((rows.len(), reader.bad), (2, 1));
}

#[test]
fn a_byte_is_found_where_it_is_first() {
    for length in 0..40 {
        for at in 0..length {
            let mut text = vec![b'b'; length];
            assert_eq!(find(b'a', &text), None);
            text[at..].fill(b'a');
            assert_eq!(find(b'a', &text), Some(at));
            text.fill(b'a' + 0x80);
            text[at] = b'a';
            assert_eq!(find(b'a', &text), Some(at));
        }
    }
}

#[test]
fn times_are_read_in_every_unit_and_as_dates() {
    let csv = |time: &str| times(&format!("key,time\na,{time}\n"), ReadOptions::default())[0];
    for time in ["1709247599.25", "1709247599250", "1709247599250000", "1709247599250000000"] {
        assert_eq!(csv(time), 1_709_247_599_250.0, "{time}");
    }
    for date in [
        "2024-02-29T22:59:59.250Z",
        "2024-02-29 23:59:59.25+01:00",
        "2024-02-29 23:59:59.25+01",
        "2024-02-29T22:59:59.25",
    ] {
        assert_eq!(csv(date), 1_709_247_599_250.0, "{date}");
    }
    assert_eq!(csv("12"), 12_000.0);
}

#[test]
fn binary_traces_are_read() {
    let mut bytes = Vec::new();
    for (time, id, next) in [(5_u32, 7_u64, 3_i64), (5, 8, -1), (6, 7, -1)] {
        bytes.extend(time.to_le_bytes());
        bytes.extend(id.to_le_bytes());
        bytes.extend(512_u32.to_le_bytes());
        bytes.extend(next.to_le_bytes());
    }
    let (rows, reader) = read(&bytes, 11, ReadOptions::default()).unwrap();
    assert_eq!(reader.format(), Some(Format::OracleGeneral));
    let Row::Request(request, 7) = rows[0] else { panic!("{rows:?}") };
    assert_eq!((request.time, request.size, rows.len()), (5_000.0, 512.0, 3));

    let corda: Vec<u8> = [1_u64, 2, 1].iter().flat_map(|id| id.to_be_bytes()).collect();
    assert_eq!(keys_of(&corda, in_format(Format::Corda)).0, [0, 1, 0]);
    assert_eq!(keys_of(&corda, in_format(Format::Cache2k)).0, [0, 1, 0, 2, 0, 1]);
    let error = read(&corda, 100, ReadOptions::default()).err().unwrap();
    assert!(error.contains("corda, cache2k"), "{error}");
}

#[test]
fn bad_lines_are_counted_and_the_first_one_is_kept() {
    let text = "{\"key\":1}\n{\"key\":2}\n{oops}\n\n{\"key\":3}\n{\"no\":1}\n{\"key\":4}\n{\"key\":4}\n";
    let (rows, reader) = read(text.as_bytes(), 3, in_format(Format::Json)).unwrap();
    let bad = reader.first_bad.as_ref().unwrap();
    assert_eq!((rows.len(), reader.bad, reader.skipped, reader.lines), (5, 2, 1, 8));
    assert_eq!((bad.number, bad.text.as_str(), bad.reason), (3, "{oops}", "no JSON"));
}

#[test]
fn a_trace_in_another_format_is_an_error_that_names_the_formats() {
    let error = read("a\n".repeat(2_000).as_bytes(), 1_000, in_format(Format::Arc)).err().unwrap();
    assert!(error.starts_with("the trace is not in the format arc: 1000 of the first 1000 lines are bad"), "{error}");
    for format in Format::ALL {
        assert!(error.contains(format.name()), "{}", format.name());
    }
}

#[test]
fn a_line_of_more_than_a_mebibyte_is_bad_and_the_next_one_is_read() {
    let text = [&b"x".repeat((1 << 20) + 1)[..], b"\na\nb\na\n"].concat();
    let (rows, reader) = read(&text, 1 << 16, in_format(Format::Plain)).unwrap();
    assert_eq!((rows.len(), reader.bad), (3, 1));
    assert_eq!(reader.first_bad.unwrap().number, 1);
}

#[test]
fn a_json_value_that_is_nested_too_deeply_is_bad() {
    let deep = format!("{{\"key\":{}1{}}}\n", "[".repeat(100_000), "]".repeat(100_000));
    let text = format!("{{\"key\":1}}\n{deep}{{\"key\":1}}\n");
    let (rows, reader) = read(text.as_bytes(), 1 << 16, in_format(Format::Json)).unwrap();
    assert_eq!((rows.len(), reader.bad), (2, 1));
}

#[test]
fn a_number_and_a_text_are_keys_of_their_content() {
    assert_ne!(hash(b"1"), hash(b"1\0"));
    assert_ne!(hash(b""), hash(b"\0"));
    assert_ne!(hash(b"12345678"), hash(b"123456789"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chunks_do_not_matter(
        lines in prop::collection::vec("[a-c1-3,\\t{}\":* ]{0,12}", 1..40),
        chunk in 1..30_usize,
        format in prop::sample::select(Format::ALL.to_vec()),
    ) {
        let text = lines.join("\n");
        let options = ReadOptions { fields: Fields { key: Some("1".into()), ..Fields::default() }, ..in_format(format) };
        let whole = read(text.as_bytes(), usize::MAX, options.clone());
        let parts = read(text.as_bytes(), chunk, options);
        match (whole, parts) {
            (Ok((whole, first)), Ok((parts, second))) => {
                prop_assert_eq!(format!("{whole:?}"), format!("{parts:?}"));
                prop_assert_eq!((first.lines, first.bad, first.skipped), (second.lines, second.bad, second.skipped));
                prop_assert_eq!(first.first_bad, second.first_bad);
            }
            (Err(whole), Err(parts)) => prop_assert_eq!(whole, parts),
            (whole, parts) => prop_assert!(false, "{:?} {:?}", whole.err(), parts.err()),
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"\n,\t\"{}[]:\\u 019lsx*-".to_vec())], 0..600),
        format in prop::option::of(prop::sample::select(Format::ALL.to_vec())),
    ) {
        let options = ReadOptions { format, ..ReadOptions::default() };
        let _ = read(&bytes, 64, options);
    }
}
