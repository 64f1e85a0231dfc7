//! Sorts numbers by their logarithm.

use holdfast_core::column::Column;
use holdfast_core::{Heap, Memory};

/// Buckets from one power of two to the next.
const PER_OCTAVE: u32 = 8;

/// The number of buckets. The last one starts at 15 * 2^26.
const BUCKETS: u32 = 224;

/// Weights, each in the bucket of a number. A bucket is at most an eighth as wide as the numbers in it are large.
pub struct Buckets<M: Memory = Heap> {
    weights: Column<u32, M>,
}

/// One of the buckets.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    /// The least number in it.
    pub start: f64,
    /// How many numbers are in it.
    pub width: f64,
    /// The sum of their weights.
    pub weight: f64,
}

impl<M: Memory> Buckets<M> {
    /// No buckets. Nothing is allocated.
    pub const NEW: Self = Self { weights: Column::NEW };

    /// Makes the buckets. Returns `false` if there is no memory.
    pub fn open(&mut self) -> bool {
        self.weights.grow(BUCKETS)
    }

    /// Adds a weight to the bucket of a number.
    #[inline(never)]
    pub fn add(&mut self, number: u32, weight: u32) {
        let step = (number | PER_OCTAVE).ilog2().wrapping_sub(3);
        let bucket = step.wrapping_mul(PER_OCTAVE).wrapping_add(number >> step);
        if let Some(sum) = self.weights.get_mut(bucket.min(BUCKETS.wrapping_sub(1))) {
            *sum = sum.saturating_add(weight);
        }
    }

    /// A bucket by its position. After the last one, there is none.
    #[inline(never)]
    pub fn get(&self, index: u32) -> Option<Bucket> {
        let step = (index / PER_OCTAVE).saturating_sub(1);
        let width = f64::from(1_u32.wrapping_shl(step));
        let start = f64::from(index.wrapping_sub(step.wrapping_mul(PER_OCTAVE))) * width;
        (index < BUCKETS).then_some(Bucket { start, width, weight: f64::from(self.weights.get(index)) })
    }

    /// The sum of all weights.
    pub fn sum(&self) -> f64 {
        let mut sum = 0.0;
        for index in 0..BUCKETS {
            sum += f64::from(self.weights.get(index));
        }
        sum
    }

    /// Halves all weights.
    #[inline(never)]
    pub fn halve(&mut self) {
        for index in 0..BUCKETS {
            self.weights.set(index, self.weights.get(index) >> 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_in_the_bucket_of_its_number() {
        let numbers = (0..5_000).chain((0..29).flat_map(|bit| [(1_u32 << bit) - 1, 1 << bit, (1 << bit) + 1]));
        for number in numbers {
            let mut buckets: Buckets = Buckets::NEW;
            assert!(buckets.open());
            buckets.add(number, 7);
            let found: Vec<Bucket> = (0..).map_while(|index| buckets.get(index)).filter(|b| b.weight > 0.0).collect();
            let [Bucket { start, width, weight }] = found[..] else { panic!("{number} is in {found:?}") };
            assert!((start..start + width).contains(&f64::from(number)), "{number} is in {start} + {width}");
            assert!(width == 1.0 || width * 8.0 <= start, "{number}: {start} + {width}");
            assert_eq!((weight, buckets.sum()), (7.0, 7.0));
        }
    }

    #[test]
    fn the_buckets_follow_one_another() {
        let buckets: Buckets = Buckets::NEW;
        let all: Vec<Bucket> = (0..).map_while(|index| buckets.get(index)).collect();
        assert_eq!(all[0].start, 0.0);
        assert!(all.windows(2).all(|pair| pair[0].start + pair[0].width == pair[1].start));
    }

    #[test]
    fn numbers_beyond_the_last_bucket_are_in_it_and_a_full_bucket_stays_full() {
        let mut buckets: Buckets = Buckets::NEW;
        assert!(buckets.open());
        buckets.add(u32::MAX, u32::MAX);
        buckets.add(u32::MAX - 1, 1);
        assert_eq!(buckets.get(BUCKETS - 1).map(|bucket| bucket.weight), Some(f64::from(u32::MAX)));
        assert!(buckets.get(BUCKETS).is_none());
        buckets.halve();
        assert_eq!(buckets.sum(), f64::from(u32::MAX >> 1));
    }
}
