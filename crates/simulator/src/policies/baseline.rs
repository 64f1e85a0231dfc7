//! LRU of the crate `lru`.

use std::hash::{BuildHasherDefault, Hasher};
use std::num::NonZeroUsize;

use lru::LruCache;

use crate::keys::mix;
use crate::policy::Policy;

/// Least recently used, as the crate `lru` implements it: the baseline that [`Lru`](super::Lru) must equal, hit for hit.
pub struct Baseline {
    cache: LruCache<u32, (), BuildHasherDefault<IdHasher>>,
}

/// A hash of one small integer. The default of the standard library takes longer than all the rest of a request.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u32(byte.into()));
    }

    fn write_u32(&mut self, id: u32) {
        self.0 = mix(self.0 ^ u64::from(id));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Baseline {
    /// An empty cache.
    pub fn new(size: u32) -> Self {
        let size = NonZeroUsize::new(size as usize).unwrap_or(NonZeroUsize::MIN);
        // A map without room: room for `size` keys at once would be wasted if fewer come.
        let mut cache = LruCache::unbounded_with_hasher(BuildHasherDefault::default());
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
