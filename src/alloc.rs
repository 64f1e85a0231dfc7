//! The allocator of the WebAssembly module.
//!
//! What this crate allocates doubles as it grows, so that blocks of a power of two fit exactly, and the blocks that one
//! array has outgrown are what the next one needs. A list of free blocks for each size is all it takes then. A free
//! block is used again, but only for the same size.

#![allow(unsafe_code)]

use std::alloc::Layout;
use std::ptr::null_mut;

/// The smallest block, and the largest alignment.
const MIN: usize = 16;

/// As many sizes as there are bits in an address.
const SIZES: usize = usize::BITS as usize;

/// All blocks, free or not.
struct Blocks {
    /// For each power of two the first free block of that size, or null.
    free: [*mut Free; SIZES],
    /// The memory that was not in any block yet begins here,
    start: *mut u8,
    /// and has this length.
    len: usize,
}

/// What is at the front of a free block.
struct Free {
    next: *mut Free,
}

impl Blocks {
    const fn new() -> Self {
        Self { free: [null_mut(); SIZES], start: null_mut(), len: 0 }
    }

    /// A block for that layout, or null if there is no memory.
    ///
    /// # Safety
    ///
    /// `grow` provides memory of at least the size it is asked for, aligned to [`MIN`], for the blocks alone.
    unsafe fn alloc(&mut self, layout: Layout, grow: impl FnOnce(usize) -> Option<(*mut u8, usize)>) -> *mut u8 {
        let Some(class) = class_of(layout) else { return null_mut() };
        let Some(head) = self.free.get_mut(class) else { return null_mut() };
        let block = *head;
        if !block.is_null() {
            // SAFETY: a block in the list is free, and `dealloc` has written this.
            *head = unsafe { (*block).next };
            return block.cast();
        }
        let size = 1 << class;
        if self.len < size {
            let Some((start, len)) = grow(size) else { return null_mut() };
            if start == self.start.wrapping_add(self.len) {
                self.len = self.len.wrapping_add(len);
            } else {
                (self.start, self.len) = (start, len);
            }
        }
        let block = self.start;
        self.start = block.wrapping_add(size);
        self.len = self.len.wrapping_sub(size);
        block
    }

    /// Makes a block free.
    ///
    /// # Safety
    ///
    /// It is from `alloc`, with the same layout, and not used any more.
    unsafe fn dealloc(&mut self, block: *mut u8, layout: Layout) {
        if let Some(head) = class_of(layout).and_then(|class| self.free.get_mut(class)) {
            let block = block.cast::<Free>();
            // SAFETY: the block is large enough, aligned, and nobody's.
            unsafe { block.write(Free { next: *head }) };
            *head = block;
        }
    }
}

/// The exponent of the size of a block for that layout.
fn class_of(layout: Layout) -> Option<usize> {
    let largest = layout.size().max(MIN).wrapping_sub(1);
    (layout.align() <= MIN).then_some(SIZES.wrapping_sub(largest.leading_zeros() as usize))
}

#[cfg(target_arch = "wasm32")]
mod global {
    use core::arch::wasm32::memory_grow;
    use std::alloc::{GlobalAlloc, Layout};
    use std::cell::UnsafeCell;
    use std::ptr::with_exposed_provenance_mut;

    use super::Blocks;

    const PAGE: usize = 1 << 16;

    #[global_allocator]
    static ALLOCATOR: Allocator = Allocator(UnsafeCell::new(Blocks::new()));

    struct Allocator(UnsafeCell<Blocks>);

    // SAFETY: the module is built without threads.
    unsafe impl Sync for Allocator {}

    // SAFETY: blocks are distinct, at least as large as their layout and aligned to `MIN`, or else null.
    unsafe impl GlobalAlloc for Allocator {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: there is one thread, and `alloc` does not get here again. Memory that is new is nobody else's.
            unsafe { (*self.0.get()).alloc(layout, grow) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the same, and the caller promises the rest.
            unsafe { (*self.0.get()).dealloc(block, layout) }
        }
    }

    fn grow(size: usize) -> Option<(*mut u8, usize)> {
        let pages = size.div_ceil(PAGE);
        let old = memory_grow(0, pages);
        (old != usize::MAX).then(|| (with_exposed_provenance_mut(old.wrapping_mul(PAGE)), pages.wrapping_mul(PAGE)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Memory that is not given to anybody else.
    #[repr(align(16))]
    struct Arena([u8; 1 << 12]);

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 8).unwrap()
    }

    fn alloc(blocks: &mut Blocks, size: usize, grow: impl FnOnce(usize) -> Option<(*mut u8, usize)>) -> *mut u8 {
        // SAFETY: the tests below provide memory from an arena each.
        unsafe { blocks.alloc(layout(size), grow) }
    }

    #[test]
    fn blocks_are_distinct_and_aligned() {
        let mut arena = Box::new(Arena([0; 1 << 12]));
        let start = arena.0.as_mut_ptr();
        let mut blocks = Blocks::new();
        let mut ends = Vec::new();
        for size in [1, 16, 17, 100, 128, 3, 1000] {
            let block = alloc(&mut blocks, size, |_| Some((start, 1 << 12)));
            assert_eq!(block as usize % MIN, 0);
            // SAFETY: it is a block of that size.
            unsafe { block.write_bytes(0xFF, size) };
            ends.push((block as usize, block as usize + size));
        }
        ends.sort_unstable();
        assert!(ends.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{ends:?}");
    }

    #[test]
    fn free_blocks_are_used_again_for_their_size() {
        let mut arena = Box::new(Arena([0; 1 << 12]));
        let start = arena.0.as_mut_ptr();
        let mut blocks = Blocks::new();
        let first = alloc(&mut blocks, 100, |_| Some((start, 1 << 12)));
        let second = alloc(&mut blocks, 128, |_| None);
        // SAFETY: both are from above, and not used any more.
        unsafe {
            blocks.dealloc(first, layout(100));
            blocks.dealloc(second, layout(128));
        }
        assert!(![first, second].contains(&alloc(&mut blocks, 64, |_| None)));
        assert_eq!(alloc(&mut blocks, 65, |_| None), second);
        assert_eq!(alloc(&mut blocks, 128, |_| None), first);
    }

    #[test]
    fn growth_continues_the_memory_there_is() {
        let mut arena = Box::new(Arena([0; 1 << 12]));
        let start = arena.0.as_mut_ptr();
        let mut blocks = Blocks::new();
        assert_eq!(alloc(&mut blocks, 64, |_| Some((start, 80))), start);
        assert_eq!(alloc(&mut blocks, 64, |_| Some((start.wrapping_add(80), 64))), start.wrapping_add(64));
        assert_eq!(alloc(&mut blocks, 16, |_| None), start.wrapping_add(128));
        // What does not continue it replaces it.
        assert_eq!(alloc(&mut blocks, 32, |_| Some((start.wrapping_add(512), 32))), start.wrapping_add(512));
        assert!(alloc(&mut blocks, 16, |_| None).is_null());
    }

    #[test]
    fn what_does_not_fit_fails() {
        let mut blocks = Blocks::new();
        assert!(alloc(&mut blocks, 16, |_| None).is_null());
        assert!(alloc(&mut blocks, isize::MAX as usize - 7, |_| None).is_null());
        let mut arena = Box::new(Arena([0; 1 << 12]));
        let page = Layout::from_size_align(16, 4096).unwrap();
        // SAFETY: the arena is there for this alone.
        assert!(unsafe { blocks.alloc(page, |_| Some((arena.0.as_mut_ptr(), 1 << 12))) }.is_null());
    }
}
