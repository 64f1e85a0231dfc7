//! The policy of the caches of this module: LRU, or the adaptive one with the feature `adaptive`.

#[cfg(feature = "adaptive")]
pub use adaptive::{NEW_POLICY, Policy};
#[cfg(not(feature = "adaptive"))]
pub use exact::{NEW_POLICY, Policy};

#[cfg(not(feature = "adaptive"))]
mod exact {
    use holdfast_core::{AnyPolicy, PolicyKind};

    pub type Policy = AnyPolicy;

    /// Without entries.
    pub const NEW_POLICY: Policy = AnyPolicy::new(PolicyKind::Lru);
}

#[cfg(feature = "adaptive")]
mod adaptive {
    use holdfast_adaptive::Adaptive;

    use crate::memory::LinearMemory;

    pub type Policy = Adaptive<LinearMemory>;

    /// Without entries.
    pub const NEW_POLICY: Policy = Adaptive::NEW;
}
