//! LRU of the crate `lru`.

use std::num::NonZeroUsize;

use lru::LruCache;

use crate::policy::Policy;

/// Least recently used, as the crate `lru` implements it: the baseline that [`Lru`](super::Lru) must equal, hit for hit.
pub struct Baseline {
    cache: LruCache<u32, ()>,
}

impl Baseline {
    /// An empty cache.
    pub fn new(size: u32) -> Self {
        let size = NonZeroUsize::new(size as usize).unwrap_or(NonZeroUsize::MIN);
        // A map without room: room for `size` keys at once would be wasted if fewer come.
        let mut cache = LruCache::unbounded();
        cache.resize(size);
        Self { cache }
    }
}

impl Policy for Baseline {
    fn access(&mut self, id: u32) -> bool {
        if self.cache.get(&id).is_some() {
            return true;
        }
        self.cache.put(id, ());
        false
    }

    fn len(&self) -> usize {
        self.cache.len()
    }
}
