//! What a strategy waits for: its calls as the model counts their answers, played through as the strategy schedules them.

use super::model::{Answers, Calls, Way, Work, work};
use super::schedule::{Task, Workers, finish_ns};
use super::shape::Shape;
use super::{Distance, Waits};
use crate::list::{self, Lookups, Parallel, ReadWith, Resolve, Want};
use crate::strategy::Strategy;
use crate::trace::Trace;

/// Questions in flight where it is said what many at once would bring.
pub const IN_FLIGHT: usize = 256;

/// What is known of one listing here.
#[derive(Debug, Clone, Copy)]
pub struct Counted<'t> {
    /// Its calls.
    pub trace: &'t Trace,
    /// What it took, nanoseconds.
    pub local_ns: u64,
}

/// How a strategy was asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// What each entry is asked for.
    pub want: Want,
    /// Its threads.
    pub threads: usize,
    /// Cores, which bound the threads that the kernel works a ring off with.
    pub cores: usize,
}

/// Why a strategy can't be predicted, whatever was counted.
pub fn refused(strategy: &Strategy, want: Want) -> Option<&'static str> {
    let factors = strategy.factors(want);
    let is_local = matches!(factors.read, ReadWith::Device | ReadWith::TreeSearch)
        || factors.lookups == Lookups::Bulkstat
        || list::eof::ROWS.iter().any(|row| strategy.name().ends_with(row.name));
    if is_local {
        return Some("it asks one kind of local file system, which no server offers");
    }
    match strategy {
        Strategy::Tree { walker, .. } if matches!(walker.factors.parallel, Parallel::Ring { .. }) => {
            Some("its opens and lookups go in waves through a ring: how many answers these wait for is not modelled")
        }
        _ => None,
    }
}

/// What `strategy` waits for.
pub fn waits(strategy: &Strategy, asked: Asked, counted: Counted<'_>, shape: &Shape, distance: &Distance) -> Waits {
    // Whatever the caller wants, a walk must know which entries are directories.
    let want = if let Strategy::Tree { .. } = strategy { asked.want.max(Want::Kinds) } else { asked.want };
    let factors = strategy.factors(want);
    let of = (shape.entries(), shape.directories.len() as u64);
    let mut calls = Calls::of(counted.trace, of, &factors);
    let mut way = Way::of(&factors);
    if !distance.types && want >= Want::Kinds {
        calls = calls.without_types(shape.entries());
    }
    if way.resolve == Resolve::None && way.descend == Resolve::Absolute {
        way.resolve = Resolve::Absolute;
    }
    let work = work(shape, calls, way, distance);
    let (walking, listing) = parallel(strategy, want);
    let in_a_row = |one: &Work| one.reading.total() + looked_up_in_a_row(one, listing, asked);
    let tasks = |rtt_ns: u64| -> Vec<Task> {
        let task = |(one, directory): (&Work, &super::shape::Directory)| Task {
            parent: directory.parent,
            ns: in_a_row(one).saturating_mul(rtt_ns),
        };
        work.iter().zip(&shape.directories).map(task).collect()
    };
    let rtt_ns = distance.rtt_ns.max(1);
    let is_by_entry = matches!(strategy, Strategy::Tree { walker, .. } if walker.name == crate::walk::ignore::NAME);
    let answers = work.iter().map(Work::answers).sum();
    let row = match walking {
        Parallel::Threads if is_by_entry => finish_ns(&by_entry(shape, &work), Workers::Fixed(asked.threads)),
        Parallel::Threads => finish_ns(&tasks(1), Workers::Fixed(asked.threads)),
        Parallel::Stealing => {
            // It also waits until more threads are tried, which is less than an answer.
            let ns = finish_ns(&tasks(rtt_ns), Workers::ByNeed { cores: asked.cores });
            return Waits { answers, in_a_row: ns / rtt_ns, ns: (ns + counted.local_ns) as f64 };
        }
        Parallel::Serial | Parallel::Ranges | Parallel::Ring { .. } => work.iter().map(in_a_row).sum(),
    };
    Waits::from_afar(answers, row, distance, counted.local_ns)
}

/// What looking every entry up by its full path and asking for its ACL waits for, and what it would with [`IN_FLIGHT`]
/// questions at once.
pub fn long_listing(shape: &Shape, distance: &Distance) -> (Waits, Waits) {
    let (entries, directories) = (shape.entries(), shape.directories.len() as u64);
    let calls = Calls { opens: directories, by_name: entries, of_open: directories, attributes: entries };
    let way = Way { resolve: Resolve::Absolute, descend: Resolve::Absolute, buffer_bytes: 32 << 10, any_age: false };
    let work = work(shape, calls, way, distance);
    let answers: Answers = work.iter().map(Work::answers).sum();
    let together = finish_ns(&by_entry(shape, &work), Workers::Fixed(IN_FLIGHT));
    let far = |in_a_row| Waits::from_afar(answers, in_a_row, distance, 0);
    (far(answers.total()), far(together))
}

/// How directories are scheduled, and how one is listed.
fn parallel(strategy: &Strategy, want: Want) -> (Parallel, Parallel) {
    let lister = strategy.lister(want).map_or(Parallel::Serial, |lister| lister.factors.parallel);
    match strategy {
        Strategy::Directory(_) => (Parallel::Serial, lister),
        Strategy::Tree { walker, .. } => (walker.factors.parallel, lister),
    }
}

/// Answers to a directory's lookups that are waited for one after the other.
fn looked_up_in_a_row(work: &Work, listing: Parallel, asked: Asked) -> u64 {
    let (all, entries) = (work.looking.total(), work.entries.max(1));
    let (stretch, at_once) = match listing {
        Parallel::Threads => {
            let entries = usize::try_from(entries).unwrap_or(usize::MAX);
            (list::threads::stretch(entries, asked.threads, asked.cores) as u64, asked.threads as u64)
        }
        // io_uring's own threads: as many as fit into the ring, at most four a core (io_uring/tctx.c, io_init_wq_offload).
        Parallel::Ring { depth } => (1, u64::from(depth).min(4 * asked.cores as u64)),
        Parallel::Serial | Parallel::Stealing | Parallel::Ranges => return all,
    };
    let stretches = entries.div_ceil(stretch);
    let rounds = stretches.div_ceil(at_once.clamp(1, stretches));
    let each = all.div_ceil(entries);
    all.min(rounds * stretch * each)
}

/// Tasks of a walk whose threads take entries, not directories: reading a directory is one, and its entries, in as many
/// groups as can be in flight, are others.
fn by_entry(shape: &Shape, work: &[Work]) -> Vec<Task> {
    let reading = work.iter().zip(&shape.directories);
    let mut tasks: Vec<Task> =
        reading.map(|(one, directory)| Task { parent: directory.parent, ns: one.reading.total() }).collect();
    for (place, one) in work.iter().enumerate() {
        let groups = one.entries.min(IN_FLIGHT as u64);
        let (all, mut before) = (one.looking.total(), 0);
        for group in 1..=groups {
            let up_to = u64::try_from(u128::from(all) * u128::from(group) / u128::from(groups)).unwrap_or(all);
            tasks.push(Task { parent: Some(place), ns: up_to - before });
            before = up_to;
        }
    }
    tasks
}

#[cfg(test)]
mod tests {
    use super::super::shape::Directory;
    use super::*;
    use crate::trace::{Call, Method};

    const FAR: Distance = Distance { rtt_ns: 1_000_000, keeps: false, plus: false, types: true, answer_bytes: None };

    fn trace(calls: &[(&str, u64)]) -> Trace {
        let call = |&(name, count): &(&str, u64)| (name.to_owned(), Call { count, errors: 0, latency: None });
        Trace { way: Method::Ptrace, calls: calls.iter().map(call).collect(), uring_operations: 0, lost: 0 }
    }

    fn in_a_row(name: &str, want: Want, threads: usize, calls: &[(&str, u64)], shape: &Shape) -> u64 {
        let strategy = Strategy::by_name(name).unwrap();
        let counted = Counted { trace: &trace(calls), local_ns: 0 };
        waits(&strategy, Asked { want, threads, cores: 2 }, counted, shape, &FAR).in_a_row
    }

    #[test]
    fn one_directorys_lookups_are_shared_in_stretches_or_by_the_rings_threads() {
        let flat = Shape {
            directories: vec![Directory { entries: 1024, name_bytes: 1 << 15, ..Directory::default() }],
            unreadable: 0,
        };
        let calls = [("openat", 1), ("statx", 1024), ("getdents64", 2)];
        // OPENDIR, READDIR and the end; then a LOOKUP and a GETATTR an entry.
        let of = |name, threads| in_a_row(name, Want::Metadata, threads, &calls, &flat);
        assert_eq!(of("getdents+statx", 32), 3 + 2048);
        assert_eq!((of("getdents+threads", 2), of("getdents+threads", 32)), (3 + 1024, 3 + 64));
        assert_eq!(of("getdents+uring/256", 1), 3 + 2048 / 8);
    }

    #[test]
    fn threads_share_directories_and_wait_for_their_parents() {
        let child = Directory { parent: Some(0), depth: 1, entries: 0, name_bytes: 64 };
        let root = Directory { entries: 4, name_bytes: 192, ..Directory::default() };
        let shape = Shape { directories: vec![root, child, child, child, child], unreadable: 0 };
        let calls = [("openat", 5), ("getdents64", 10)];
        let of = |name, threads| in_a_row(name, Want::Kinds, threads, &calls, &shape);
        // A child has a LOOKUP more than the root.
        assert_eq!((of("serial", 1), of("rayon", 2), of("rayon", 9)), (3 + 16, 3 + 8, 3 + 4));
    }

    #[test]
    fn what_asks_a_local_file_system_is_refused() {
        let refused = |name, want| refused(&Strategy::by_name(name).unwrap(), want).is_some();
        assert!(
            refused("raw-ext4", Want::Kinds)
                && refused("getdents/eof", Want::Kinds)
                && refused("uring-walk", Want::Kinds)
        );
        assert!(!refused("serial", Want::Kinds) && !refused("getdents+uring/64", Want::Metadata));
    }
}
