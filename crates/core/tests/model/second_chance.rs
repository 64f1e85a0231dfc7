//! A second policy, for tests only: FIFO with a second chance (Corbató, "A paging experiment with the Multics system",
//! 1968). It shares no code with LRU, keeps its entries in a queue of its own, and has a column.

use std::collections::VecDeque;

use holdfast_core::column::Column;
use holdfast_core::{Policy, Records, Slot};

use super::reference::Order;

/// The entries in the order in which they were put. A victim that was used goes to the back.
pub struct SecondChance {
    queue: VecDeque<u32>,
    is_queued: Column<bool>,
}

impl SecondChance {
    pub fn new() -> Self {
        Self { queue: VecDeque::new(), is_queued: Column::NEW }
    }

    fn unqueue(&mut self, slot: u32) {
        if self.is_queued.get(slot) {
            self.queue.retain(|&other| other != slot);
            self.is_queued.set(slot, false);
        }
    }

    fn push_back(&mut self, slot: u32) {
        self.unqueue(slot);
        self.queue.push_back(slot);
        self.is_queued.set(slot, true);
    }
}

impl Policy for SecondChance {
    fn clear(&mut self) {
        self.queue.clear();
        self.is_queued.clear();
    }

    fn grow(&mut self, slots: u32, _most: u32, _records: &mut Records) -> bool {
        self.is_queued.grow(slots)
    }

    fn insert(&mut self, slot: u32, _: &mut Records) {
        self.push_back(slot);
    }

    fn remove(&mut self, slot: u32, _: &mut Records) {
        self.unqueue(slot);
    }

    fn used(&mut self, slot: u32, _: &mut Records) {
        self.push_back(slot);
    }

    fn reserve_victim(&mut self, _: &mut Records) -> Option<Slot> {
        let slot = self.queue.pop_front()?;
        self.is_queued.set(slot, false);
        Slot::new(slot)
    }

    fn keep_from(&self, _: u32, _: &Records) -> f64 {
        // A use saves an entry, whenever it was.
        f64::NEG_INFINITY
    }

    fn rollback(&mut self) {}

    fn restore_victim(&mut self, slot: u32, _: &mut Records) {
        self.unqueue(slot);
        self.queue.push_front(slot);
        self.is_queued.set(slot, true);
    }

    fn validate(&self, records: &mut Records, end: u32, live: &dyn Fn(u32, &mut Records) -> bool) {
        let mut queued: Vec<u32> = self.queue.iter().copied().collect();
        queued.sort_unstable();
        let expected: Vec<u32> = (0..end).filter(|&slot| live(slot, records)).collect();
        assert_eq!(queued, expected, "every live slot is queued once");
        assert!(queued.into_iter().all(|slot| self.is_queued.get(slot)));
    }
}

/// The model: keys, and whether each was used since it was put or got its last chance.
#[derive(Default)]
pub struct SecondChanceOrder(VecDeque<(u32, bool)>);

impl Order for SecondChanceOrder {
    fn put(&mut self, key: u32) {
        self.0.push_back((key, false));
    }

    fn used(&mut self, key: u32) {
        if let Some((_, used)) = self.0.iter_mut().find(|(other, _)| *other == key) {
            *used = true;
        }
    }

    fn remove(&mut self, key: u32) {
        self.0.retain(|(other, _)| *other != key);
    }

    fn victim(&mut self) -> u32 {
        loop {
            match self.0[0] {
                (key, true) => {
                    self.0.rotate_left(1);
                    self.0.back_mut().unwrap().1 = false;
                    assert_eq!(self.0.back().unwrap().0, key);
                }
                (key, false) => return key,
            }
        }
    }
}
