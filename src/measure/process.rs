//! Worker processes, our end: starts one, asks, waits for the answer or a signal, ends it when dropped.

use super::programs::{is_script, runnable};
use super::protocol::{Answer, Request};
use crate::error::{Error, reason};
use crate::escape;
use crate::interrupt::{Interrupt, Interrupted};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, fstat};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The variable that makes a process's environment larger.
const OFFSET: &str = "FSBENCH_OFFSET";

/// Bytes by which the environments of two samples differ at most: a page, after which the stack's alignment to cache
/// sets and pages repeats.
const MOST_OFFSET: usize = 4096;

/// Gives each process an environment of its own size.
///
/// The environment lies above the stack, so its size shifts everything on it, and with it what falls into one cache set
/// or page (Mytkowicz and others, Producing wrong data without doing anything obviously wrong, 2009). A random offset
/// for each sample makes a bias of that kind part of the spread that the interval shows.
pub struct Offsets(ChaCha8Rng);

impl Offsets {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Makes the environment of `command` as large as the next process's is to be.
    pub(super) fn shift(&mut self, command: &mut Command) {
        command.env(OFFSET, "x".repeat(self.0.random_range(0..MOST_OFFSET)));
    }
}

/// How a worker is started, and how long it serves.
#[derive(Debug, Clone)]
pub struct Program {
    /// Where the program lies, for messages.
    pub path: PathBuf,
    /// What is started: the file at the path, or the one that was there.
    image: Image,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// When one of its processes makes room for the next.
    pub renewal: Renewal,
}

/// What a worker is started from.
#[derive(Debug, Clone)]
enum Image {
    /// The file that is at the path at that time.
    AtPath,
    /// A file that was opened once. A build may put another program in its place: all samples are of this one.
    Open {
        file: Arc<OwnedFd>,
        /// Its size and the time of its last change then.
        stamp: Stamp,
    },
}

type Stamp = (i64, i64, u64);

fn stamp(file: &OwnedFd) -> io::Result<Stamp> {
    let stat = fstat(file)?;
    Ok((stat.st_size, stat.st_mtime, stat.st_mtime_nsec))
}

impl PartialEq for Program {
    fn eq(&self, other: &Self) -> bool {
        let of = |program: &Self| (program.path.clone(), program.arguments.clone(), program.renewal);
        of(self) == of(other)
    }
}

/// How long one process of a worker serves.
///
/// Two processes of one program that do the same differ: by where their pages lie, by the core they were put on. Over
/// 250 rounds of a 3 ms listing, pairs of processes of the same strategy differed by up to 2 %, and no number of rounds
/// makes that smaller. With a new process for each sample it becomes part of the spread that the interval shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// A new process for each sample.
    EachSample,
    /// One process for the whole session: a runtime that compiles as it goes would never get warm otherwise.
    Never,
}

impl Program {
    /// Another program, found at `path` each time that it is started: an interpreter, a compiled contestant.
    pub fn at(path: PathBuf, arguments: Vec<OsString>, renewal: Renewal) -> Self {
        Self { path, image: Image::AtPath, arguments, renewal }
    }

    /// The program at `path`, opened now and started from this descriptor ever after.
    ///
    /// # Errors
    /// open(2)'s; that it can't be run: see [`runnable`].
    pub fn opened(path: &Path, arguments: Vec<OsString>, renewal: Renewal) -> Result<Self, Error> {
        runnable(path)?;
        let close = if is_script(path) { OFlags::empty() } else { OFlags::CLOEXEC };
        let file = rustix::fs::open(path, OFlags::PATH | close, Mode::empty());
        let file = file.map_err(|errno| Error::new("open", path, errno))?;
        let stamp = stamp(&file).map_err(|error| Error::new("fstat", path, error))?;
        Ok(Self { path: path.to_owned(), image: Image::Open { file: Arc::new(file), stamp }, arguments, renewal })
    }

    /// `fsbench worker`, of the fsbench at `path`, opened now.
    ///
    /// # Errors
    /// As [`Program::opened`].
    pub fn fsbench(path: &Path) -> Result<Self, Error> {
        Self::opened(path, vec!["worker".into()], Renewal::EachSample)
    }

    /// `fsbench worker`, of the program that runs now.
    ///
    /// # Errors
    /// As [`Program::opened`]: where /proc is not mounted, ENOENT.
    pub fn running() -> Result<Self, Error> {
        let this = Self::fsbench(Path::new(OURSELVES))?;
        Ok(Self { path: std::env::current_exe().unwrap_or_else(|_| OURSELVES.into()), ..this })
    }

    /// What starts it.
    fn command(&self) -> io::Result<Command> {
        let file = match &self.image {
            Image::AtPath => self.path.clone(),
            // Something wrote into the file instead of replacing it.
            Image::Open { file, stamp: then } if stamp(file)? != *then => {
                return Err(io::Error::other("the program's file has changed since it was opened"));
            }
            // Resolved by the child, which has the descriptor, too.
            Image::Open { file, .. } => format!("/proc/self/fd/{}", file.as_raw_fd()).into(),
        };
        let mut command = Command::new(file);
        command.arg0(&self.path).args(&self.arguments);
        Ok(command)
    }
}

/// The program that runs, whatever is at its path by now.
pub const OURSELVES: &str = "/proc/self/exe";

/// How long an answer is waited for.
pub struct Patience<'p> {
    /// The signals that end it, if any does: what cleans up goes on.
    pub interrupt: Option<&'p Interrupt>,
    /// When a worker is given up, if ever.
    pub limit: Option<Duration>,
    /// Told now and then how long a worker has been silent.
    pub silent: &'p mut dyn FnMut(Duration),
}

impl Patience<'_> {
    /// # Errors
    /// When a signal came that ends it.
    pub(super) fn check(&self) -> Result<(), Interrupted> {
        self.interrupt.map_or(Ok(()), Interrupt::check)
    }
}

/// When a silent worker is first told; each further time after twice as long.
const SILENCE: Duration = Duration::from_secs(10);

/// How long to wait for a killed worker to end. One in an uninterruptible system call ends later, by itself.
const BURIAL: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// Bytes of one answer at most. The longest there is holds some 50,000 paths: see `difference`.
const MOST_ANSWER_BYTES: usize = 1 << 28;

/// How a line begins, in quotes, for a message.
fn start_of(line: &[u8]) -> String {
    const SHOWN: usize = 40;
    let text = String::from_utf8_lossy(&line[..line.len().min(SHOWN)]);
    let more = if line.len() > SHOWN { "..." } else { "" };
    format!("'{}{more}'", escape::Plain(text.trim_end_matches(['\r', '\n'])))
}

/// A worker process.
pub struct Worker {
    child: Child,
    requests: Option<ChildStdin>,
    answers: ChildStdout,
    /// What was read past the last answer.
    pending: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum NoAnswer {
    /// A signal asked us to end.
    Interrupted(Interrupted),
    /// The worker ended, or said what is no answer: in words.
    Broken(String),
}

impl Worker {
    /// Starts one. It dies with the calling thread at the latest.
    ///
    /// # Errors
    /// fork(2)'s and execve(2)'s.
    pub fn start(program: &Program) -> io::Result<Self> {
        Self::spawn(&mut program.command()?)
    }

    /// Starts one, in the environment that `offsets` has next.
    ///
    /// # Errors
    /// As [`Worker::start`].
    pub fn start_at(program: &Program, offsets: &mut Offsets) -> io::Result<Self> {
        let mut command = program.command()?;
        offsets.shift(&mut command);
        Self::spawn(&mut command)
    }

    fn spawn(command: &mut Command) -> io::Result<Self> {
        // A group of its own: a command that it runs ends with it.
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0).spawn()?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(requests), Some(answers)) => {
                Ok(Self { child, requests: Some(requests), answers, pending: Vec::new() })
            }
            _ => Err(io::Error::other("no pipe to the worker")),
        }
    }

    /// Its process id, if it could be one.
    pub fn pid(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }

    /// Asks, and waits for the answer however long it takes.
    ///
    /// # Errors
    /// When a signal comes first, or the worker breaks.
    pub fn ask(&mut self, request: &Request, interrupt: &Interrupt) -> Result<Answer, NoAnswer> {
        self.ask_patiently(request, &mut Patience { interrupt: Some(interrupt), limit: None, silent: &mut |_| () })
    }

    /// Asks, and waits for the answer as long as `patience` lasts.
    ///
    /// # Errors
    /// When a signal comes first, or the worker breaks, or it is silent for too long.
    pub fn ask_patiently(&mut self, request: &Request, patience: &mut Patience<'_>) -> Result<Answer, NoAnswer> {
        let mut line = escape::json_line(request).map_err(|error| NoAnswer::Broken(error.to_string()))?;
        line.push('\n');
        let written = self.requests.as_mut().map(|requests| requests.write_all(line.as_bytes()));
        if !matches!(written, Some(Ok(()))) {
            return Err(self.broken(patience));
        }
        let line = self.read_line(patience)?;
        serde_json::from_slice(&line).map_err(|error| {
            let why = error.to_string();
            // Of a name that is none, what would be one is a long list.
            let why = why.split(", expected one of").next().unwrap_or_default();
            NoAnswer::Broken(format!("the worker answered nonsense, {}: {why}", start_of(&line)))
        })
    }

    fn read_line(&mut self, patience: &mut Patience<'_>) -> Result<Vec<u8>, NoAnswer> {
        let (asked, mut told, mut searched) = (Instant::now(), SILENCE, 0);
        loop {
            if let Some(end) = self.pending[searched..].iter().position(|&byte| byte == b'\n') {
                let rest = self.pending.split_off(searched + end + 1);
                return Ok(std::mem::replace(&mut self.pending, rest));
            }
            searched = self.pending.len();
            let silent = asked.elapsed();
            if let Some(limit) = patience.limit.filter(|&limit| silent >= limit) {
                let seconds = limit.as_secs_f64();
                return Err(NoAnswer::Broken(format!("no answer within {seconds} s (--worker-timeout)")));
            }
            if silent >= told {
                (patience.silent)(silent);
                told *= 2;
            }
            let next = patience.limit.map_or(told, |limit| limit.min(told)).saturating_sub(silent);
            let next = Timespec::try_from(next).ok();
            let signal = patience.interrupt.map(Interrupt::fd);
            let mut waited = vec![PollFd::new(&self.answers, PollFlags::IN)];
            waited.extend(signal.as_ref().map(|signal| PollFd::new(signal, PollFlags::IN)));
            match poll(&mut waited, next.as_ref()) {
                Err(Errno::INTR) | Ok(_) => patience.check().map_err(NoAnswer::Interrupted)?,
                Err(errno) => return Err(NoAnswer::Broken(format!("poll: {}", reason(&errno.into())))),
            }
            if waited[0].revents().is_empty() {
                continue;
            }
            let mut chunk = [0; 1 << 16];
            match self.answers.read(&mut chunk) {
                Ok(0) => return Err(self.broken(patience)),
                Ok(_) if self.pending.len() > MOST_ANSWER_BYTES => {
                    let what = start_of(&self.pending);
                    return Err(NoAnswer::Broken(format!("the worker answered nonsense without end, {what}")));
                }
                Ok(length) => self.pending.extend_from_slice(&chunk[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(NoAnswer::Broken(format!("read from the worker: {}", reason(&error)))),
            }
        }
    }

    /// The worker is gone: why. Ctrl-C reaches it as it reaches us, and may be seen there first.
    fn broken(&mut self, patience: &Patience<'_>) -> NoAnswer {
        let how = match self.child.wait() {
            Ok(status) => format!("the worker ended ({status})"),
            Err(error) => format!("the worker ended: {}", reason(&error)),
        };
        match patience.check() {
            Err(interrupted) => NoAnswer::Interrupted(interrupted),
            Ok(()) => NoAnswer::Broken(how),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The end of its input asks it to go; a listing under way is not waited for.
        self.requests = None;
        let process = self.pid().map(|pid| pidfd_open(pid, PidfdFlags::empty()));
        if let Some(group) = self.pid() {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.kill();
        if let Some(Ok(process)) = process {
            let mut waited = [PollFd::new(&process, PollFlags::IN)];
            if matches!(poll(&mut waited, Some(&BURIAL)), Ok(0)) {
                return;
            }
        }
        let _ = self.child.wait();
    }
}
