//! `fts(3)`, which neither the libc crate nor a crate that builds everywhere declares.

use rustix::io::Errno;
use std::ffi::{CStr, c_char, c_int, c_long, c_short, c_ushort, c_void};
use std::marker::{PhantomData, PhantomPinned};
use std::ptr::{self, NonNull};

/// What is looked up by lstat(2). Links are never followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stats {
    /// Every entry.
    All,
    /// What must be, to know directories (`FTS_NOSTAT`); no answer is kept.
    Unkept,
}

const FTS_PHYSICAL: c_int = 0x0010;
const FTS_NOSTAT: c_int = 0x0008;

/// `FTSENT` of glibc's fts.h, on 64-bit targets, where `fts64_open` and `fts_open` are one.
#[repr(C)]
struct Ent {
    cycle: *mut Ent,
    parent: *mut Ent,
    link: *mut Ent,
    number: c_long,
    pointer: *mut c_void,
    accpath: *mut c_char,
    path: *mut c_char,
    errno: c_int,
    symfd: c_int,
    pathlen: c_ushort,
    namelen: c_ushort,
    ino: libc::ino64_t,
    dev: libc::dev_t,
    nlink: libc::nlink_t,
    level: c_short,
    info: c_ushort,
    flags: c_ushort,
    instr: c_ushort,
    statp: *mut libc::stat64,
    name: [c_char; 1],
}

/// An opaque `FTS`.
#[repr(C)]
struct Fts {
    _opaque: [u8; 0],
    _pinned: PhantomData<(*mut u8, PhantomPinned)>,
}

unsafe extern "C" {
    fn fts64_open(
        paths: *const *mut c_char,
        options: c_int,
        compare: Option<unsafe extern "C" fn() -> c_int>,
    ) -> *mut Fts;
    fn fts64_read(fts: *mut Fts) -> *mut Ent;
    fn fts64_close(fts: *mut Fts) -> c_int;
}

/// What fts says of an entry (`fts_info`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Info {
    /// A directory, before its entries.
    Directory,
    /// A directory, after its entries.
    DirectoryAgain,
    /// A directory that could not be read.
    UnreadableDirectory,
    /// A directory that is its own ancestor.
    Cycle,
    /// lstat failed, or the walk itself did.
    Failed,
    /// Not a directory, and not looked up ([`Stats::Unkept`]).
    NotStatted,
    /// Not a directory, and looked up.
    Other,
}

/// A field of the entry behind an [`Entry`], read in place.
macro_rules! field {
    ($entry:ident.$field:ident) => {
        // SAFETY: fts keeps the entry alive and unchanged until the next read, which needs the walk that `$entry` borrows
        // mutably; the field is aligned, and one that fts has written: `fts_alloc` and `fts_build` write info, level, both
        // paths' and names' lengths and errno of each entry, and whoever asks for another says why.
        unsafe { (*$entry.ent.as_ptr()).$field }
    };
}

/// One entry, valid until the next read.
pub struct Entry<'a> {
    // A raw pointer, since the name runs on past the end of the declared struct, where no reference to it may reach.
    ent: NonNull<Ent>,
    stats: Stats,
    walk: PhantomData<&'a mut Walk>,
}

impl Entry<'_> {
    /// What it is.
    pub fn info(&self) -> Info {
        // fts.h: FTS_D 1, FTS_DC 2, FTS_DEFAULT 3, FTS_DNR 4, FTS_DOT 5, FTS_DP 6, FTS_ERR 7, FTS_F 8, FTS_INIT 9,
        // FTS_NS 10, FTS_NSOK 11, FTS_SL 12, FTS_SLNONE 13.
        match field!(self.info) {
            1 => Info::Directory,
            2 => Info::Cycle,
            4 => Info::UnreadableDirectory,
            6 => Info::DirectoryAgain,
            7 | 10 => Info::Failed,
            11 => Info::NotStatted,
            _ => Info::Other,
        }
    }

    /// 0 for the root.
    pub fn level(&self) -> usize {
        field!(self.level).max(0) as usize
    }

    /// The whole path, the root's own as the caller gave it in front.
    pub fn path(&self) -> &[u8] {
        let (path, length) = (field!(self.path), field!(self.pathlen));
        // SAFETY: fts keeps `fts_pathlen` bytes of path at `fts_path` until the next read, which needs the walk mutably.
        unsafe { std::slice::from_raw_parts(path.cast(), length.into()) }
    }

    /// The name alone.
    pub fn name(&self) -> &[u8] {
        let length = field!(self.namelen);
        // SAFETY: fts allocated the entry with room for `fts_namelen` + 1 bytes from `fts_name` on; the pointer comes from
        // fts's own, which reaches all of them, not from a reference to the declared array of one.
        unsafe { std::slice::from_raw_parts((&raw const (*self.ent.as_ptr()).name).cast(), length.into()) }
    }

    /// The error of an entry that failed.
    pub fn errno(&self) -> Errno {
        Errno::from_raw_os_error(field!(self.errno))
    }

    /// The inode number, of directories and of what was looked up: fts never writes `fts_ino` of anything else.
    pub fn ino(&self) -> Option<u64> {
        match self.info() {
            Info::Directory | Info::DirectoryAgain => Some(field!(self.ino)),
            _ => self.stat().map(|stat| stat.st_ino),
        }
    }

    /// lstat(2)'s answer, where one was asked for and given. A walk with [`Stats::Unkept`] has none.
    pub fn stat(&self) -> Option<&libc::stat64> {
        match (self.stats, self.info()) {
            // With FTS_NOSTAT fts looks up into a buffer of its own, and never writes `fts_statp`.
            (Stats::Unkept, _) | (_, Info::NotStatted | Info::Failed) => None,
            (Stats::All, _) => {
                let stat = field!(self.statp);
                // SAFETY: without FTS_NOSTAT fts points `fts_statp` behind each entry when it makes it, and for every info
                // but those above has filled that in. It stays until the next read, which needs the walk mutably.
                unsafe { stat.as_ref() }
            }
        }
    }
}

/// A walk in progress.
pub struct Walk {
    fts: NonNull<Fts>,
    stats: Stats,
}

impl Walk {
    /// Opens a walk of `root`. Without `FTS_NOCHDIR`, which is fts's own way, the process's working directory moves with
    /// the walk and comes back when this is dropped: only for processes of one thread.
    ///
    /// # Errors
    /// ENOENT for an empty path, ENOMEM. That there is no root is said by the first entry.
    pub fn open(root: &CStr, stats: Stats) -> Result<Self, Errno> {
        let options = match stats {
            Stats::All => FTS_PHYSICAL,
            Stats::Unkept => FTS_PHYSICAL | FTS_NOSTAT,
        };
        let paths = [root.as_ptr().cast_mut(), ptr::null_mut()];
        // SAFETY:
        // - `paths` is an array of C strings that ends with NULL; fts_open copies them and writes to none (fts(3)).
        // - No comparison function is asked for.
        let fts = unsafe { fts64_open(paths.as_ptr(), options, None) };
        NonNull::new(fts).map(|fts| Self { fts, stats }).ok_or_else(super::readdir::last_errno)
    }

    /// The next entry, or `None` at the end.
    #[allow(clippy::should_implement_trait)] // an entry borrows the walk until the next call
    pub fn next(&mut self) -> Option<Result<Entry<'_>, Errno>> {
        // SAFETY:
        // - `fts` is a live walk, and `&mut self` keeps every other call on it away.
        // - errno is this thread's own, cleared because NULL means both end and error.
        // - The entry lives until the next call, which needs `&mut self` again; nothing of ours writes to it.
        unsafe {
            *libc::__errno_location() = 0;
            match NonNull::new(fts64_read(self.fts.as_ptr())) {
                Some(ent) => Some(Ok(Entry { ent, stats: self.stats, walk: PhantomData })),
                None => match *libc::__errno_location() {
                    0 => None,
                    errno => Some(Err(Errno::from_raw_os_error(errno))),
                },
            }
        }
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        // SAFETY: `fts` is a live walk that nobody uses after this.
        unsafe { fts64_close(self.fts.as_ptr()) };
    }
}
