//! The adaptive policy that the package ships.

use holdfast_adaptive::KeyCache;

use crate::policy::Policy;

/// The seed of the hashes: reports of the same trace are equal.
const SEED: u32 = 1;

/// W-TinyLFU whose uses are noticed late, with a window that is guarded by LRU, as `holdfast/adaptive` ships it.
pub struct Adaptive {
    cache: KeyCache,
}

impl Adaptive {
    /// An empty cache.
    pub fn new(size: u32) -> Self {
        Self { cache: KeyCache::new(size, SEED) }
    }
}

impl Policy for Adaptive {
    fn access(&mut self, id: u32) -> bool {
        self.cache.access(u64::from(id))
    }

    fn len(&self) -> usize {
        self.cache.len()
    }
}
