//! The interface of a simulated policy, and the policies by name.

use crate::policies::{Adaptive, Arc, Baseline, Fifo, Lirs, Lru, S3Fifo, Sieve, WTinyLfu};

/// A cache that holds keys without values, and decides which key to evict.
pub trait Policy {
    /// Requests a key, and returns whether it was stored. If it was not, it is stored now, unless the policy does not
    /// admit it. Keys are small integers: each new key has the next one.
    fn access(&mut self, id: u32) -> bool;

    /// Requests some keys, and returns the number of hits.
    fn access_all(&mut self, ids: &[u32]) -> u64 {
        ids.iter().map(|&id| u64::from(self.access(id))).sum()
    }

    /// The number of keys that are stored.
    fn len(&self) -> usize;

    /// Whether no key is stored.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Names the policies: variant, name, constructor.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal => $new:expr),+ $(,)?) => {
        /// A policy that is simulated online, request by request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum PolicyKind {
            $($(#[$doc])* $variant),+
        }

        impl PolicyKind {
            /// All of them, in the order in which reports list them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in options and reports.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// An empty cache for at most `size` keys. A size of 0 counts as 1.
            pub fn cache(self, size: u32) -> Box<dyn Policy> {
                let size = size.max(1);
                match self { $(Self::$variant => Box::new($new(size))),+ }
            }
        }
    };
}

kinds! {
    /// [`Lru`].
    Lru = "lru" => Lru::new,
    /// [`Fifo`].
    Fifo = "fifo" => Fifo::new,
    /// [`Sieve`].
    Sieve = "sieve" => Sieve::new,
    /// [`S3Fifo`].
    S3Fifo = "s3-fifo" => S3Fifo::new,
    /// [`Arc`].
    Arc = "arc" => Arc::new,
    /// [`Lirs`].
    Lirs = "lirs" => Lirs::new,
    /// [`WTinyLfu`].
    WTinyLfu = "w-tinylfu" => WTinyLfu::new,
    /// [`Adaptive`].
    Adaptive = "adaptive" => Adaptive::new,
    /// [`Baseline`].
    Baseline = "lru-baseline" => Baseline::new,
}

impl PolicyKind {
    /// The policy with that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}
