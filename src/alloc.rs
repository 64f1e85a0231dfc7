//! The allocator of the WebAssembly module.
//!
//! There are eight sizes of blocks between a power of two and the next, and a list of free ones for each: a free block
//! is used again, but only for the same size. What this crate allocates doubles as it grows, so that what one cache has
//! outgrown is what the next one needs. The last block of all grows where it is, as that of an only cache does, and
//! leaves nothing behind.

#![allow(unsafe_code)]

use std::alloc::Layout;
use std::ptr::null_mut;

use crate::memory::{block_size, step_of};

/// More sizes than there may be.
const SIZES: usize = 8 * usize::BITS as usize;

/// The largest alignment.
const ALIGN: usize = 16;

/// All blocks, free or not.
struct Blocks {
    /// For each size the first free block, or null.
    free: [*mut Free; SIZES],
    /// Where the last block ends.
    end: *mut u8,
}

/// What is at the front of a free block.
struct Free {
    next: *mut Free,
}

impl Blocks {
    /// No blocks. The first will be at `start`, which is aligned to [`ALIGN`].
    const fn new(start: *mut u8) -> Self {
        Self { free: [null_mut(); SIZES], end: start }
    }

    /// A block for that layout, or null if there is no memory.
    ///
    /// # Safety
    ///
    /// There is memory for the blocks alone from the start up to each address for which `reach` returns `true`.
    unsafe fn alloc(&mut self, layout: Layout, reach: impl Fn(usize) -> bool) -> *mut u8 {
        let Some(head) = self.list(layout) else { return null_mut() };
        let block = *head;
        if block.is_null() {
            let block = self.end;
            return if self.extend(block_size(layout.size()), reach) { block } else { null_mut() };
        }
        // SAFETY: a block in the list is free, and `dealloc` has written this.
        *head = unsafe { (*block).next };
        block.cast()
    }

    /// Makes a block free.
    ///
    /// # Safety
    ///
    /// It is from `alloc`, with the same layout, and not used any more.
    unsafe fn dealloc(&mut self, block: *mut u8, layout: Layout) {
        if let Some(head) = self.list(layout) {
            let block = block.cast::<Free>();
            // SAFETY: the block is large enough, aligned, and nobody's.
            unsafe { block.write(Free { next: *head }) };
            *head = block;
        }
    }

    /// A block of a larger `size` with the same content in the place of this one: the same if it is the last, and none
    /// of that size is free. Null if there is no memory; nothing has changed then.
    ///
    /// # Safety
    ///
    /// That of `alloc` and, unless the result is null, of `dealloc`. The size is not beyond the largest of a layout.
    unsafe fn lengthen(
        &mut self,
        block: *mut u8,
        layout: Layout,
        size: usize,
        reach: impl Fn(usize) -> bool,
    ) -> *mut u8 {
        // SAFETY: the caller promises that.
        let longer = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        let old = block_size(layout.size());
        // A free one comes first: else there would be ever more that have grown, and nobody grows.
        let none_free = self.list(longer).is_some_and(|head| head.is_null());
        if none_free && block.wrapping_add(old) == self.end {
            return if self.extend(block_size(size).wrapping_sub(old), reach) { block } else { null_mut() };
        }
        // SAFETY: the caller promises that, too.
        let new = unsafe { self.alloc(longer, reach) };
        if !new.is_null() {
            // SAFETY: both are at least as long as the old layout, and the old one is given up.
            unsafe {
                new.copy_from_nonoverlapping(block, layout.size());
                self.dealloc(block, layout);
            }
        }
        new
    }

    /// Moves the end by `size`. `false` if there is no memory.
    #[inline(never)] // Inlined, it makes the module larger.
    fn extend(&mut self, size: usize, reach: impl Fn(usize) -> bool) -> bool {
        let reached = self.end.addr().checked_add(size).is_some_and(reach);
        if reached {
            self.end = self.end.wrapping_add(size);
        }
        reached
    }

    /// The free blocks of the size for that layout.
    #[inline(never)] // Inlined, it makes the module larger.
    fn list(&mut self, layout: Layout) -> Option<&mut *mut Free> {
        let last = layout.size().wrapping_sub(1);
        let step = step_of(last);
        let place = (last >> step).wrapping_add(8 * step as usize);
        if layout.align() <= ALIGN { self.free.get_mut(place) } else { None }
    }
}

#[cfg(target_arch = "wasm32")]
mod global {
    use core::arch::wasm32::{memory_grow, memory_size};
    use std::alloc::{GlobalAlloc, Layout};
    use std::cell::UnsafeCell;

    use super::Blocks;

    const PAGE: usize = 1 << 16;

    unsafe extern "C" {
        /// Where the linker lets the memory begin that it has no use for.
        static __heap_base: u8;
    }

    #[global_allocator]
    static ALLOCATOR: Allocator = Allocator(UnsafeCell::new(Blocks::new((&raw const __heap_base).cast_mut())));

    struct Allocator(UnsafeCell<Blocks>);

    // SAFETY: the module is built without threads.
    unsafe impl Sync for Allocator {}

    // SAFETY: blocks are distinct, at least as large as their layout and aligned to it, or else null.
    unsafe impl GlobalAlloc for Allocator {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: there is one thread, and `alloc` does not get here again. Nobody else asks for memory.
            unsafe { (*self.0.get()).alloc(layout, reach) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the same, and the caller promises the rest.
            unsafe { (*self.0.get()).dealloc(block, layout) }
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            // SAFETY: the same.
            unsafe { (*self.0.get()).lengthen(block, layout, size, reach) }
        }
    }

    /// Makes the memory so long, if it is not yet: and by a thirty-second part longer, since to ask for more costs a
    /// runtime more than what is asked for.
    fn reach(end: usize) -> bool {
        let page = end.wrapping_sub(1) / PAGE;
        let pages = memory_size(0);
        let ahead = pages >> 5;
        page < pages || memory_grow(0, page.wrapping_sub(pages).wrapping_add(ahead).wrapping_add(1)) != usize::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::BLOCK;

    const SIZE: usize = 1 << 14;

    #[repr(align(32))]
    struct Arena([u8; SIZE]);

    /// Blocks in memory that is not given to anybody else.
    struct Test {
        blocks: Blocks,
        start: *mut u8,
        _arena: Box<Arena>,
    }

    impl Test {
        fn new() -> Self {
            let mut arena = Box::new(Arena([0; SIZE]));
            let start = arena.0.as_mut_ptr();
            Self { blocks: Blocks::new(start), start, _arena: arena }
        }

        fn alloc(&mut self, size: usize) -> *mut u8 {
            let limit = self.start.addr() + SIZE;
            // SAFETY: the arena reaches up to there.
            unsafe { self.blocks.alloc(layout(size), |end| end <= limit) }
        }

        unsafe fn lengthen(&mut self, block: *mut u8, old: usize, size: usize) -> *mut u8 {
            let limit = self.start.addr() + SIZE;
            // SAFETY: the caller promises it.
            unsafe { self.blocks.lengthen(block, layout(old), size, |end| end <= limit) }
        }
    }

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 8).unwrap()
    }

    #[test]
    fn blocks_are_distinct_and_aligned() {
        let mut test = Test::new();
        let mut ends = Vec::new();
        for size in [1, 16, 33, 100, 128, 3, 1000, 2049] {
            let block = test.alloc(size);
            assert_eq!(block as usize % ALIGN, 0);
            // SAFETY: it is a block of that size.
            unsafe { block.write_bytes(0xFF, size) };
            ends.push((block as usize, block as usize + size));
        }
        ends.sort_unstable();
        assert!(ends.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{ends:?}");
    }

    #[test]
    fn each_size_has_a_list_of_its_own_and_wastes_an_eighth_at_most() {
        let mut blocks = Blocks::new(null_mut());
        let mut lists = std::collections::HashMap::new();
        for bytes in (1..5_000).chain([1 << 20, (1 << 20) + 1, (1 << 30) - 1, 1 << 30]) {
            let size = block_size(bytes);
            assert!(size >= bytes && size.is_multiple_of(BLOCK), "{bytes} in {size}");
            assert!(size - bytes < BLOCK.max(bytes / 8 + 1), "{bytes} in {size}");
            assert_eq!(block_size(size), size);
            let list: *const _ = blocks.list(layout(bytes)).unwrap();
            assert_eq!(*lists.entry(list).or_insert(size), size, "two sizes in a list");
        }
    }

    #[test]
    fn free_blocks_are_used_again_for_their_size() {
        let mut test = Test::new();
        let first = test.alloc(97);
        let second = test.alloc(128);
        // SAFETY: both are from above, and not used any more.
        unsafe {
            test.blocks.dealloc(first, layout(97));
            test.blocks.dealloc(second, layout(128));
        }
        assert!(![first, second].contains(&test.alloc(96)));
        assert!(![first, second].contains(&test.alloc(129)));
        assert_eq!(test.alloc(100), second);
        assert_eq!(test.alloc(128), first);
    }

    #[test]
    fn the_last_block_grows_where_it_is_and_any_other_moves() {
        let mut test = Test::new();
        let first = test.alloc(64);
        // SAFETY: all are from above, and of that size.
        unsafe {
            first.write_bytes(7, 64);
            assert_eq!(test.lengthen(first, 64, 1_024), first);
            assert_eq!(test.alloc(64), first.add(1_024));
            let moved = test.lengthen(first, 1_024, 2_048);
            assert_eq!(moved, first.add(1_024 + 64));
            assert_eq!(std::slice::from_raw_parts(moved, 64), [7; 64]);
            assert_eq!(test.alloc(1_000), first);
            // What there is no memory for stays where it is, and as it is.
            assert!(test.lengthen(moved, 2_048, 2 * SIZE).is_null());
            assert!(test.lengthen(first, 1_024, 2 * SIZE).is_null());
            assert_eq!(test.lengthen(moved, 2_048, 3_072), moved);
            assert_eq!(std::slice::from_raw_parts(moved, 64), [7; 64]);
            assert_eq!(test.alloc(1), moved.add(3_072));
        }
    }

    #[test]
    fn the_last_block_moves_to_a_free_one_that_is_as_large() {
        let mut test = Test::new();
        let free = test.alloc(1_024);
        let last = test.alloc(64);
        // SAFETY: all are from above, and of that size.
        unsafe {
            last.write_bytes(7, 64);
            test.blocks.dealloc(free, layout(1_024));
            assert_eq!(test.lengthen(last, 64, 1_000), free);
            assert_eq!(std::slice::from_raw_parts(free, 64), [7; 64]);
            assert_eq!(test.alloc(64), last);
        }
    }

    #[test]
    fn what_does_not_fit_fails() {
        let mut test = Test::new();
        assert!(test.alloc(SIZE + 1).is_null());
        assert!(test.alloc(isize::MAX as usize - 7).is_null());
        assert_eq!(test.alloc(SIZE), test.start);
        assert!(test.alloc(1).is_null());
        let page = Layout::from_size_align(16, 4096).unwrap();
        // SAFETY: a block that is null is none.
        assert!(unsafe { Test::new().blocks.alloc(page, |_| true) }.is_null());
    }
}
