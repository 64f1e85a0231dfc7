//! The caches by their handles, the numbers by which JavaScript names them.

use std::cell::Cell;
use std::mem::{ManuallyDrop, replace};
use std::num::NonZeroU32;

use crate::memory::{Array, LinearMemory, leak};
use crate::policy::{NEW_POLICY, Policy};

/// A cache of this module.
pub type Cache = holdfast_core::Cache<Policy, LinearMemory>;

/// A cache and the state of its handle. When a cache is freed, its entry stays for the next cache with that handle; only
/// the memory for records is freed.
struct Entry {
    cache: Cache,
    /// [`IN_USE`], the next free handle, or 0 for the last free handle.
    next_free: u32,
}

/// A cache without memory. As a constant it is copied as a whole, in less code than field by field.
const CLOSED: Cache = Cache::new(NEW_POLICY);

type OptionalEntry = Option<&'static mut Entry>;

const IN_USE: u32 = u32::MAX;

thread_local! {
    /// The entry of each handle. `None` for handle 0, and during a call that works on the cache. Never dropped: a
    /// thread of WebAssembly never ends, and a destructor would make every access slower.
    static ENTRIES: Cell<ManuallyDrop<Array<OptionalEntry>>> = const { Cell::new(ManuallyDrop::new(Array::new())) };
    /// The handle that was freed last, or 0. Its entry has the one that was freed before it.
    static FREE: Cell<u32> = const { Cell::new(0) };
    /// The largest handle that was ever in use.
    static LAST: Cell<u32> = const { Cell::new(0) };
}

/// Creates a cache and returns its handle. `None` if there is no memory.
pub fn create() -> Option<NonZeroU32> {
    let mut handle = FREE.try_with(Cell::get).ok()?;
    let entry = match exchange(handle, None) {
        Some(entry) => {
            FREE.try_with(|free| free.set(entry.next_free)).ok()?;
            entry
        }
        None => {
            handle = LAST.try_with(Cell::get).ok()?.wrapping_add(1);
            let entry = new_entry(handle)?;
            LAST.try_with(|last| last.set(handle)).ok()?;
            entry
        }
    };
    let opened = entry.cache.open();
    entry.next_free = IN_USE;
    exchange(handle, Some(entry));
    if opened {
        return NonZeroU32::new(handle);
    }
    free(handle);
    None
}

/// Frees a cache. Another cache may get its handle. Does nothing for a handle that is not in use.
pub fn free(handle: u32) {
    if let Some(entry) = take(handle) {
        close(&mut entry.cache);
        entry.next_free = FREE.try_with(|free| free.replace(handle)).unwrap_or(0);
        exchange(handle, Some(entry));
    }
}

/// Forgets all entries of a cache and frees its memory. It has to be opened again.
#[inline(never)]
pub fn close(cache: &mut Cache) {
    *cache = CLOSED;
}

/// Calls `work` with the cache of a handle. Returns `absent` if there is none.
///
/// The cache is not in the table during the call. If `work` traps, this cache and its handle are lost, but nothing stays
/// locked and all other caches work as before.
#[inline(always)]
pub fn with<R>(handle: u32, absent: R, work: impl FnOnce(&mut Cache) -> R) -> R {
    let Some(entry) = take(handle) else { return absent };
    let result = work(&mut entry.cache);
    exchange(handle, Some(entry));
    result
}

#[inline(never)]
fn take(handle: u32) -> OptionalEntry {
    let entry = exchange(handle, None)?;
    if entry.next_free == IN_USE {
        return Some(entry);
    }
    exchange(handle, Some(entry));
    None
}

/// Replaces the entry of a handle, and returns the one that was there.
#[inline(never)]
fn exchange(handle: u32, entry: OptionalEntry) -> OptionalEntry {
    with_entries(|entries| replace(entries.get_mut(handle as usize)?, entry))?
}

fn new_entry(handle: u32) -> OptionalEntry {
    let grown = with_entries(|entries| entries.grow(handle.wrapping_mul(2), || None))?;
    if grown { leak(const { Entry { cache: CLOSED, next_free: 0 } }) } else { None }
}

fn with_entries<R>(work: impl FnOnce(&mut Array<OptionalEntry>) -> R) -> Option<R> {
    let access = ENTRIES.try_with(|cell| {
        let mut entries = cell.replace(ManuallyDrop::new(Array::new()));
        let result = work(&mut entries);
        cell.set(entries);
        result
    });
    access.ok()
}
