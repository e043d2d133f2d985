//! A child process held between fork and exec, until whoever watches it is ready.
//!
//! So nothing of it is missed, and nothing of us counted: a counter that starts at exec, and a tracer that waits for it, see
//! the same calls. A child stopped by a signal would do as well, but `Command::spawn` returns only after exec: it runs in a
//! thread of its own here.
//!
//! The child executes its program itself and says so where it cannot: std would wait for a child whose exec failed, and
//! panics where a tracer has waited for it before.

use rustix::process::Pid;
use std::ffi::{CString, OsStr, c_char};
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// A child that waits. Dropped, it ends without executing anything.
pub struct Held {
    pid: Pid,
    go: PipeWriter,
    /// Holds the errno of an exec that failed; ends empty where it did not.
    failed: PipeReader,
    spawned: Receiver<io::Result<Child>>,
    parent: Sender<()>,
}

/// A child that runs.
pub struct Started {
    /// The process.
    pub child: Child,
    /// Keeps the thread that forked the child: a child may ask to die with it (`PR_SET_PDEATHSIG`).
    _parent: Sender<()>,
}

/// What execvp(3) takes: a program's arguments, its name first.
struct Arguments {
    /// Ends with NULL. It points into `_owned`.
    pointers: Vec<*const c_char>,
    _owned: Vec<CString>,
}

// SAFETY:
// - The pointers are to the heap memory of `_owned`, which moves with them and is never changed.
unsafe impl Send for Arguments {}
// SAFETY: the same; a shared reference only reads.
unsafe impl Sync for Arguments {}

impl Arguments {
    fn of(command: &Command) -> io::Result<Self> {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let owned = words.map(|word: &OsStr| CString::new(word.as_bytes())).collect::<Result<Vec<_>, _>>()?;
        let pointers = owned.iter().map(|word| word.as_ptr()).chain([std::ptr::null()]).collect();
        Ok(Self { pointers, _owned: owned })
    }
}

impl Held {
    /// Forks a child that will execute `command`, in the environment that this process has.
    ///
    /// # Errors
    /// fork(2)'s, pthread_create(3)'s and pipe(2)'s, or a NUL in an argument.
    pub fn new(mut command: Command) -> io::Result<Self> {
        let (mut pids, pid) = io::pipe()?;
        let (gone, go) = io::pipe()?;
        let (failed, failure) = io::pipe()?;
        let arguments = Arguments::of(&command)?;
        let own_go = go.as_raw_fd();
        // SAFETY:
        // - Between fork and exec the closure only writes to pipes, closes a descriptor, reads from a pipe, executes and
        //   exits: calls that are safe after a fork of a program with threads. It allocates nothing: an io::Error of an
        //   errno is a plain value.
        // - `arguments` holds strings that end with NUL, and a NULL after the last, for as long as the closure lives.
        // - `own_go` is the child's copy of a descriptor whose owner lives in the parent: nobody in the child uses it.
        unsafe {
            command.pre_exec(move || {
                (&pid).write_all(&std::process::id().to_ne_bytes())?;
                libc::close(own_go);
                if (&gone).read(&mut [0])? == 0 {
                    // Nobody is left who would let it go.
                    return Err(io::Error::from_raw_os_error(libc::EPIPE));
                }
                let arguments = &arguments;
                libc::execvp(arguments.pointers[0], arguments.pointers.as_ptr());
                let errno = io::Error::last_os_error().raw_os_error().unwrap_or(libc::ENOEXEC);
                let _ = (&failure).write_all(&errno.to_ne_bytes());
                libc::_exit(127)
            });
        }
        let (parent, orphaned) = channel::<()>();
        let (spawning, spawned) = channel();
        let spawn = move || {
            let child = command.spawn();
            // It owns the other end of `pids`, which must not wait for a child that could not be forked.
            drop(command);
            if spawning.send(child).is_ok() {
                // An error: nothing is ever sent, and this thread stays until the sender is gone.
                let _ = orphaned.recv();
            }
        };
        thread::Builder::new().spawn(spawn).map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("no thread can be started to fork from: {}", crate::error::reason(&error)),
            )
        })?;
        let mut bytes = [0; 4];
        if pids.read_exact(&mut bytes).is_err() {
            let why = spawned.recv().map(Result::err).ok().flatten();
            return Err(why.unwrap_or_else(|| io::Error::other("the child did not wait")));
        }
        let pid = i32::try_from(u32::from_ne_bytes(bytes)).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| io::Error::other("the child has no process id"))?;
        Ok(Self { pid, go, failed, spawned, parent })
    }

    /// The child's process id: it has one thread, and waits.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Lets the child execute its program.
    ///
    /// # Errors
    /// execve(2)'s: there is no such program, or it may not be executed.
    pub fn release(mut self) -> io::Result<Started> {
        self.go.write_all(b"!")?;
        let mut child = self.spawned.recv().map_err(io::Error::other)??;
        let mut errno = [0; 4];
        if self.failed.read_exact(&mut errno).is_ok() {
            // Unless its tracer has done it.
            let _ = child.wait();
            return Err(io::Error::from_raw_os_error(i32::from_ne_bytes(errno)));
        }
        Ok(Started { child, _parent: self.parent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Stdio;

    #[test]
    fn a_held_child_does_nothing_until_it_is_released() {
        let mut command = Command::new("echo");
        command.arg("hello").stdout(Stdio::piped());
        let held = Held::new(command).unwrap();
        let exe = format!("/proc/{}/exe", held.pid().as_raw_nonzero());
        assert_eq!(std::fs::read_link(exe).unwrap(), std::env::current_exe().unwrap());
        let started = held.release().unwrap();
        assert_eq!(started.child.wait_with_output().unwrap().stdout, b"hello\n");
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        let held = Held::new(Command::new("/nonexistent/program")).unwrap();
        assert_eq!(held.release().err().unwrap().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_child_that_is_never_released_ends() {
        let held = Held::new(Command::new("true")).unwrap();
        let folder = format!("/proc/{}", held.pid().as_raw_nonzero());
        let Held { go, spawned, .. } = held;
        drop(go);
        assert_eq!(spawned.recv().unwrap().err().unwrap().kind(), io::ErrorKind::BrokenPipe);
        assert!(!std::path::Path::new(&folder).exists());
    }
}
