//! Allocation that can fail, but cannot panic.

#![allow(unsafe_code)]

use std::alloc::{Layout, alloc, dealloc, realloc};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::slice::{from_raw_parts, from_raw_parts_mut};

use holdfast_core::{Buffer, Memory};

/// A growable array. `Vec` does the same, but its code for growing, once per element type, would be half of the module.
///
/// Elements are not dropped: no element type here has a destructor.
pub struct Array<T> {
    block: Block,
    owns: PhantomData<T>,
}

impl<T> Array<T> {
    /// An empty array. Nothing is allocated.
    pub const fn new() -> Self {
        const { assert!(MIN_BLOCK.is_multiple_of(size_of::<T>()) && align_of::<T>() <= ALIGN) };
        Self { block: Block { start: NonNull::<Aligned>::dangling().cast(), len: 0 }, owns: PhantomData }
    }

    /// Grows the array to at least `len` elements; `fill` makes the new ones, in order. Returns `false`, with the array
    /// unchanged, if there is no memory.
    pub fn grow(&mut self, len: u32, mut fill: impl FnMut() -> T) -> bool {
        let len = len as usize;
        let old = self.block.len;
        if len <= old {
            return true;
        }
        // SAFETY: every call for this block passes the size of `T`, which divides MIN_BLOCK.
        let grown = unsafe { self.block.grow(len, size_of::<T>()) };
        if grown {
            for index in old..self.block.len {
                // SAFETY: the block has room for `block.len` elements, and `index` is below that. The element is not
                // initialised yet, so that nothing is dropped.
                unsafe { self.block.start.cast::<T>().add(index).write(fill()) };
            }
        }
        grown
    }
}

impl<T> Deref for Array<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `grow` has initialised all `block.len` elements. The borrow lasts as long as that of the array.
        unsafe { from_raw_parts(self.block.start.cast().as_ptr(), self.block.len) }
    }
}

impl<T> DerefMut for Array<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`, and the array is borrowed mutably.
        unsafe { from_raw_parts_mut(self.block.start.cast().as_ptr(), self.block.len) }
    }
}

impl<T> Drop for Array<T> {
    fn drop(&mut self) {
        // SAFETY: the block was allocated with the size of `T`, and is not used again.
        unsafe { self.block.free(size_of::<T>()) };
    }
}

impl<T> Buffer<T> for Array<T> {
    const EMPTY: Self = Self::new();

    fn grow(&mut self, len: u32, fill: impl FnMut() -> T) -> bool {
        self.grow(len, fill)
    }
}

/// The memory of the module, for the arrays of a cache.
pub enum LinearMemory {}

impl Memory for LinearMemory {
    type Buffer<T: Copy> = Array<T>;
}

/// The memory of an array. It does not depend on the element type, so that there is one copy of its code.
struct Block {
    start: NonNull<u8>,
    /// The number of elements, which fill the block.
    len: usize,
}

/// The size of the smallest block, in bytes.
pub const MIN_BLOCK: usize = 32;

/// More elements than any array needs.
const MAX_LEN: usize = 1 << 25;

/// The size of the block for `bytes` bytes, at least 1. There are eight sizes from one power of two to the next, as in
/// TLSF (Masmano, Ripoll, Crespo and Real, "TLSF: a new dynamic memory allocator for real-time systems", ECRTS 2004).
#[inline(never)]
pub fn block_size(bytes: usize) -> usize {
    let last = bytes.wrapping_sub(1);
    let step = step_of(last);
    (last >> step).wrapping_add(1) << step
}

/// Two to this power is the distance between the block sizes around `last`, the index of a block's last byte.
pub fn step_of(last: usize) -> u32 {
    (last | (8 * MIN_BLOCK)).ilog2().wrapping_sub(3)
}

/// The alignment of all blocks.
const ALIGN: usize = align_of::<Aligned>();

#[repr(align(8))]
struct Aligned;

impl Block {
    /// Makes room for `len` elements, which must be more than there are. The new ones are not initialised. Returns
    /// `false`, with nothing changed, if there is no memory.
    ///
    /// # Safety
    ///
    /// Every call for this block has the same element `size`, which divides [`MIN_BLOCK`].
    #[inline(never)]
    unsafe fn grow(&mut self, len: usize, size: usize) -> bool {
        if len > MAX_LEN {
            return false;
        }
        let bytes = block_size(len.wrapping_mul(size));
        // SAFETY: `bytes` is not 0 and far below `isize::MAX`. The old block was allocated with that layout.
        let start = unsafe {
            if self.len == 0 {
                alloc(Layout::from_size_align_unchecked(bytes, ALIGN))
            } else {
                realloc(self.start.as_ptr(), self.layout(size), bytes)
            }
        };
        let Some(start) = NonNull::new(start) else { return false };
        *self = Self { start, len: bytes / size };
        true
    }

    /// Frees the memory, if there is any.
    ///
    /// # Safety
    ///
    /// The element `size` is that of [`grow`](Self::grow), and the block is not used again.
    #[inline(never)]
    unsafe fn free(&mut self, size: usize) {
        if self.len > 0 {
            // SAFETY: the block was allocated with this layout.
            unsafe { dealloc(self.start.as_ptr(), self.layout(size)) };
        }
    }

    /// The layout that the block was allocated with.
    ///
    /// # Safety
    ///
    /// The element `size` is that of [`grow`](Self::grow).
    unsafe fn layout(&self, size: usize) -> Layout {
        // SAFETY: the layout was valid when the block was allocated.
        unsafe { Layout::from_size_align_unchecked(self.len.wrapping_mul(size), ALIGN) }
    }
}

/// Allocates a value that is never freed. Returns `None`, without dropping the value, if there is no memory.
pub fn leak<T>(value: T) -> Option<&'static mut T> {
    const { assert!(size_of::<T>() > 0) };
    let value = ManuallyDrop::new(value);
    // SAFETY: the size of `T` is not 0.
    let pointer = NonNull::new(unsafe { alloc(Layout::new::<T>()) })?.cast();
    // SAFETY: the block has the layout of `T`, no other reference to it exists, and the value is initialised first.
    unsafe {
        pointer.write(ManuallyDrop::into_inner(value));
        Some({ pointer }.as_mut())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_keeps_its_elements_while_it_grows() {
        let mut array = Array::<u32>::new();
        assert!(array.is_empty());
        let mut next = 0;
        for len in [1, 9, 3, 100, 1_000] {
            let grown = array.grow(len, || {
                next += 1;
                next
            });
            assert!(grown && array.len() >= len as usize);
        }
        let elements = array.iter().copied();
        assert!(elements.eq(1..=next));
        if let Some(last) = array.last_mut() {
            *last = 7;
        }
        assert_eq!(array.last(), Some(&7));
    }

    #[test]
    fn an_array_that_cannot_grow_stays_as_it_is() {
        let mut array = Array::<u64>::new();
        assert!(array.grow(4, || 5));
        assert!(!array.grow(u32::MAX, || 6));
        assert_eq!(array[..], [5; 4]);
    }
}
