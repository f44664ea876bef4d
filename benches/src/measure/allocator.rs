//! Counts what the calling thread allocates.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, and two numbers.
pub(crate) struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static LIVE_BYTES: Cell<i64> = const { Cell::new(0) };
    static ALLOCATIONS: Cell<i64> = const { Cell::new(0) };
}

/// How many bytes the calling thread has allocated more than it has freed.
pub(crate) fn live_bytes() -> i64 {
    LIVE_BYTES.get()
}

/// How often the calling thread has allocated or grown memory.
pub(crate) fn allocations() -> i64 {
    ALLOCATIONS.get()
}

fn count(allocations: i64, bytes: i64) {
    ALLOCATIONS.set(ALLOCATIONS.get() + allocations);
    LIVE_BYTES.set(LIVE_BYTES.get() + bytes);
}

fn size(layout: Layout) -> i64 {
    layout.size() as i64
}

// SAFETY: every call goes on to the system's allocator as it came. The counters are thread-locals without a destructor and with
// a constant initial value, so that touching them neither allocates nor panics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, size(layout));
        // SAFETY: the caller keeps this method's contract, which is the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(1, size(layout));
        // SAFETY: the caller keeps this method's contract, which is the system allocator's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, -size(layout));
        // SAFETY: the pointer came from the system's allocator, since all pointers here do, and with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(1, new_size as i64 - size(layout));
        // SAFETY: the pointer came from the system's allocator, since all pointers here do, and with this layout.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}
