//! Where processor time goes: a sample of what the processor is doing every 100 µs, of a thread or of a command.
//!
//! The kernel's cpu-clock (perf_event_open(2)) writes, for each sample, whether the processor was in user mode, and if it
//! was in the kernel, the chain of functions. Their names are from /proc/kallsyms; they are put into groups ([`Group`]) that
//! people understand. What waits takes no processor time and is in no sample. A sample that falls due while the kernel
//! holds interrupts back is taken where it lets them in again.
//!
//! Samples of the kernel take the right to them: root, CAP_PERFMON, or kernel.perf_event_paranoid below 2.

mod group;
mod sample;
mod symbols;

use super::recorder::PAUSE;
use super::ring::{LEAST_RING_BYTES, processors};
use super::scope::Refused;
use crate::error::reason;
use crate::sys::perf::{LOST, SAMPLE};
pub use group::Group;
use perf_event::events::Software;
use perf_event::{Builder, SampleFlag, Sampler};
use rustix::process::Pid;
use sample::Sample;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use symbols::Symbols;

/// Where processor time went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Nanoseconds between two samples of one processor.
    pub period_ns: u64,
    /// All samples, but those of [`Profile::watching`].
    pub samples: u64,
    /// Those in user mode.
    pub user: u64,
    /// Those within what records system calls, which would not be there else.
    pub watching: u64,
    /// Those that the kernel could not deliver.
    pub lost: u64,
    /// Those in the kernel by what it did, the largest first; empty if the kernel hides the names of its functions.
    pub groups: Vec<Share>,
}

/// Samples of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// What the kernel did.
    pub group: Group,
    /// How many.
    pub samples: u64,
    /// The functions that they fell into, the most frequent first: a few.
    pub functions: Vec<Function>,
}

/// Samples of a function, and of all that it called and that belongs to no other group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// How many.
    pub samples: u64,
}

const PERIOD_NS: u64 = 100_000;
/// Memory for a processor's samples: of a command, which are read every few milliseconds; and of a thread of ours, which
/// are read at the end: a chain takes some 200 bytes.
const COMMAND_RING_BYTES: usize = 512 << 10;
const THREAD_RING_BYTES: usize = 8 << 20;
/// Functions of a group that are named.
const NAMED: usize = 3;
/// Different chains that are kept apart: a command has some thousands.
const MOST_CHAINS: usize = 1 << 16;

/// Samples the calling thread, from now on.
pub struct OfThread {
    ring: Sampler,
}

impl OfThread {
    /// Begins.
    ///
    /// # Errors
    /// Why the kernel cannot be sampled.
    pub fn start() -> Result<Self, Refused> {
        let open = || clock().observe_self().any_cpu().enabled(true).build();
        with_ring(open, THREAD_RING_BYTES).map(|ring| Self { ring }).map_err(refused)
    }

    /// Ends.
    ///
    /// # Errors
    /// Why there is no profile.
    pub fn stop(mut self) -> Result<Profile, Refused> {
        self.ring.disable().map_err(refused)?;
        let mut seen = Seen::default();
        seen.read(&mut self.ring);
        seen.profile()
    }
}

/// Samples a process and all that it starts, from its next execve on.
pub(super) struct OfProcess {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Seen>,
}

impl OfProcess {
    /// Gets ready.
    pub(super) fn attach(process: Pid) -> Result<Self, Refused> {
        let open = |processor| {
            let mut clock = clock();
            clock.observe_pid(process.as_raw_nonzero().get()).one_cpu(processor).inherit(true);
            clock.enabled(false).enable_on_exec(true).build()
        };
        let processors = processors().map_err(refused)?.into_iter();
        let rings = processors.map(|processor| with_ring(|| open(processor), COMMAND_RING_BYTES));
        let mut rings = rings.collect::<io::Result<Vec<Sampler>>>().map_err(refused)?;
        let over = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&over);
        let work = move || {
            let mut seen = Seen::default();
            loop {
                let is_last = end.load(Ordering::Acquire);
                rings.iter_mut().for_each(|ring| seen.read(ring));
                if is_last {
                    return seen;
                }
                thread::park_timeout(PAUSE);
            }
        };
        let thread = thread::Builder::new().spawn(work).map_err(|error| Refused::no_thread(&error))?;
        Ok(Self { over, thread })
    }

    /// Ends.
    pub(super) fn finish(self) -> Result<Profile, Refused> {
        self.over.store(true, Ordering::Release);
        self.thread.thread().unpark();
        let seen = self.thread.join().map_err(|_| Refused("the thread that reads the samples panicked".to_owned()))?;
        seen.profile()
    }
}

fn clock<'a>() -> Builder<'a> {
    let mut clock = Builder::new(Software::CPU_CLOCK);
    clock.include_kernel().sample_period(PERIOD_NS).sample(SampleFlag::IP | SampleFlag::CALLCHAIN);
    // Chains of the program's own functions are nobody's question, and cost much.
    clock.exclude_callchain_user(true).wakeup_watermark(usize::try_from(u32::MAX).unwrap_or(usize::MAX));
    clock
}

/// A ring as large as may be locked in memory (RLIMIT_MEMLOCK, perf_event_mlock_kb).
fn with_ring(open: impl Fn() -> io::Result<perf_event::Counter>, mut bytes: usize) -> io::Result<Sampler> {
    loop {
        match open()?.sampled(bytes) {
            Err(error) if bytes > LEAST_RING_BYTES && error.kind() == io::ErrorKind::PermissionDenied => bytes /= 2,
            made => return made,
        }
    }
}

fn refused(error: io::Error) -> Refused {
    Refused(match error.raw_os_error() {
        Some(libc::EACCES | libc::EPERM) => {
            "samples of the kernel take root, CAP_PERFMON or kernel.perf_event_paranoid below 2".to_owned()
        }
        _ => format!("cpu-clock (perf_event_open(2)): {}", reason(&error)),
    })
}

/// Samples by their chains.
#[derive(Default)]
struct Seen {
    user: u64,
    elsewhere: u64,
    lost: u64,
    chains: HashMap<Vec<u64>, u64>,
    /// Of chains that there was no room for.
    crowded: u64,
}

impl Seen {
    fn read(&mut self, ring: &mut Sampler) {
        while let Some(record) = ring.next_record() {
            match record.ty() {
                SAMPLE => self.enter(Sample::parse(record.misc(), &record.to_contiguous())),
                LOST => self.lost += sample::lost(&record.to_contiguous()).unwrap_or(1),
                _ => {}
            }
        }
    }

    fn enter(&mut self, sample: Option<Sample>) {
        match sample {
            Some(Sample::User) => self.user += 1,
            Some(Sample::Kernel(chain)) if self.chains.len() < MOST_CHAINS => {
                *self.chains.entry(chain).or_default() += 1;
            }
            Some(Sample::Kernel(chain)) => match self.chains.get_mut(&chain) {
                Some(number) => *number += 1,
                None => self.crowded += 1,
            },
            Some(Sample::Elsewhere) => self.elsewhere += 1,
            None => self.lost += 1,
        }
    }

    fn profile(&self) -> Result<Profile, Refused> {
        let why = |error| Refused(format!("open '/proc/kallsyms': {}", reason(&error)));
        let symbols = Symbols::read().map_err(why)?;
        Ok(self.named(symbols.as_ref()))
    }

    fn named(&self, symbols: Option<&Symbols>) -> Profile {
        let mut groups: HashMap<Group, HashMap<&str, u64>> = HashMap::new();
        let mut add = |group, name, number| *groups.entry(group).or_default().entry(name).or_default() += number;
        let chains = symbols.into_iter().flat_map(|symbols| self.chains.iter().map(move |chain| (symbols, chain)));
        for (symbols, (chain, &number)) in chains {
            let names = chain.iter().filter_map(|&address| symbols.name(address));
            let (group, name) = Group::of_chain(names);
            add(group, name.unwrap_or("?"), number);
        }
        if symbols.is_some() && self.crowded + self.elsewhere > 0 {
            add(Group::Others, "?", self.crowded + self.elsewhere);
        }
        let watching: u64 = groups.remove(&Group::Watching).map_or(0, |functions| functions.values().sum());
        let share = |(group, functions): (Group, HashMap<&str, u64>)| {
            let samples = functions.values().sum();
            let function = |(name, samples): (&str, u64)| Function { name: name.to_owned(), samples };
            let mut functions: Vec<Function> = functions.into_iter().map(function).collect();
            functions.sort_by(|a, b| (b.samples, &a.name).cmp(&(a.samples, &b.name)));
            functions.truncate(NAMED);
            Share { group, samples, functions }
        };
        let mut groups: Vec<Share> = groups.into_iter().map(share).collect();
        groups.sort_by_key(|share| (std::cmp::Reverse(share.samples), share.group));
        let all = self.user + self.elsewhere + self.crowded + self.chains.values().sum::<u64>();
        let (samples, user, lost) = (all - watching, self.user, self.lost);
        Profile { period_ns: PERIOD_NS, samples, user, watching, lost, groups }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen() -> Seen {
        let mut seen = Seen::default();
        for sample in [Sample::User, Sample::Kernel(vec![0x11, 0x21]), Sample::Kernel(vec![0x11, 0x21])] {
            seen.enter(Some(sample));
        }
        seen.enter(Some(Sample::Kernel(vec![0x31, 0x21])));
        seen.enter(Some(Sample::Kernel(vec![0x21, 0x31])));
        seen.enter(None);
        seen
    }

    #[test]
    fn samples_are_put_into_groups_and_those_of_the_watcher_are_not_counted() {
        let symbols = Symbols::parse(b"10 t may_lookup\n20 t link_path_walk\n30 t perf_trace_sys_enter\n");
        let profile = seen().named(symbols.as_ref());
        assert_eq!((profile.samples, profile.user, profile.watching, profile.lost), (3, 1, 2, 1));
        let functions = vec![Function { name: "may_lookup".to_owned(), samples: 2 }];
        assert_eq!(profile.groups, [Share { group: Group::Permission, samples: 2, functions }]);
    }

    #[test]
    fn without_names_there_is_the_share_of_user_mode_alone() {
        let profile = seen().named(None);
        assert_eq!((profile.samples, profile.user, profile.groups), (5, 1, vec![]));
    }

    #[test]
    fn a_thread_that_works_is_seen_in_the_kernel_and_in_user_mode_where_that_is_allowed() {
        let Ok(thread) = OfThread::start() else { return };
        let start = std::time::Instant::now();
        while start.elapsed() < std::time::Duration::from_millis(50) {
            for _ in 0..100 {
                let _ = rustix::fs::statat(rustix::fs::CWD, "/proc/self/none", rustix::fs::AtFlags::empty());
            }
        }
        let profile = thread.stop().unwrap();
        assert!(profile.samples > 50 && profile.samples > profile.user, "{profile:?}");
    }
}
