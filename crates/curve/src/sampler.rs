//! Chooses the hits that are sampled.

/// The mean distance of the ticks that are looked at, at first and at last.
const FIRST_PERIOD: u32 = 4;
const LAST_PERIOD: u32 = 64;
/// Samples after which the distance doubles.
const PER_PERIOD: u32 = 1_000;

/// Chooses ticks at random distances: at regular ones, a program that repeats itself could be seen at the same point each
/// time. At first the ticks are close, so that there soon are enough samples.
pub struct Sampler {
    period: u32,
    /// Samples until the period doubles.
    left: u32,
    random: u32,
}

impl Sampler {
    /// The close ticks at the start.
    pub const NEW: Self = Self { period: FIRST_PERIOD, left: PER_PERIOD, random: 0 };

    /// The number of ticks of which one is looked at, which is what a sample stands for.
    pub fn period(&self) -> u32 {
        self.period
    }

    /// Counts a sample.
    pub fn count(&mut self) {
        self.left = self.left.wrapping_sub(1);
        if self.left == 0 {
            self.left = PER_PERIOD;
            self.period = self.period.wrapping_mul(2).min(LAST_PERIOD);
        }
    }

    /// The number of ticks to the next one to look at: from 1 to twice the period, the period in the mean.
    pub fn wait(&mut self) -> u32 {
        self.random = self.random.wrapping_add(0x9e37_79b9);
        let hash = (self.random ^ self.random >> 16).wrapping_mul(0x7feb_352d);
        let hash = (hash ^ hash >> 15).wrapping_mul(0x846c_a68b) >> 16;
        (hash % self.period.wrapping_mul(2).wrapping_sub(1)).wrapping_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_grows_to_64_and_is_the_period_in_the_mean() {
        let mut sampler = Sampler::NEW;
        for period in [4, 8, 16, 32, 64, 64] {
            let waits: Vec<u32> = (0..PER_PERIOD)
                .map(|_| {
                    assert_eq!(sampler.period(), period);
                    sampler.count();
                    // The last count of a period changes it.
                    if sampler.period() == period { sampler.wait() } else { period }
                })
                .collect();
            assert!(waits.iter().all(|wait| (1..2 * period).contains(wait)));
            let mean = waits.iter().sum::<u32>() as f64 / waits.len() as f64;
            assert!((mean / f64::from(period) - 1.0).abs() < 0.05, "{mean} of {period}");
        }
    }
}
