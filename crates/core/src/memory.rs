//! The allocation of a cache's arrays.

use std::ops::DerefMut;

/// A growable array whose growth can fail, but cannot panic.
pub trait Buffer<T>: DerefMut<Target = [T]> {
    /// An empty array. Nothing is allocated.
    const EMPTY: Self;

    /// Grows the array to at least `len` elements; `fill` makes the new ones, in order. Returns `false`, with the array
    /// unchanged, if there is no memory. A longer array stays as it is.
    fn grow(&mut self, len: u32, fill: impl FnMut() -> T) -> bool;
}

/// A family of arrays. A cache takes one as a type parameter, so that WebAssembly can bring smaller code than [`Vec`].
pub trait Memory {
    /// The array of `T`.
    type Buffer<T: Copy>: Buffer<T>;
}

/// Arrays on the global heap: [`Vec`].
pub enum Heap {}

impl Memory for Heap {
    type Buffer<T: Copy> = Vec<T>;
}

impl<T> Buffer<T> for Vec<T> {
    const EMPTY: Self = Self::new();

    fn grow(&mut self, len: u32, fill: impl FnMut() -> T) -> bool {
        let missing = (len as usize).saturating_sub(self.len());
        if self.try_reserve_exact(missing).is_err() {
            return false;
        }
        self.extend(std::iter::repeat_with(fill).take(missing));
        true
    }
}
