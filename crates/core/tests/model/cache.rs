//! [`Core`] for a cache of the library, without handles or exports.

use holdfast_core::{Cache, Policy};

use super::reference::Core;

impl<P: Policy> Core for Cache<P> {
    fn reserve(&mut self, want: u32, max_size: u32) {
        self.reserve(want, max_size);
    }

    fn deadline_changed(&mut self, slot: u32) {
        self.deadline_changed(slot);
    }

    fn remove(&mut self, slot: u32) {
        self.remove(slot);
    }

    fn expire(&mut self, now: f64) -> u32 {
        self.expire(now).map_or(0, |slot| slot.get())
    }

    fn clear(&mut self) {
        self.close();
        assert!(self.open());
    }

    fn set_weight(&mut self, slot: u32, weight: f64) -> bool {
        self.set_weight(slot, weight)
    }

    fn weight(&mut self, slot: u32) -> f64 {
        Cache::weight(self, slot)
    }

    fn total_weight(&mut self) -> f64 {
        self.total_weight()
    }

    fn exceeds(&mut self, max: f64) -> bool {
        self.exceeds(max)
    }

    fn numbers(&mut self, slot: u32) -> [f64; 2] {
        *self.records().numbers(slot).unwrap()
    }

    fn set_numbers(&mut self, slot: u32, numbers: [f64; 2]) {
        *self.records().numbers(slot).unwrap() = numbers;
    }

    fn numbers_of(&mut self, node: u32) -> [f64; 2] {
        *self.records().numbers_of(node).unwrap()
    }

    fn set_numbers_of(&mut self, node: u32, numbers: [f64; 2]) {
        *self.records().numbers_of(node).unwrap() = numbers;
    }

    fn len(&mut self) -> u32 {
        self.len()
    }

    fn capacity(&mut self) -> u32 {
        self.records().capacity()
    }

    fn validate(&mut self) {
        self.validate();
    }
}
