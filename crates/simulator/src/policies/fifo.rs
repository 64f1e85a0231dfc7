//! First in, first out.

use std::collections::VecDeque;

use crate::by_key::ByKey;
use crate::policy::Policy;

/// Evicts the key that was stored first. Uses do not count.
pub struct Fifo {
    size: usize,
    queue: VecDeque<u32>,
    is_stored: ByKey<bool>,
}

impl Fifo {
    /// An empty cache.
    pub fn new(size: u32) -> Self {
        Self { size: size as usize, queue: VecDeque::new(), is_stored: ByKey::default() }
    }
}

impl Policy for Fifo {
    fn access(&mut self, id: u32) -> bool {
        if self.is_stored.get(id) {
            return true;
        }
        if self.queue.len() >= self.size
            && let Some(victim) = self.queue.pop_front()
        {
            self.is_stored.set(victim, false);
        }
        self.queue.push_back(id);
        self.is_stored.set(id, true);
        false
    }

    fn len(&self) -> usize {
        self.queue.len()
    }
}
