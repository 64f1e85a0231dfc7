//! The weights of the entries, and their total.

use std::mem::replace;

use crate::column::Column;
use crate::memory::{Heap, Memory};
use crate::records::{Record, Records};

/// The largest weight, 2^53 - 1: each integer up to this is an `f64`.
pub const MAX_WEIGHT: f64 = 9_007_199_254_740_991.0;

/// The list head whose second number is the address of the column.
const ADDRESS: u32 = 3;
/// The list head whose second number is the total, rounded to an `f64`.
const TOTAL: u32 = 4;
/// The list head whose second number is the difference of the true total from the rounded one.
const ROUNDED_OFF: u32 = 5;

/// One weight per slot, in a [column](Column) that is allocated once a weight is not 0.
///
/// Weights are integers from 0 to [`MAX_WEIGHT`]. A slot without an entry has weight 0, so that the total is the sum of
/// the column.
///
/// The caller reads the total where this keeps it, in the [records](Records) of the list heads: the second number of the
/// fifth. The second number of the fourth is the address of the column, 0 if there is none.
pub struct Weights<M: Memory = Heap> {
    column: Column<f64, M>,
}

impl<M: Memory> Weights<M> {
    /// Every weight is 0. Nothing is allocated.
    pub const NEW: Self = Self { column: Column::NEW };

    /// Whether every weight has always been 0.
    pub fn is_empty(&self) -> bool {
        self.column.is_empty()
    }

    /// Makes room for the weight of each record. Returns `false`, with nothing changed, if there is no memory.
    pub fn grow(&mut self, buffer: &mut M::Buffer<Record>) -> bool {
        let grown = self.column.grow(buffer.len() as u32);
        if let Some([_, address]) = Records::new(buffer).numbers_of(ADDRESS) {
            *address = self.column.address() as f64;
        }
        grown
    }

    /// Sets the weight of a slot, if there is room for it.
    pub fn set(&mut self, slot: u32, weight: f64, records: &mut Records) {
        let Some(current) = self.column.get_mut(slot) else { return };
        let Some([_, rounded_off]) = records.numbers_of(ROUNDED_OFF).copied() else { return };
        let Some([_, total]) = records.numbers_of(TOTAL) else { return };
        // The sum of two numbers and its rounding error (Knuth, The Art of Computer Programming, volume 2, section
        // 4.2.2, theorem C), so that a total that was above 2^53 is exact when it is below again.
        let change = weight - replace(current, weight);
        let sum = *total + change;
        let added = sum - *total;
        let error = rounded_off + (*total - (sum - added)) + (change - added);
        *total = sum + error;
        let rest = error - (*total - sum);
        if let Some([_, rounded_off]) = records.numbers_of(ROUNDED_OFF) {
            *rounded_off = rest;
        }
    }

    /// The weight of a slot.
    pub fn get(&self, slot: u32) -> f64 {
        self.column.get(slot)
    }

    /// The total: exact up to 2^53, else the nearest `f64`.
    pub fn total(&self, records: &mut Records) -> f64 {
        records.numbers_of(TOTAL).map_or(0.0, |&mut [_, total]| total)
    }

    /// Checks every invariant. `live` tells whether a slot is in use.
    ///
    /// # Panics
    ///
    /// If an invariant does not hold.
    pub fn validate(&self, records: &mut Records, live: &dyn Fn(u32, &mut Records) -> bool) {
        let mut total = 0;
        for slot in 0..records.capacity() {
            let weight = self.get(slot);
            assert!((0.0..=MAX_WEIGHT).contains(&weight) && weight.trunc() == weight, "slot {slot} weighs {weight}");
            assert!(weight == 0.0 || live(slot, records), "slot {slot} weighs {weight}, but has no entry");
            total += weight as i128;
        }
        let [rounded, rest] = [TOTAL, ROUNDED_OFF].map(|node| records.numbers_of(node).map_or(0, |n| n[1] as i128));
        assert_eq!(rounded + rest, total, "the total");
        assert_eq!(rounded as f64, total as f64, "the total, rounded");
    }
}
