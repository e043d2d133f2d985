//! What calls cost inside a listing: the clock around each call of a *reference listing*, and what a strategy itself
//! does in user mode between its calls.
//!
//! A call in a tight loop is cheaper than the same call between others: its code, its data and the branches that lead
//! there are still in the processor. So the price is taken where the call is made: a worker that has just listed with
//! its strategy lists the same tree once more with the plainest program that makes the same calls (the buffer, the
//! lookup, the way of finding and the order that the strategy's factors name), and reads the clock before and after
//! each of them.
//!
//! - `calls`: time between the two readings, less what two readings take with nothing between them (`clock_ns`,
//!   measured each time). No time of the strategy's own listing goes into a price.
//! - `null_ns`: the same around getppid(2), the price of a call of which nothing is known.
//! - `fault_ns`: the first touch of a page of fresh memory, the clock around many.
//! - `user`: what the strategy's own listing takes in user mode ([`User`]).
//!
//! A row with a lookup per entry takes 1 to 3 % less than its calls, priced so, and its user time come to: the clock
//! waits until a call is quite over, where the listing goes on meanwhile. Rejected: subtracting what the listing takes
//! longer for being watched, halved, in place of `clock_ns`: the same within 0.3 %.
//!
//! Left out: what the kernel does outside calls and faults (interrupts, the timer), and that libc makes calls of its
//! own in another order (it reads a whole buffer before it hands over the first entry; so does the reference).

use super::stats::median;
use super::user_mode::{PAGE_BYTES, User, user};
use crate::error::Error;
use crate::list::statx::{FLAGS, MASK};
use crate::list::{Factors, LookupOrder, Lookups, ReadWith, Resolve};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir, StatxFlags, fstat, openat, statat, statx};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Instant;

/// The key of `calls` for getdents64 that handed over entries.
pub const READ: &str = "getdents64";
/// For getdents64 that found the end.
pub const READ_END: &str = "getdents64 at the end";
/// For the lookup of an entry.
pub const LOOK_UP: &str = "lookup";
/// For the same lookup of the same entry once more.
pub const LOOK_UP_AGAIN: &str = "lookup again";

/// The prices of one reference listing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Prices {
    /// By the call's name, or one of the keys above.
    pub calls: BTreeMap<String, Paid>,
    /// What reading the clock twice takes, nanoseconds: subtracted from each call.
    pub clock_ns: f64,
    /// A call that does nothing, nanoseconds.
    pub null_ns: f64,
    /// A page touched for the first time, nanoseconds.
    pub fault_ns: f64,
    /// The strategy's own time in user mode; `None` where perf cannot sample.
    pub user: Option<User>,
}

/// All calls of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Paid {
    /// How many.
    pub number: u64,
    /// Their time, nanoseconds.
    pub ns: f64,
}

impl Prices {
    /// One price list of several of the same listing: medians.
    pub fn typical(all: &[Self]) -> Option<Self> {
        let first = all.first()?;
        let middle = |of: &dyn Fn(&Self) -> f64| median(&mut all.iter().map(of).collect::<Vec<_>>()).unwrap_or(0.0);
        let calls = first.calls.iter().map(|(name, paid)| {
            let ns = middle(&|prices| prices.calls.get(name).map_or(0.0, |paid| paid.ns));
            (name.clone(), Paid { ns, ..*paid })
        });
        let users: Vec<User> = all.iter().filter_map(|prices| prices.user).collect();
        let of_users = |of: fn(&User) -> f64| median(&mut users.iter().map(of).collect::<Vec<_>>());
        let user = of_users(|user| user.sampled_ns).zip(of_users(|user| user.leave_ns));
        Some(Self {
            calls: calls.collect(),
            clock_ns: middle(&|prices| prices.clock_ns),
            null_ns: middle(&|prices| prices.null_ns),
            fault_ns: middle(&|prices| prices.fault_ns),
            user: user.map(|(sampled_ns, leave_ns)| User { sampled_ns, leave_ns }),
        })
    }
}

impl Paid {
    /// Nanoseconds a call.
    pub fn each(&self) -> f64 {
        self.ns / self.number.max(1) as f64
    }
}

/// Lists below `root` once, or `root` alone, by the calls that `factors` name, and prices them. `list` lists once by
/// the strategy itself.
///
/// # Errors
/// The listing's, of either.
pub(super) fn price(
    root: &Path,
    factors: &Factors,
    walks: bool,
    list: &mut dyn FnMut() -> Result<(), Error>,
) -> Result<Prices, Error> {
    let reference = PlainListing::new(factors, walks);
    let calls = reference.list(root).map_err(|errno| Error::at("price", root.as_os_str().as_bytes(), errno))?;
    let clock_ns = clock();
    let spent = |paid: Paid| Paid { ns: (paid.ns - clock_ns * paid.number as f64).max(0.0), ..paid };
    let calls = calls.into_iter().map(|(name, paid)| (name.to_owned(), spent(paid))).collect();
    Ok(Prices { calls, clock_ns, null_ns: null(clock_ns), fault_ns: fault(), user: user(list)? })
}

type Bill = BTreeMap<&'static str, Paid>;

/// Makes a call and puts it on the bill.
#[inline]
fn clocked<T>(paid: &mut Paid, call: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = call();
    paid.ns += start.elapsed().as_nanos() as f64;
    paid.number += 1;
    done
}

/// Two readings with nothing between them, nanoseconds.
fn clock() -> f64 {
    let mut nothing = Paid::default();
    (0..REPEATS).for_each(|_| clocked(&mut nothing, || ()));
    nothing.each()
}

fn null(clock_ns: f64) -> f64 {
    let mut paid = Paid::default();
    for _ in 0..REPEATS {
        clocked(&mut paid, || black_box(rustix::process::getppid()));
    }
    (paid.each() - clock_ns).max(0.0)
}

/// The price of a page fault that a fresh page of memory costs, the kernel's filling it with zeros included. Small
/// pages: the memory is smaller than a huge one.
fn fault() -> f64 {
    let mut memory: Vec<u8> = Vec::with_capacity(FAULTS * PAGE_BYTES);
    let room = memory.spare_capacity_mut();
    let start = Instant::now();
    for page in room.chunks_mut(PAGE_BYTES) {
        page[0].write(1);
    }
    black_box(&mut memory);
    start.elapsed().as_nanos() as f64 / FAULTS as f64
}

const REPEATS: u32 = 1000;
const FAULTS: usize = 128;

/// The plainest listing that makes the calls of some factors.
struct PlainListing {
    buffer_bytes: usize,
    lookups: Lookups,
    resolve: Resolve,
    descend: Resolve,
    order: LookupOrder,
    walks: bool,
    /// Whether the calls that only fts(3) and nftw(3) make about a directory are made, too.
    libc: bool,
}

/// A directory that is open, or whose subdirectories are found by path.
struct Frame {
    dir: Option<OwnedFd>,
    path_length: usize,
    inside: Vec<CString>,
}

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

/// What libc reads at a time.
const LIBC_BYTES: usize = 32 << 10;

impl PlainListing {
    fn new(factors: &Factors, walks: bool) -> Self {
        let buffer_bytes = match factors.read {
            ReadWith::Getdents { buffer_bytes } => buffer_bytes,
            _ => LIBC_BYTES,
        };
        Self {
            buffer_bytes,
            lookups: factors.lookups,
            resolve: factors.resolve,
            descend: factors.descend,
            order: factors.order,
            walks,
            libc: factors.read == ReadWith::Libc,
        }
    }

    fn list(&self, root: &Path) -> Result<Bill, Errno> {
        let mut bill = Bill::new();
        let mut buffer = Box::new_uninit_slice(self.buffer_bytes);
        let mut path = root.as_os_str().as_bytes().to_vec();
        let mut frames: Vec<Frame> = Vec::new();
        frames.push(self.enter(None, &terminated(&path)?, &path, &mut buffer, &mut bill)?);
        while let Some(frame) = frames.last_mut() {
            path.truncate(frame.path_length);
            let Some(name) = frame.inside.pop() else {
                close(frame.dir.take(), &mut bill);
                frames.pop();
                continue;
            };
            push(&mut path, &name);
            let parent = frame.dir.as_ref().map(AsFd::as_fd);
            let next = match parent {
                Some(_) => self.enter(parent, &name, &path, &mut buffer, &mut bill)?,
                None => self.enter(None, &terminated(&path)?, &path, &mut buffer, &mut bill)?,
            };
            frames.push(next);
        }
        Ok(bill)
    }

    /// Opens, reads and closes a directory, or leaves it open for those inside.
    fn enter(
        &self,
        parent: Option<BorrowedFd<'_>>,
        name: &CStr,
        path: &[u8],
        buffer: &mut [MaybeUninit<u8>],
        bill: &mut Bill,
    ) -> Result<Frame, Errno> {
        let at = parent.unwrap_or(CWD);
        let dir = clocked(bill.entry("openat").or_default(), || openat(at, name, DIRECTORY, Mode::empty()))?;
        clocked(bill.entry("fstat").or_default(), || fstat(&dir))?;
        if self.libc {
            clocked(bill.entry("fcntl").or_default(), || rustix::io::fcntl_getfd(&dir))?;
            clocked(bill.entry("fchdir").or_default(), || rustix::process::fchdir(&dir))?;
        }
        let read = self.read(dir.as_fd(), path, buffer, bill);
        if self.libc {
            // Nothing of the tree is held afterwards.
            let _ = rustix::process::chdir("/");
        }
        let inside = read?;
        let stays = self.descend == Resolve::Relative && !inside.is_empty();
        let mut dir = Some(dir);
        if !stays {
            close(dir.take(), bill);
        }
        Ok(Frame { dir, path_length: path.len(), inside })
    }

    /// Reads a directory to its end and looks its entries up; says which are directories, the last one first.
    fn read(
        &self,
        dir: BorrowedFd<'_>,
        path: &[u8],
        buffer: &mut [MaybeUninit<u8>],
        bill: &mut Bill,
    ) -> Result<Vec<CString>, Errno> {
        let mut inside = Vec::new();
        // In one arena, as the strategy has them: the kernel's reading a name is a part of the call.
        let (mut names, mut later) = (Vec::new(), Vec::new());
        let mut full = path.to_vec();
        let (mut looked, mut again) = (Paid::default(), Paid::default());
        let mut look = |name: &CStr| self.look_up(dir, name, &mut full, path.len(), &mut looked, &mut again);
        let mut entries = RawDir::new(dir, buffer);
        loop {
            let entry = match entries.is_buffer_empty() {
                false => entries.next(),
                true => {
                    let mut one = Paid::default();
                    let entry = clocked(&mut one, || entries.next());
                    let all = bill.entry(if entry.is_some() { READ } else { READ_END }).or_default();
                    *all = Paid { number: all.number + one.number, ns: all.ns + one.ns };
                    entry
                }
            };
            let Some(entry) = entry else { break };
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            if self.walks && entry.file_type() == FileType::Directory {
                inside.push(name.to_owned());
            }
            match (self.lookups, self.order) {
                (Lookups::None, _) => {}
                (_, LookupOrder::Inode) => {
                    later.push((entry.ino(), names.len()));
                    names.extend_from_slice(name.to_bytes_with_nul());
                }
                (_, LookupOrder::Directory) => look(name)?,
            }
        }
        later.sort_unstable();
        later.iter().try_for_each(|&(_, start)| {
            look(CStr::from_bytes_until_nul(&names[start..]).expect("each name is kept with its NUL"))
        })?;
        for (key, paid) in [(LOOK_UP, looked), (LOOK_UP_AGAIN, again)] {
            if paid.number > 0 {
                let all = bill.entry(key).or_default();
                *all = Paid { number: all.number + paid.number, ns: all.ns + paid.ns };
            }
        }
        inside.reverse();
        Ok(inside)
    }

    #[inline]
    fn look_up(
        &self,
        dir: BorrowedFd<'_>,
        name: &CStr,
        full: &mut Vec<u8>,
        prefix: usize,
        looked: &mut Paid,
        again: &mut Paid,
    ) -> Result<(), Errno> {
        let absolute = self.resolve == Resolve::Absolute;
        if absolute {
            full.truncate(prefix);
            push(full, name);
            full.push(0);
        }
        let (at, name) = match absolute {
            true => (CWD, CStr::from_bytes_until_nul(full).expect("it ends in a NUL")),
            false => (dir, name),
        };
        let links = AtFlags::SYMLINK_NOFOLLOW;
        let ask = |flags, mask| black_box(statx(at, name, flags, mask)).map(|_| ());
        match self.lookups {
            // A link that leads nowhere is an answer, too.
            Lookups::StatTwice => {
                let _ = clocked(looked, || black_box(statat(at, name, AtFlags::empty())).is_ok());
                let _ = clocked(again, || black_box(statat(at, name, AtFlags::empty())).is_ok());
                Ok(())
            }
            Lookups::Stat => clocked(looked, || black_box(statat(at, name, links)).map(|_| ())),
            Lookups::StatxAll => clocked(looked, || ask(links, StatxFlags::ALL)),
            Lookups::StatxMin => {
                let mask = StatxFlags::TYPE | StatxFlags::SIZE | StatxFlags::MTIME;
                clocked(looked, || ask(FLAGS | AtFlags::STATX_DONT_SYNC, mask))
            }
            Lookups::StatxType => clocked(looked, || ask(FLAGS, StatxFlags::TYPE)),
            Lookups::Statx => clocked(looked, || ask(FLAGS, MASK)),
            Lookups::None | Lookups::Bulkstat => Ok(()),
        }
    }
}

fn close(dir: Option<OwnedFd>, bill: &mut Bill) {
    if let Some(dir) = dir {
        clocked(bill.entry("close").or_default(), || drop(dir));
    }
}

fn terminated(path: &[u8]) -> Result<CString, Errno> {
    CString::new(path).map_err(|_| Errno::INVAL)
}

fn push(path: &mut Vec<u8>, name: &CStr) {
    if !path.ends_with(b"/") {
        path.push(b'/');
    }
    path.extend_from_slice(name.to_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn bill(factors: &Factors, walks: bool) -> BTreeMap<&'static str, u64> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("d")).unwrap();
        for name in ["a", "b", "d/c"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let bill = PlainListing::new(factors, walks).list(folder.path()).unwrap();
        bill.into_iter().map(|(call, paid)| (call, paid.number)).collect()
    }

    const READING: Factors = Factors::reading(ReadWith::Getdents { buffer_bytes: 4096 });

    #[test]
    fn one_directory_is_opened_read_to_its_end_and_closed() {
        let once = ["close", "fstat", READ, READ_END, "openat"].map(|call| (call, 1));
        assert_eq!(bill(&READING, false), once.into());
    }

    #[test]
    fn a_walk_prices_every_directory_and_every_entry_however_they_are_found() {
        for way in [Resolve::Relative, Resolve::Absolute] {
            let factors = Factors { descend: way, ..READING.looking_up(Lookups::Statx, way) };
            let bill = bill(&factors, true);
            for call in ["close", "fstat", READ, READ_END, "openat"] {
                assert_eq!(bill[call], 2, "{call} {way}");
            }
            assert_eq!(bill[LOOK_UP], 4, "{way}");
        }
    }

    #[test]
    fn inode_order_looks_everything_up_and_two_stats_have_a_price_each() {
        let inode = Factors { order: LookupOrder::Inode, ..READING.looking_up(Lookups::Statx, Resolve::Relative) };
        assert_eq!(bill(&inode, false)[LOOK_UP], 3);
        let twice = bill(&READING.looking_up(Lookups::StatTwice, Resolve::Absolute), false);
        assert_eq!((twice[LOOK_UP], twice[LOOK_UP_AGAIN]), (3, 3));
    }

    #[test]
    fn several_lists_make_one_of_medians() {
        let list = |ns, sampled_ns| Prices {
            calls: [("openat".to_owned(), Paid { number: 2, ns })].into(),
            null_ns: ns,
            user: Some(User { sampled_ns, leave_ns: 1.0 }),
            ..Prices::default()
        };
        let one = Prices::typical(&[list(10.0, 0.0), list(90.0, 300.0), list(12.0, 60.0)]).unwrap();
        assert_eq!((one.calls["openat"].each(), one.null_ns), (6.0, 12.0));
        assert_eq!(one.user.unwrap().sampled_ns, 60.0);
        assert_eq!(Prices::typical(&[]), None);
    }
}
