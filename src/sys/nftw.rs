//! `nftw(3)`, which passes no user pointer: the visitor waits in a thread-local while the walk runs.

use rustix::io::Errno;
use std::any::Any;
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;

/// What the walk found.
pub(crate) struct Visit<'a> {
    /// The path, the root's own as the caller gave it in front.
    pub path: &'a CStr,
    /// Where the last component starts, in bytes.
    pub base: usize,
    /// 0 for the root itself.
    pub level: usize,
    /// What it is or why it is not known.
    pub what: What<'a>,
}

/// nftw's type flag.
#[derive(Clone, Copy)]
pub(crate) enum What<'a> {
    /// It was looked up by lstat(2), which answered this.
    Known(&'a libc::stat64),
    /// A directory that could not be opened, and what lstat(2) answered.
    UnreadableDirectory(&'a libc::stat64),
    /// lstat failed.
    NoStat,
}

type Visitor<'a> = &'a mut dyn FnMut(Visit<'_>) -> ControlFlow<()>;

/// A walk's state, on the caller's stack for as long as nftw runs.
struct State<'a> {
    visitor: Visitor<'a>,
    panic: Option<Box<dyn Any + Send>>,
}

thread_local! {
    static STATE: Cell<*mut ()> = const { Cell::new(ptr::null_mut()) };
}

const FTW_DNR: c_int = 2;
const FTW_NS: c_int = 3;
const FTW_PHYS: c_int = 1;

/// `struct FTW` of ftw.h, which the libc crate leaves out.
#[repr(C)]
struct Ftw {
    base: c_int,
    level: c_int,
}

unsafe extern "C" {
    fn nftw64(
        path: *const c_char,
        visit: unsafe extern "C" fn(*const c_char, *const libc::stat64, c_int, *mut Ftw) -> c_int,
        descriptors: c_int,
        flags: c_int,
    ) -> c_int;
}

unsafe extern "C" fn visit(path: *const c_char, stat: *const libc::stat64, flag: c_int, ftw: *mut Ftw) -> c_int {
    // SAFETY:
    // - STATE points to the State of the `walk` call further up this very thread's stack, which waits for nftw; nftw
    //   calls back on the thread that called it and never while another callback runs, so this is the only reference.
    // - nftw passes a path that ends with NUL, a stat buffer and a struct FTW, all valid during the call (nftw(3)).
    // - The buffer is filled in unless the flag is FTW_NS: then no reference to it is made.
    let (state, visit) = unsafe {
        let state = &mut *STATE.get().cast::<State<'_>>();
        let what = match flag {
            FTW_DNR => What::UnreadableDirectory(&*stat),
            FTW_NS => What::NoStat,
            _ => What::Known(&*stat),
        };
        let found =
            Visit { path: CStr::from_ptr(path), base: (*ftw).base as usize, level: (*ftw).level as usize, what };
        (state, found)
    };
    // A panic may not cross nftw's C frames: it is carried around them.
    match catch_unwind(AssertUnwindSafe(|| (state.visitor)(visit))) {
        Ok(ControlFlow::Continue(())) => 0,
        Ok(ControlFlow::Break(())) => 1,
        Err(panic) => {
            state.panic = Some(panic);
            1
        }
    }
}

/// Walks the tree at `root`, links not followed, the root itself first, holding at most `descriptors` directories open.
/// A `Break` from the visitor ends the walk early, without an error.
pub(crate) fn walk(root: &CStr, descriptors: u16, visitor: Visitor<'_>) -> Result<(), Errno> {
    let mut state = State { visitor, panic: None };
    // A visitor may itself walk: the outer walk's state comes back when this one ends.
    let outer = STATE.replace((&raw mut state).cast());
    // SAFETY:
    // - `root` ends with NUL; `visit` has the signature that ftw.h declares for 64-bit offsets.
    // - `state` outlives the call, and STATE points to it until the call is over.
    let answer = unsafe { nftw64(root.as_ptr(), visit, c_int::from(descriptors), FTW_PHYS) };
    STATE.set(outer);
    if let Some(panic) = state.panic {
        resume_unwind(panic);
    }
    match answer {
        -1 => Err(super::readdir::last_errno()),
        _ => Ok(()),
    }
}
