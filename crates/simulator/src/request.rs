//! One request of a trace.

/// A request for a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Request {
    /// The number of the key.
    pub id: u32,
    /// When, in milliseconds; NaN if that is not known.
    pub time: f64,
    /// The size of the value; NaN if that is not known.
    pub size: f64,
    /// How long the value is kept, in milliseconds; NaN if that is not known.
    pub ttl: f64,
}

impl Request {
    /// A request of which nothing is known but its key.
    pub const PLAIN: Self = Self { id: 0, time: f64::NAN, size: f64::NAN, ttl: f64::NAN };

    /// Whether its time is known.
    pub fn has_time(&self) -> bool {
        !self.time.is_nan()
    }
}
