//! Catches the signals that ask the program to end; and writes last words to the terminal when a signal ends or stops
//! it.
//!
//! The crate signal-hook can tell neither whether a signal was ignored before, nor when the one before came, nor let a
//! handler write: a program that hangs in a write(2) asks no flag.

use std::io::{self, PipeReader, PipeWriter};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, Ordering};

/// The signals that ask a program to end.
const ENDING: [libc::c_int; 4] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT];

/// A second signal is a second wish only after so many milliseconds: a terminal that is closed sends SIGHUP from the
/// kernel and from its shell, and sudo passes on what the program has got itself.
const SECOND_WISH_MS: i64 = 200;

static PIPE: OnceLock<(PipeReader, PipeWriter)> = OnceLock::new();
static FLAG: AtomicBool = AtomicBool::new(false);
static SIGNAL: AtomicI32 = AtomicI32::new(0);
static FIRST_MS: AtomicI64 = AtomicI64::new(0);

/// Whether a signal has asked the program to end.
pub(crate) struct Asked {
    reader: &'static PipeReader,
}

impl Asked {
    /// Raised when one has.
    pub(crate) fn flag(&self) -> &AtomicBool {
        &FLAG
    }

    /// Which was the first; 0 if none.
    pub(crate) fn signal(&self) -> libc::c_int {
        SIGNAL.load(Ordering::Acquire)
    }

    /// Whether a signal has asked, in a program that catches none: never.
    #[cfg(test)]
    pub(crate) fn never() -> io::Result<Self> {
        Ok(Self { reader: pipe()? })
    }

    /// Readable when one has.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}

/// From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT raise a flag; a second one ends the program at once, without a
/// destructor. SIGXFSZ does nothing, so that a write past a file's size limit is an error (EFBIG). Signals that are
/// ignored stay ignored; programs that are executed get the usual actions back, as always with handlers.
///
/// # Errors
/// pipe(2)'s and sigaction(2)'s.
pub(crate) fn ask_to_end() -> io::Result<Asked> {
    let reader = pipe()?;
    for signal in ENDING {
        handle(signal, wish, &ENDING)?;
    }
    handle(libc::SIGXFSZ, nothing, &[])?;
    Ok(Asked { reader })
}

fn pipe() -> io::Result<&'static PipeReader> {
    if PIPE.get().is_none() {
        let _ = PIPE.set(io::pipe()?);
    }
    let (reader, _) = PIPE.get().ok_or(io::ErrorKind::NotFound)?;
    Ok(reader)
}

extern "C" fn nothing(_: libc::c_int) {}

extern "C" fn wish(signal: libc::c_int) {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY:
    // - clock_gettime, write and _exit are async-signal-safe (signal-safety(7)), atomics are lock-free on every Linux,
    //   and `OnceLock::get` is one atomic load.
    // - `now` lives through the call; the byte that is written is static, and the pipe lives as long as the program.
    // - `__errno_location` answers this thread's errno, which the interrupted code finds unchanged.
    unsafe {
        let errno = *libc::__errno_location();
        libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now);
        let now_ms = (now.tv_sec * 1000 + now.tv_nsec / 1_000_000).max(1);
        match FIRST_MS.compare_exchange(0, now_ms, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                SIGNAL.store(signal, Ordering::Release);
                FLAG.store(true, Ordering::Release);
                if let Some((_, writer)) = PIPE.get() {
                    libc::write(writer.as_raw_fd(), b"!".as_ptr().cast(), 1);
                }
            }
            Err(first_ms) if now_ms - first_ms >= SECOND_WISH_MS => libc::_exit(128 + signal),
            Err(_) => {}
        }
        *libc::__errno_location() = errno;
    }
}

/// Gives `signal` a handler, unless it is ignored; `blocked` signals wait while it runs.
fn handle(signal: libc::c_int, handler: extern "C" fn(libc::c_int), blocked: &[libc::c_int]) -> io::Result<()> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    let mut before = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY:
    // - All zeroes is a valid sigaction: no handler, no flags, some mask.
    // - The actions and the mask live through the calls; a null pointer is allowed for either action.
    // - Handlers make only async-signal-safe calls, and leave errno as it was: `nothing`, `wish`, `speak`.
    let failed = unsafe {
        let action = action.assume_init_mut();
        action.sa_sigaction = handler as libc::sighandler_t;
        action.sa_flags = libc::SA_RESTART;
        libc::sigemptyset(&raw mut action.sa_mask);
        blocked.iter().for_each(|&signal| _ = libc::sigaddset(&raw mut action.sa_mask, signal));
        libc::sigaction(signal, ptr::null(), before.as_mut_ptr()) != 0
            || before.assume_init_ref().sa_sigaction != libc::SIG_IGN
                && libc::sigaction(signal, action, ptr::null_mut()) != 0
    };
    if failed { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// The signals that end or stop a program unless it does something about them, as GNU ls lists them (`term-sig.h`).
const SIGNALS: [libc::c_int; 22] = [
    libc::SIGTSTP,
    libc::SIGALRM,
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGPIPE,
    libc::SIGQUIT,
    libc::SIGTERM,
    libc::SIGPOLL,
    libc::SIGPROF,
    libc::SIGVTALRM,
    libc::SIGXCPU,
    libc::SIGXFSZ,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGILL,
    libc::SIGTRAP,
    libc::SIGABRT,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGSEGV,
    libc::SIGSYS,
    libc::SIGPWR,
];

static LAST_WORDS: OnceLock<Box<[u8]>> = OnceLock::new();

/// From now on, standard output gets `words` before a signal ends or stops the program. Signals that are ignored stay
/// ignored. The first call counts, later ones do nothing.
///
/// # Errors
/// sigaction(2)'s.
pub(crate) fn last_words(words: &[u8]) -> io::Result<()> {
    if LAST_WORDS.set(words.into()).is_err() {
        return Ok(());
    }
    SIGNALS.iter().try_for_each(|&signal| handle(signal, speak, &SIGNALS))
}

/// Says the last words, then lets the signal do what it does where nobody catches it.
extern "C" fn speak(signal: libc::c_int) {
    let mut words = LAST_WORDS.get().map_or(&[][..], |words| words);
    // SAFETY:
    // - write, signal and raise are async-signal-safe (signal-safety(7)), and `OnceLock::get` is one atomic load.
    // - `words` was set before the handler was, lives as long as the program, and the length is what is left of it.
    // - `__errno_location` answers this thread's errno, which the interrupted code finds unchanged.
    unsafe {
        let errno = *libc::__errno_location();
        while let written @ 1.. = libc::write(libc::STDOUT_FILENO, words.as_ptr().cast(), words.len()) {
            words = words.get(usize::try_from(written).unwrap_or(0)..).unwrap_or_default();
        }
        if signal == libc::SIGTSTP {
            // SIGSTOP cannot be caught: it stops here, and goes on here.
            libc::raise(libc::SIGSTOP);
        } else {
            // Blocked while the handler runs: it ends the program when the handler returns.
            libc::signal(signal, libc::SIG_DFL);
            libc::raise(signal);
        }
        *libc::__errno_location() = errno;
    }
}
