//! The numbers by which JavaScript names the caches.

use std::cell::Cell;
use std::mem::{ManuallyDrop, replace};
use std::num::NonZeroU32;

use crate::cache::Cache;
use crate::memory::{Array, leak};

/// A cache and its handle's state. When a cache is freed, this stays for the next one with the same handle; only what
/// the cache holds is given back.
struct Entry {
    cache: Cache,
    /// [`IN_USE`], or the next free handle, or 0 for the last of them.
    next_free: u32,
}

type Place = Option<&'static mut Entry>;

const IN_USE: u32 = u32::MAX;

thread_local! {
    /// The entry of each handle. None for handle 0, and while a call is at work on the cache. Never dropped, for a
    /// thread of WebAssembly never ends; a destructor would only make every access slower.
    static PLACES: Cell<ManuallyDrop<Array<Place>>> = const { Cell::new(ManuallyDrop::new(Array::new())) };
    /// The handle that was freed last, or 0.
    static FREE: Cell<u32> = const { Cell::new(0) };
    /// The largest handle so far.
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
    let opened = entry.cache.reset(true);
    entry.next_free = IN_USE;
    exchange(handle, Some(entry));
    if opened {
        return NonZeroU32::new(handle);
    }
    free(handle);
    None
}

/// Frees the cache of a handle, which is then free for another. Does nothing for a handle that is not in use.
pub fn free(handle: u32) {
    if let Some(entry) = take(handle) {
        entry.cache.reset(false);
        entry.next_free = FREE.try_with(|free| free.replace(handle)).unwrap_or(0);
        exchange(handle, Some(entry));
    }
}

/// Works on the cache of a handle; returns `absent` if there is none.
///
/// The cache is taken out of the table meanwhile. Should `work` trap after all, then this one cache is lost, and so is
/// its handle; but nothing is locked, and all other caches work as before.
#[inline(always)]
pub fn with<R>(handle: u32, absent: R, work: impl FnOnce(&mut Cache) -> R) -> R {
    let Some(entry) = take(handle) else { return absent };
    let result = work(&mut entry.cache);
    exchange(handle, Some(entry));
    result
}

#[inline(never)]
fn take(handle: u32) -> Place {
    let entry = exchange(handle, None)?;
    if entry.next_free == IN_USE {
        return Some(entry);
    }
    exchange(handle, Some(entry));
    None
}

/// Puts an entry, or none, into the place of a handle, and returns what was there.
#[inline(never)]
fn exchange(handle: u32, entry: Place) -> Place {
    with_places(|places| replace(places.get_mut(handle as usize)?, entry))?
}

fn new_entry(handle: u32) -> Place {
    let reserved = with_places(|places| places.reserve(handle.wrapping_mul(2), || None))?;
    if reserved { leak(Entry { cache: Cache::NEW, next_free: 0 }) } else { None }
}

fn with_places<R>(work: impl FnOnce(&mut Array<Place>) -> R) -> Option<R> {
    let access = PLACES.try_with(|cell| {
        let mut places = cell.replace(ManuallyDrop::new(Array::new()));
        let result = work(&mut places);
        cell.set(places);
        result
    });
    access.ok()
}
