//! Searches the size of the window by the hit ratio.

/// The share of the window at first.
const FIRST_SHARE: f32 = 0.01;
/// Requests per entry between two steps.
const REQUESTS_PER_ENTRY: u32 = 4;
/// Requests between two steps at least: the hit ratio of fewer is chance.
const MIN_REQUESTS: u32 = 1_000;
/// The share by which the window changes at first.
const STEP: f32 = 0.0625;
/// Each step is this much of the one before.
const DECAY: f32 = 0.98;
/// A change of the hit ratio that starts the search again.
const RESTART: f32 = 0.05;

/// A hill climber: it changes the window, and keeps the direction as long as the hit ratio does not fall.
///
/// Einziger, Eytan, Friedman and Manes, "Adaptive software cache management", Middleware 2018, section 4.1.
pub struct Climber {
    share: f32,
    step: f32,
    last_ratio: f32,
    hits: u32,
    misses: u32,
}

impl Climber {
    /// A window of one hundredth.
    pub const NEW: Self = Self { share: FIRST_SHARE, step: -STEP, last_ratio: 0.0, hits: 0, misses: 0 };

    /// The window's share of the entries.
    pub fn share(&self) -> f32 {
        self.share
    }

    /// Makes the window larger or smaller, and starts the search again from there, upwards.
    #[inline(never)]
    pub fn restart(&mut self, share: f32) {
        self.share = share.clamp(0.0, 1.0);
        self.step = STEP;
        self.last_ratio = 0.0;
        self.hits = 0;
        self.misses = 0;
    }

    /// Counts requests. After enough of them, takes a step.
    pub fn record(&mut self, hits: u32, misses: u32, entries: u32) {
        self.hits = self.hits.wrapping_add(hits);
        self.misses = self.misses.wrapping_add(misses);
        let requests = self.hits.saturating_add(self.misses);
        if requests < entries.saturating_mul(REQUESTS_PER_ENTRY).max(MIN_REQUESTS) {
            return;
        }
        let ratio = self.hits as f32 / requests as f32;
        let change = ratio - self.last_ratio;
        let amount = if change >= 0.0 { self.step } else { -self.step };
        self.share = (self.share + amount).clamp(0.0, 1.0);
        self.step = if change.abs() >= RESTART { STEP.copysign(amount) } else { amount * DECAY };
        self.last_ratio = ratio;
        self.hits = 0;
        self.misses = 0;
    }
}
