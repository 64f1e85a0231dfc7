//! Memory whose allocation may fail, but not panic.

#![allow(unsafe_code)]

use std::alloc::{Layout, alloc, dealloc};
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
        const { assert!(size_of::<T>() > 0 && align_of::<T>() <= ALIGN) };
        Self { block: Block { start: NonNull::<Aligned>::dangling().cast(), len: 0 }, owns: PhantomData }
    }

    /// Lengthens the array so that there is an element at `index`; `fill` makes the new ones. `false` if there is no
    /// memory; nothing has changed then.
    ///
    /// The length is a power of two, so that growing takes constant time on average.
    pub fn reserve(&mut self, index: u32, mut fill: impl FnMut() -> T) -> bool {
        let index = index as usize;
        let old = self.block.len;
        if index < old {
            return true;
        }
        // SAFETY: that is the size of the elements.
        let grown = unsafe { self.block.grow(index, size_of::<T>()) };
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

/// The alignment of all blocks.
const ALIGN: usize = align_of::<Aligned>();

#[repr(align(8))]
struct Aligned;

impl Block {
    /// Makes room for an element at `index`, which is not below the length. `false` if there is no memory; nothing has
    /// changed then. What is new is not initialised.
    ///
    /// # Safety
    ///
    /// It is always called with the same `size` of an element, which is not 0.
    #[inline(never)]
    unsafe fn grow(&mut self, index: usize, size: usize) -> bool {
        let Some(len) = index.wrapping_add(1).checked_next_power_of_two() else { return false };
        let Some(bytes) = len.checked_mul(size) else { return false };
        let Ok(layout) = Layout::from_size_align(bytes, ALIGN) else { return false };
        // SAFETY: the size is not 0.
        let Some(start) = NonNull::new(unsafe { alloc(layout) }) else { return false };
        // SAFETY: both blocks are at least as long as the old one.
        unsafe { start.copy_from_nonoverlapping(self.start, self.len.wrapping_mul(size)) };
        // SAFETY: the same size, and the old block is replaced.
        unsafe { self.free(size) };
        *self = Self { start, len };
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
            unsafe {
                let layout = Layout::from_size_align_unchecked(self.len.wrapping_mul(size), ALIGN);
                dealloc(self.start.as_ptr(), layout);
            }
        }
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
