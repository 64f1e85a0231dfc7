//! The allocator of the WebAssembly module.
//!
//! Segregated free lists without coalescing ("simple segregated storage" in Wilson, Johnstone, Neely and Boles, "Dynamic
//! Storage Allocation: A Survey and Critical Review", IWMM 1995), with the [sizes](block_size) of TLSF. A free block is
//! used again only for its own size. The arrays of a cache double as they grow, so that a block that one cache has
//! outgrown is what the next cache needs. The last block in memory grows in place and leaves no free block behind: that
//! is the block of a program's only large cache.

#![allow(unsafe_code)]

use std::alloc::Layout;
use std::ptr::null_mut;

use crate::memory::{block_size, step_of};

/// An upper bound of the number of block sizes.
const SIZES: usize = 8 * usize::BITS as usize;

/// The alignment of every block, and the largest that can be allocated.
const ALIGN: usize = 16;

/// All blocks, free or not.
struct Blocks {
    /// The first free block of each size, or null.
    free: [*mut Free; SIZES],
    /// The end of the last block.
    end: *mut u8,
}

/// The start of a free block.
struct Free {
    next: *mut Free,
}

impl Blocks {
    /// No blocks. The first one will be at `start`, which must be aligned to [`ALIGN`].
    const fn new(start: *mut u8) -> Self {
        Self { free: [null_mut(); SIZES], end: start }
    }

    /// Allocates a block for a layout. Returns null if there is no memory.
    ///
    /// # Safety
    ///
    /// If `reach` returns `true` for an address, the memory from the start up to that address exists and is used for
    /// these blocks only.
    unsafe fn alloc(&mut self, layout: Layout, reach: impl Fn(usize) -> bool) -> *mut u8 {
        let Some(head) = self.list(layout) else { return null_mut() };
        let block = *head;
        if block.is_null() {
            let block = self.end;
            return if self.extend(block_size(layout.size()), reach) { block } else { null_mut() };
        }
        // SAFETY: `dealloc` has written this into the block, which was not used since.
        *head = unsafe { (*block).next };
        block.cast()
    }

    /// Frees a block.
    ///
    /// # Safety
    ///
    /// The block is from [`alloc`](Self::alloc) with the same layout, and is not used any more.
    unsafe fn dealloc(&mut self, block: *mut u8, layout: Layout) {
        if let Some(head) = self.list(layout) {
            let block = block.cast::<Free>();
            // SAFETY: the block is at least `MIN_BLOCK` long, aligned to `ALIGN`, and not used any more.
            unsafe { block.write(Free { next: *head }) };
            *head = block;
        }
    }

    /// Replaces a block by one of a larger `size` with the same content. The block itself grows if it is the last one
    /// and there is no free block of that size. Returns null, with the block unchanged, if there is no memory.
    ///
    /// # Safety
    ///
    /// As for [`alloc`](Self::alloc) and, unless the result is null, for [`dealloc`](Self::dealloc). The size is valid
    /// for a layout.
    unsafe fn grow(&mut self, block: *mut u8, layout: Layout, size: usize, reach: impl Fn(usize) -> bool) -> *mut u8 {
        // SAFETY: the caller guarantees that the size is valid.
        let longer = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        let old = block_size(layout.size());
        // A free block comes first: otherwise free blocks of the sizes that arrays grow to would pile up.
        let none_free = self.list(longer).is_some_and(|head| head.is_null());
        if none_free && block.wrapping_add(old) == self.end {
            return if self.extend(block_size(size).wrapping_sub(old), reach) { block } else { null_mut() };
        }
        // SAFETY: the caller guarantees the condition of `alloc`.
        let new = unsafe { self.alloc(longer, reach) };
        if !new.is_null() {
            // SAFETY: both blocks are at least as long as the old layout and distinct. The old one is not used again.
            unsafe {
                new.copy_from_nonoverlapping(block, layout.size());
                self.dealloc(block, layout);
            }
        }
        new
    }

    /// Moves the end by `size`. Returns `false` if there is no memory.
    #[inline(never)]
    fn extend(&mut self, size: usize, reach: impl Fn(usize) -> bool) -> bool {
        let reached = self.end.addr().checked_add(size).is_some_and(reach);
        if reached {
            self.end = self.end.wrapping_add(size);
        }
        reached
    }

    /// The head of the list of free blocks for a layout; `None` if the layout's alignment is not supported.
    #[inline(never)]
    fn list(&mut self, layout: Layout) -> Option<&mut *mut Free> {
        let last = layout.size().wrapping_sub(1);
        let step = step_of(last);
        let index = (last >> step).wrapping_add(8 * step as usize);
        if layout.align() <= ALIGN { self.free.get_mut(index) } else { None }
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
        /// The start of the memory that the linker leaves unused.
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
            // SAFETY: there is one thread, and `reach` does not allocate, so that no other reference exists. No other
            // code grows the memory or uses what is behind `__heap_base`.
            unsafe { (*self.0.get()).alloc(layout, reach) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: as in `alloc`, and the caller guarantees the rest.
            unsafe { (*self.0.get()).dealloc(block, layout) }
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            // SAFETY: as in `alloc`, and the caller guarantees the rest. Arrays only grow.
            unsafe { (*self.0.get()).grow(block, layout, size, reach) }
        }
    }

    /// Grows the memory to at least `end` bytes. Returns `false` if the runtime refuses. It grows by another 1/32 of its
    /// size, because a call that grows the memory costs a runtime more than the pages do.
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
    use crate::memory::MIN_BLOCK;

    const SIZE: usize = 1 << 14;

    #[repr(align(32))]
    struct Arena(#[expect(dead_code, reason = "pointers access it")] [u8; SIZE]);

    /// Blocks in memory of their own.
    struct Test {
        blocks: Blocks,
        start: *mut u8,
        /// Not a `Box`: moving a `Box` ends the access by other pointers.
        arena: *mut Arena,
    }

    impl Drop for Test {
        fn drop(&mut self) {
            // SAFETY: `arena` is from a `Box`, and no block is used any more.
            drop(unsafe { Box::from_raw(self.arena) });
        }
    }

    impl Test {
        fn new() -> Self {
            let arena = Box::into_raw(Box::new(Arena([0; SIZE])));
            let start = arena.cast();
            Self { blocks: Blocks::new(start), start, arena }
        }

        fn alloc(&mut self, size: usize) -> *mut u8 {
            let limit = self.start.addr() + SIZE;
            // SAFETY: the arena reaches up to `limit`.
            unsafe { self.blocks.alloc(layout(size), |end| end <= limit) }
        }

        unsafe fn grow(&mut self, block: *mut u8, old: usize, size: usize) -> *mut u8 {
            let limit = self.start.addr() + SIZE;
            // SAFETY: the arena reaches up to `limit`, and the caller guarantees the rest.
            unsafe { self.blocks.grow(block, layout(old), size, |end| end <= limit) }
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
            // SAFETY: the block has that size.
            unsafe { block.write_bytes(0xFF, size) };
            ends.push((block as usize, block as usize + size));
        }
        ends.sort_unstable();
        assert!(ends.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{ends:?}");
    }

    #[test]
    fn each_block_size_has_its_own_list_and_wastes_at_most_an_eighth() {
        let mut blocks = Blocks::new(null_mut());
        let mut lists = std::collections::HashMap::new();
        // Miri takes a second for a hundred sizes.
        let step = if cfg!(miri) { 23 } else { 1 };
        for bytes in (1..5_000).step_by(step).chain([1 << 20, (1 << 20) + 1, (1 << 30) - 1, 1 << 30]) {
            let size = block_size(bytes);
            assert!(size >= bytes && size.is_multiple_of(MIN_BLOCK), "{bytes} in {size}");
            assert!(size - bytes < MIN_BLOCK.max(bytes / 8 + 1), "{bytes} in {size}");
            assert_eq!(block_size(size), size);
            let list: *const _ = blocks.list(layout(bytes)).unwrap();
            assert_eq!(*lists.entry(list).or_insert(size), size, "two sizes in a list");
        }
    }

    #[test]
    fn a_free_block_is_used_again_for_its_own_size_only() {
        let mut test = Test::new();
        let first = test.alloc(97);
        let second = test.alloc(128);
        // SAFETY: both blocks are from `alloc` with these layouts, and are not used any more.
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
    fn the_last_block_grows_in_place_and_any_other_block_moves() {
        let mut test = Test::new();
        let first = test.alloc(64);
        // SAFETY: all blocks are from this test, with these sizes.
        unsafe {
            first.write_bytes(7, 64);
            assert_eq!(test.grow(first, 64, 1_024), first);
            assert_eq!(test.alloc(64), first.add(1_024));
            let moved = test.grow(first, 1_024, 2_048);
            assert_eq!(moved, first.add(1_024 + 64));
            assert_eq!(std::slice::from_raw_parts(moved, 64), [7; 64]);
            assert_eq!(test.alloc(1_000), first);
            // A block that cannot grow stays unchanged.
            assert!(test.grow(moved, 2_048, 2 * SIZE).is_null());
            assert!(test.grow(first, 1_024, 2 * SIZE).is_null());
            assert_eq!(test.grow(moved, 2_048, 3_072), moved);
            assert_eq!(std::slice::from_raw_parts(moved, 64), [7; 64]);
            assert_eq!(test.alloc(1), moved.add(3_072));
        }
    }

    #[test]
    fn the_last_block_moves_to_a_free_block_of_the_right_size() {
        let mut test = Test::new();
        let free = test.alloc(1_024);
        let last = test.alloc(64);
        // SAFETY: all blocks are from this test, with these sizes.
        unsafe {
            last.write_bytes(7, 64);
            test.blocks.dealloc(free, layout(1_024));
            assert_eq!(test.grow(last, 64, 1_000), free);
            assert_eq!(std::slice::from_raw_parts(free, 64), [7; 64]);
            assert_eq!(test.alloc(64), last);
        }
    }

    #[test]
    fn an_allocation_that_does_not_fit_returns_null() {
        let mut test = Test::new();
        assert!(test.alloc(SIZE + 1).is_null());
        assert!(test.alloc(isize::MAX as usize - 7).is_null());
        assert_eq!(test.alloc(SIZE), test.start);
        assert!(test.alloc(1).is_null());
        let page = Layout::from_size_align(16, 4096).unwrap();
        // SAFETY: the allocation fails, so that no memory is used.
        assert!(unsafe { Test::new().blocks.alloc(page, |_| true) }.is_null());
    }
}
