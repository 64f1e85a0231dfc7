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
    use holdfast_adaptive::{Adaptive, Caller};

    use crate::memory::LinearMemory;

    pub type Policy = Adaptive<LinearMemory, JavaScript>;

    /// Without entries.
    pub const NEW_POLICY: Policy = Adaptive::NEW;

    /// JavaScript, which answers for the cache that it calls.
    pub struct JavaScript;

    impl Caller for JavaScript {
        const NEW: Self = Self;

        fn latest_use(&self, slot: u32) -> f64 {
            imports::latest_use(slot)
        }

        fn key_hash(&self, slot: u32) -> u32 {
            imports::key_hash(slot)
        }
    }

    #[cfg(target_arch = "wasm32")]
    #[allow(unsafe_code)]
    mod imports {
        // SAFETY: both only read, and take and return numbers.
        #[link(wasm_import_module = "env")]
        unsafe extern "C" {
            pub safe fn latest_use(slot: u32) -> f64;
            pub safe fn key_hash(slot: u32) -> u32;
        }
    }

    /// Outside of WebAssembly there is no JavaScript: every entry is as if it was never used.
    #[cfg(not(target_arch = "wasm32"))]
    mod imports {
        pub fn latest_use(_slot: u32) -> f64 {
            0.0
        }

        pub fn key_hash(slot: u32) -> u32 {
            slot
        }
    }
}
