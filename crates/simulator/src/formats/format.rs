//! The formats by name.

use crate::formats::binary::record_length;

/// Names the formats: variant, name, description.
macro_rules! formats {
    ($($variant:ident = $name:literal, $about:literal);+ $(;)?) => {
        /// The format of a trace.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Format {
            $(#[doc = $about] $variant),+
        }

        impl Format {
            /// All formats.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in options and reports.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

formats! {
    Plain = "plain", "a key per line";
    Csv = "csv", "columns separated by commas";
    Tsv = "tsv", "columns separated by tabs";
    Json = "json", "a JSON object per line";
    AccessLog = "access-log", "the Common or Combined Log Format of web servers: GET requests by their URL";
    Recording = "recording", "what `record` of holdfast/tuning writes";
    Arc = "arc", "the traces of the ARC paper: first block and number of blocks per line";
    Lirs = "lirs", "the traces of the LIRS paper: a block number per line, and lines with an asterisk";
    OracleGeneral = "oracle-general", "libCacheSim: records of 24 bytes";
    Twitter = "twitter", "the traces of Twitter's caches: time, key, sizes of key and value, client, operation, ttl";
    Corda = "corda", "Caffeine: big-endian integers of 64 bits";
    Cache2k = "cache2k", "Caffeine: big-endian integers of 32 bits";
    Address = "address", "Caffeine: memory accesses, `l 0x1fffff50 1`";
}

impl Format {
    /// The format with that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }

    /// Whether its records are lines, and not of a fixed length.
    pub fn is_text(self) -> bool {
        record_length(self) == 0
    }

    /// The names of all formats, for messages.
    pub fn names() -> String {
        Self::ALL.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ")
    }
}
