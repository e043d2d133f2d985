//! A file system that takes its time: every answer comes a chosen latency after its question, as over a network.
//!
//! The tree is arithmetic: directory number n holds directories n * FANOUT + 1 to n * FANOUT + FANOUT, as far as there are so many, and a few
//! files. Unless its [`Manner`] says otherwise, nothing is cached by the kernel (validity 0); directory operations run in parallel, and a reply waits in a queue of
//! its own, off the thread that reads questions: so as many questions can wait as are asked, and each waits as long. Chosen
//! answers can be faulty (see [`super::faults`]).

use super::faults::{Call, Fault, Faults};
use fuser::{
    BackgroundSession, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo,
    InitFlags, KernelConfig, MountOption, OpenFlags, ReplyAttr, ReplyData, ReplyDirectory, ReplyDirectoryPlus,
    ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyXattr, Request,
};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ffi::OsStr;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

/// Directories in a directory.
const FANOUT: u64 = 8;

/// What it was asked: how many answers of each kind it gave, or is about to give.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) lookup: AtomicU64,
    pub(crate) getattr: AtomicU64,
    pub(crate) open: AtomicU64,
    pub(crate) readdir: AtomicU64,
    pub(crate) getxattr: AtomicU64,
}

impl Asked {
    /// The numbers so far, each with its name.
    pub(crate) fn numbers(&self) -> [(&'static str, u64); 5] {
        let all = [
            ("lookup", &self.lookup),
            ("getattr", &self.getattr),
            ("open", &self.open),
            ("readdir", &self.readdir),
            ("getxattr", &self.getxattr),
        ];
        all.map(|(name, number)| (name, number.load(Ordering::Relaxed)))
    }
}

fn one_more(number: &AtomicU64) {
    number.fetch_add(1, Ordering::Relaxed);
}

/// What it holds, and how long it takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slow {
    /// From a question to its answer.
    pub(crate) latency: Duration,
    /// Directories, the root included.
    pub(crate) directories: u64,
    /// Files in each.
    pub(crate) files: u64,
}

/// How it answers, beside the latency.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// How long the kernel may keep names and attributes: what NFS calls `acregmin` and `acdirmin`.
    pub(crate) validity: Duration,
    /// Whether a directory is read with the attributes of its entries (READDIRPLUS).
    pub(crate) plus: bool,
    /// Bytes that answers have a second, all together; as many as they like if there is none.
    pub(crate) bytes_per_second: Option<u64>,
    /// The most that an answer comes later than the latency says.
    pub(crate) jitter: Duration,
}

impl Slow {
    /// Mounts it until the session is dropped.
    pub(crate) fn mount(self, at: &Path) -> io::Result<BackgroundSession> {
        self.mount_with(Faults::default(), at)
    }

    /// The same with faults.
    pub(crate) fn mount_with(self, faults: Faults, at: &Path) -> io::Result<BackgroundSession> {
        self.mount_in(Manner::default(), faults, at)
    }

    /// The same in another manner.
    pub(crate) fn mount_in(self, manner: Manner, faults: Faults, at: &Path) -> io::Result<BackgroundSession> {
        self.mount_counted(manner, faults, Arc::default(), at)
    }

    /// The same, and it is counted what is asked.
    pub(crate) fn mount_counted(
        self,
        manner: Manner,
        faults: Faults,
        asked: Arc<Asked>,
        at: &Path,
    ) -> io::Result<BackgroundSession> {
        let (answers, due) = channel();
        thread::Builder::new().name("slow-answers".to_owned()).spawn(move || answer_in_time(&due))?;
        let mut config = Config::default();
        config.mount_options = vec![MountOption::RO, MountOption::FSName("slow".to_owned())];
        config.n_threads = Some(2);
        config.clone_fd = true;
        fuser::spawn_mount(
            Mounted { slow: self, manner, faults, link: Mutex::new(Instant::now()), answers, asked },
            at,
            &config,
        )
    }

    /// Entries below the root.
    pub(crate) fn entries(self) -> u64 {
        self.directories - 1 + self.directories * self.files
    }

    /// The inode of directory number `directory`, the root being 0: its name is `d` and the number.
    pub(crate) fn directory(self, directory: u64) -> INodeNo {
        INodeNo(1 + directory)
    }

    /// The inode of a directory's file number `file`: its name is `f` and the number.
    pub(crate) fn file(self, directory: u64, file: u64) -> INodeNo {
        INodeNo(1 + self.directories + directory * self.files + file)
    }

    /// The directories in a directory.
    pub(crate) fn children(self, directory: u64) -> Range<u64> {
        let first = directory * FANOUT + 1;
        first..(first + FANOUT).min(self.directories).max(first)
    }
}

/// An answer that waits for its time, and its number: answers due together are given in order.
struct Due(Instant, u64, Box<dyn FnOnce() + Send>);

/// Gives answers when they are due, until nobody asks any more.
fn answer_in_time(due: &Receiver<Due>) {
    let mut waiting: BinaryHeap<Reverse<Due>> = BinaryHeap::new();
    loop {
        let now = Instant::now();
        while waiting.peek().is_some_and(|Reverse(first)| first.0 <= now) {
            if let Some(Reverse(Due(_, _, answer))) = waiting.pop() {
                answer();
            }
        }
        let pause =
            waiting.peek().map_or(Duration::from_secs(1), |Reverse(first)| first.0.saturating_duration_since(now));
        match due.recv_timeout(pause) {
            Ok(more) => waiting.push(Reverse(more)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// What an answer takes on the link that tells of one inode.
const SMALL_ANSWER_BYTES: u64 = 160;
/// What a name takes in the answer of a directory, beside its length: as in FUSE's own format.
const NAME_BYTES: u64 = 24;
/// The attributes of an entry, in the answer of a directory that is read with them.
const ATTRIBUTES_BYTES: u64 = 128;

/// A part from 0 to 1 that looks random, the same for the same question (splitmix64's last steps).
fn part(number: u64) -> f64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}
impl Eq for Due {}
impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

struct Mounted {
    slow: Slow,
    manner: Manner,
    faults: Faults,
    /// When the last answer will have passed the link: they pass one after the other.
    link: Mutex<Instant>,
    answers: Sender<Due>,
    asked: Arc<Asked>,
}

/// What an inode number stands for: FUSE's root is 1.
enum Node {
    Directory(u64),
    File,
}

impl Mounted {
    fn later(&self, request: &Request, answer: impl FnOnce() + Send + 'static) {
        self.later_with(request, SMALL_ANSWER_BYTES, answer);
    }

    /// The same for an answer of so many bytes.
    fn later_with(&self, request: &Request, answer_bytes: u64, answer: impl FnOnce() + Send + 'static) {
        let number: u64 = request.unique().into();
        let mut at = Instant::now() + self.slow.latency + self.manner.jitter.mul_f64(part(number));
        if let Some(rate) = self.manner.bytes_per_second {
            let mut free = self.link.lock().unwrap_or_else(PoisonError::into_inner);
            at = at.max(*free) + Duration::from_secs_f64(answer_bytes as f64 / rate.max(1) as f64);
            *free = at;
        }
        let due = Due(at, number, Box::new(answer));
        // The thread at the other end lives as long as this.
        let _ = self.answers.send(due);
    }

    /// The same, for a question whose answer may be faulty. `answer` is given the error if it is to be one.
    fn reply(&self, request: &Request, asked: (Call, INodeNo), answer: impl FnOnce(Option<Errno>) + Send + 'static) {
        self.reply_with(request, SMALL_ANSWER_BYTES, asked, answer);
    }

    /// The same for an answer of so many bytes.
    fn reply_with(
        &self,
        request: &Request,
        answer_bytes: u64,
        (call, about): (Call, INodeNo),
        answer: impl FnOnce(Option<Errno>) + Send + 'static,
    ) {
        match self.faults.get(call, about) {
            Some(Fault::Error(errno)) => {
                let errno = *errno;
                self.later(request, move || answer(Some(errno)));
            }
            Some(Fault::Held(gate)) => {
                let gate = Arc::clone(gate);
                self.later_with(request, answer_bytes, move || gate.pass(|| answer(None)));
            }
            _ => self.later_with(request, answer_bytes, || answer(None)),
        }
    }

    fn node(&self, ino: INodeNo) -> Node {
        let number = u64::from(ino) - 1;
        if number < self.slow.directories { Node::Directory(number) } else { Node::File }
    }

    fn attributes(&self, ino: INodeNo) -> FileAttr {
        let (kind, perm) = match self.node(ino) {
            Node::Directory(_) => (FileType::Directory, 0o755),
            Node::File if self.faults.get(Call::Readlink, ino).is_some() => (FileType::Symlink, 0o777),
            Node::File => (FileType::RegularFile, 0o644),
        };
        FileAttr {
            ino,
            size: 0,
            blocks: 0,
            atime: UNIX_EPOCH,
            mtime: UNIX_EPOCH,
            ctime: UNIX_EPOCH,
            crtime: UNIX_EPOCH,
            kind,
            perm,
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            flags: 0,
            blksize: 4096,
        }
    }

    fn find(&self, parent: INodeNo, name: &OsStr) -> Option<INodeNo> {
        let Node::Directory(directory) = self.node(parent) else { return None };
        let (kind, number) = name.to_str()?.split_at_checked(1)?;
        let number: u64 = number.parse().ok()?;
        match kind {
            "d" => self.slow.children(directory).any(|child| child == number).then_some(self.slow.directory(number)),
            "f" => {
                let files = if self.is_endless(directory) { u64::MAX } else { self.slow.files };
                (number < files).then(|| self.slow.file(directory, number % self.slow.files.max(1)))
            }
            _ => None,
        }
    }

    fn is_endless(&self, directory: u64) -> bool {
        matches!(self.faults.get(Call::Readdir, self.slow.directory(directory)), Some(Fault::Endless))
    }

    /// What a directory gives at a place in its order: `.` and `..`, its directories, its files.
    fn entry(&self, directory: u64, place: u64) -> Option<(INodeNo, FileType, String)> {
        let Some(place) = place.checked_sub(2) else {
            let name = if place == 0 { "." } else { ".." };
            return Some((self.slow.directory(directory), FileType::Directory, name.to_owned()));
        };
        let mut children = self.slow.children(directory);
        let file = place.checked_sub(children.clone().count() as u64);
        let (ino, name) = match file {
            None => children.nth(place as usize).map(|child| (self.slow.directory(child), format!("d{child}")))?,
            Some(file) => (self.find(self.slow.directory(directory), format!("f{file}").as_ref())?, format!("f{file}")),
        };
        let kind = self.attributes(ino).kind;
        Some(match self.faults.get(Call::Entry, ino) {
            Some(Fault::Type(kind)) => (ino, *kind, name),
            Some(Fault::NoInode) => (INodeNo(0), kind, name),
            _ => (ino, kind, name),
        })
    }
}

impl Filesystem for Mounted {
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> io::Result<()> {
        // Without it the kernel asks one question a directory at a time.
        let _ = config.add_capabilities(InitFlags::FUSE_PARALLEL_DIROPS);
        if self.manner.plus {
            // A kernel without it reads names alone, as without the switch.
            let _ = config.add_capabilities(InitFlags::FUSE_DO_READDIRPLUS);
        }
        Ok(())
    }

    fn lookup(&self, request: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        one_more(&self.asked.lookup);
        let Some(ino) = self.find(parent, name) else {
            return self.later(request, move || reply.error(Errno::ENOENT));
        };
        let (attributes, validity) = (self.attributes(ino), self.manner.validity);
        self.reply(request, (Call::Lookup, ino), move |error| match error {
            None => reply.entry(&validity, &attributes, Generation(0)),
            Some(errno) => reply.error(errno),
        });
    }

    fn getattr(&self, request: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        one_more(&self.asked.getattr);
        let (attributes, validity) = (self.attributes(ino), self.manner.validity);
        self.reply(request, (Call::Getattr, ino), move |error| match error {
            None => reply.attr(&validity, &attributes),
            Some(errno) => reply.error(errno),
        });
    }

    fn opendir(&self, request: &Request, ino: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        one_more(&self.asked.open);
        self.reply(request, (Call::Opendir, ino), move |error| match error {
            None => reply.opened(FileHandle(0), FopenFlags::empty()),
            Some(errno) => reply.error(errno),
        });
    }

    fn readdir(&self, request: &Request, ino: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        one_more(&self.asked.readdir);
        let Node::Directory(directory) = self.node(ino) else {
            return self.later(request, move || reply.error(Errno::ENOTDIR));
        };
        let most = match self.faults.get(Call::Readdir, ino) {
            Some(Fault::Short(most)) => *most,
            // The two special entries are none.
            Some(Fault::Breaks(after, errno)) if offset >= *after as u64 + 2 => {
                let errno = *errno;
                return self.later(request, move || reply.error(errno));
            }
            Some(Fault::Breaks(after, _)) => after + 2 - offset as usize,
            _ => usize::MAX,
        };
        let times = if matches!(self.faults.get(Call::Readdir, ino), Some(Fault::Twice)) { 2 } else { 1 };
        let mut answer_bytes = 0;
        for place in (offset..).take(most) {
            let Some((ino, kind, name)) = self.entry(directory, place / times) else { break };
            let length = name.len() as u64;
            if reply.add(ino, place + 1, kind, name) {
                break;
            }
            answer_bytes += NAME_BYTES + length;
        }
        self.reply_with(request, answer_bytes, (Call::Readdir, ino), move |error| match error {
            None => reply.ok(),
            Some(errno) => reply.error(errno),
        });
    }

    /// Asked in a manner with READDIRPLUS only; faults of reading are not for it.
    fn readdirplus(&self, request: &Request, ino: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectoryPlus) {
        one_more(&self.asked.readdir);
        let Node::Directory(directory) = self.node(ino) else {
            return self.later(request, move || reply.error(Errno::ENOTDIR));
        };
        let mut answer_bytes = 0;
        for place in offset.. {
            let Some((ino, _, name)) = self.entry(directory, place) else { break };
            let (attributes, validity, length) = (self.attributes(ino), self.manner.validity, name.len() as u64);
            if reply.add(ino, place + 1, name, &validity, &attributes, Generation(0)) {
                break;
            }
            answer_bytes += NAME_BYTES + ATTRIBUTES_BYTES + length;
        }
        self.reply_with(request, answer_bytes, (Call::Readdir, ino), move |error| match error {
            None => reply.ok(),
            Some(errno) => reply.error(errno),
        });
    }

    fn releasedir(&self, request: &Request, _: INodeNo, _: FileHandle, _: OpenFlags, reply: ReplyEmpty) {
        self.later(request, move || reply.ok());
    }

    fn readlink(&self, request: &Request, ino: INodeNo, reply: ReplyData) {
        self.reply(request, (Call::Readlink, ino), move |error| match error {
            None => reply.data(b"nowhere"),
            Some(errno) => reply.error(errno),
        });
    }

    fn getxattr(&self, request: &Request, ino: INodeNo, _: &OsStr, _: u32, reply: ReplyXattr) {
        one_more(&self.asked.getxattr);
        // Unlike ENOSYS, after which the kernel asks no more.
        let answer = move |error: Option<Errno>| reply.error(error.unwrap_or(Errno::ENODATA));
        self.reply(request, (Call::Xattr, ino), answer);
    }

    fn listxattr(&self, request: &Request, ino: INodeNo, size: u32, reply: ReplyXattr) {
        one_more(&self.asked.getxattr);
        self.reply(request, (Call::Xattr, ino), move |error| match error {
            None if size == 0 => reply.size(0),
            None => reply.data(b""),
            Some(errno) => reply.error(errno),
        });
    }

    fn statfs(&self, request: &Request, ino: INodeNo, reply: ReplyStatfs) {
        self.reply(request, (Call::Statfs, ino), move |error| match error {
            None => reply.statfs(0, 0, 0, 0, 0, 512, 255, 0),
            Some(errno) => reply.error(errno),
        });
    }
}
