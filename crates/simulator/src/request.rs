//! One request of a trace.

/// What a trace says of a request, apart from its key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Request {
    /// When, in milliseconds; NaN if that is not known.
    pub time: f64,
    /// The size of the value; NaN if that is not known.
    pub size: f64,
    /// How long the value is kept, in milliseconds; NaN if that is not known.
    pub ttl: f64,
}

impl Request {
    /// A request of which only the key is known.
    pub const PLAIN: Self = Self { time: f64::NAN, size: f64::NAN, ttl: f64::NAN };

    /// Whether its time is known.
    pub fn has_time(&self) -> bool {
        !self.time.is_nan()
    }
}
