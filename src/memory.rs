//! Memory whose allocation may fail, but not panic.

#![allow(unsafe_code)]

use std::alloc::{Layout, alloc, dealloc, realloc};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// A growable array. A `Vec` does the same, but the code by which it grows, once for each type, would be half of the
/// WebAssembly module.
///
/// The elements are not dropped; none of those here would have anything to do.
pub struct Array<T> {
    block: Block,
    owns: PhantomData<T>,
}

impl<T> Array<T> {
    /// An empty array. Nothing is allocated.
    pub const fn new() -> Self {
        const { assert!(BLOCK.is_multiple_of(size_of::<T>()) && align_of::<T>() <= ALIGN) };
        Self { block: Block { start: NonNull::<Aligned>::dangling().cast(), len: 0 }, owns: PhantomData }
    }

    /// Lengthens the array to at least `len` elements; `fill` makes the new ones. `false` if there is no memory;
    /// nothing has changed then.
    pub fn reserve(&mut self, len: u32, mut fill: impl FnMut() -> T) -> bool {
        let len = len as usize;
        let old = self.block.len;
        if len <= old {
            return true;
        }
        // SAFETY: that is the size of the elements.
        let grown = unsafe { self.block.grow(len, size_of::<T>()) };
        if grown {
            for place in old..self.block.len {
                // SAFETY: the block is that long, and nobody has seen its new elements yet.
                unsafe { self.block.start.cast::<T>().add(place).write(fill()) };
            }
        }
        grown
    }
}

impl<T> Deref for Array<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: the elements are initialised, and borrowed as the array is.
        unsafe { from_raw_parts(self.block.start.cast().as_ptr(), self.block.len) }
    }
}

impl<T> DerefMut for Array<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: the same, and the array is borrowed mutably.
        unsafe { from_raw_parts_mut(self.block.start.cast().as_ptr(), self.block.len) }
    }
}

impl<T> Drop for Array<T> {
    fn drop(&mut self) {
        // SAFETY: that is the size of the elements, and they are not used again.
        unsafe { self.block.free(size_of::<T>()) };
    }
}

/// The memory of an array, of whichever type: this code is there only once.
struct Block {
    start: NonNull<u8>,
    /// How many elements there are. There is no room for more.
    len: usize,
}

/// The size of the smallest block.
pub const BLOCK: usize = 32;

/// More elements than any array needs.
const MOST: usize = 1 << 25;

/// The size of the block that is given for so many bytes, at least one: one of eight between a power of two and the
/// next.
#[inline(never)] // Inlined, it makes the module larger.
pub fn block_size(bytes: usize) -> usize {
    let last = bytes.wrapping_sub(1);
    let step = step_of(last);
    (last >> step).wrapping_add(1) << step
}

/// The exponent of the distance between the sizes around that of a block with that `last` byte.
pub fn step_of(last: usize) -> u32 {
    (last | (8 * BLOCK)).ilog2().wrapping_sub(3)
}

/// The alignment of all blocks.
const ALIGN: usize = align_of::<Aligned>();

#[repr(align(8))]
struct Aligned;

impl Block {
    /// Makes room for `len` elements, which is more than there are. `false` if there is no memory; nothing has changed
    /// then. What is new is not initialised.
    ///
    /// # Safety
    ///
    /// It is always called with the same `size` of an element, which divides [`BLOCK`].
    #[inline(never)]
    unsafe fn grow(&mut self, len: usize, size: usize) -> bool {
        if len > MOST {
            return false;
        }
        let bytes = block_size(len.wrapping_mul(size));
        // SAFETY: the sizes are not 0, far below the largest, and the old block was allocated with that layout.
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

    /// Gives the memory back, if there is any.
    ///
    /// # Safety
    ///
    /// The `size` of an element is that it was allocated with, and the block is not used again.
    #[inline(never)]
    unsafe fn free(&mut self, size: usize) {
        if self.len > 0 {
            // SAFETY: it was allocated with this layout.
            unsafe { dealloc(self.start.as_ptr(), self.layout(size)) };
        }
    }

    /// The layout of what is allocated.
    ///
    /// # Safety
    ///
    /// The `size` of an element is that it was allocated with.
    unsafe fn layout(&self, size: usize) -> Layout {
        // SAFETY: it was valid when it was allocated.
        unsafe { Layout::from_size_align_unchecked(self.len.wrapping_mul(size), ALIGN) }
    }
}

/// Puts a value into memory of its own, for good. `None` if there is none; the value is not dropped then either.
pub fn leak<T>(value: T) -> Option<&'static mut T> {
    const { assert!(size_of::<T>() > 0) };
    let value = ManuallyDrop::new(value);
    // SAFETY: the size is not 0.
    let place = NonNull::new(unsafe { alloc(Layout::new::<T>()) })?.cast();
    // SAFETY: the block is for nobody else, and the value is initialised before it is borrowed.
    unsafe {
        place.write(ManuallyDrop::into_inner(value));
        Some({ place }.as_mut())
    }
}
