//! What a terminal is told when a signal ends or stops the program: from the handler itself, since a program that hangs in a
//! write(2) asks no flag. signal-hook can tell neither whether a signal was ignored before, nor take the first of two answers.

use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;

/// The signals that end or stop a program unless it does something about them, as GNU ls lists them (`signal_setup` in ls.c).
const SIGNALS: [libc::c_int; 12] = [
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
];

static LAST_WORDS: OnceLock<Box<[u8]>> = OnceLock::new();

/// From now on, standard output gets `words` before a signal ends or stops the program. Signals that are ignored stay ignored.
/// The first call counts, later ones do nothing.
///
/// # Errors
/// sigaction(2)'s.
pub fn last_words(words: &[u8]) -> io::Result<()> {
    if LAST_WORDS.set(words.into()).is_err() {
        return Ok(());
    }
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY:
    // - All zeroes is a valid sigaction: no handler, no flags, some mask.
    let action = unsafe { action.assume_init_mut() };
    action.sa_sigaction = speak as extern "C" fn(libc::c_int) as libc::sighandler_t;
    action.sa_flags = libc::SA_RESTART;
    // SAFETY:
    // - The set lives through the calls, which fail only for signals that do not exist.
    unsafe {
        libc::sigemptyset(&raw mut action.sa_mask);
        SIGNALS.iter().for_each(|&signal| _ = libc::sigaddset(&raw mut action.sa_mask, signal));
    }
    for signal in SIGNALS {
        let mut before = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY:
        // - `action` and `before` live through the calls; a null pointer is allowed for either.
        // - The handler makes only async-signal-safe calls, and leaves errno as it was.
        let failed = unsafe {
            libc::sigaction(signal, ptr::null(), before.as_mut_ptr()) != 0
                || before.assume_init_ref().sa_sigaction != libc::SIG_IGN
                    && libc::sigaction(signal, action, ptr::null_mut()) != 0
        };
        if failed {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
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
