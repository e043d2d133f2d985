//! Ends the program with a message and a status when memory is exhausted, as `ls` does; Rust would abort.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::CStr;
use std::sync::OnceLock;

/// How the program ends.
struct End {
    program: Box<[u8]>,
    text: fn() -> &'static CStr,
    status: u8,
}

static END: OnceLock<End> = OnceLock::new();

/// From now on, a program whose allocator is [`Ending`] ends when memory is exhausted: `program` and what `text`
/// answers go to standard error, and `status` is its exit status. The first call counts.
pub fn end_when_exhausted(program: &[u8], text: fn() -> &'static CStr, status: u8) {
    let _ = END.set(End { program: program.into(), text, status });
}

/// The system's allocator, with an end of its own.
#[derive(Debug, Clone, Copy)]
pub struct Ending;

// SAFETY: it is the system's, but that it may not return.
unsafe impl GlobalAlloc for Ending {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's obligations are the system's.
        or_end(unsafe { System.alloc(layout) })
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's obligations are the system's.
        or_end(unsafe { System.alloc_zeroed(layout) })
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        // SAFETY: the caller's obligations are the system's.
        or_end(unsafe { System.realloc(block, layout, bytes) })
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's obligations are the system's.
        unsafe { System.dealloc(block, layout) }
    }
}

#[inline]
fn or_end(block: *mut u8) -> *mut u8 {
    if block.is_null() {
        end();
    }
    block
}

#[cold]
fn end() {
    let Some(End { program, text, status }) = END.get() else { return };
    for piece in [program, b": ".as_slice(), text().to_bytes(), b"\n"] {
        // SAFETY: the bytes live through the call. Nobody may be listening there.
        let _ = unsafe { libc::write(libc::STDERR_FILENO, piece.as_ptr().cast(), piece.len()) };
    }
    // SAFETY: it ends the process, and runs nothing that could want memory.
    unsafe { libc::_exit(i32::from(*status)) }
}
