//! The walk itself, with ranks in threads of this process, over a network that delays and reorders their messages.

use fsbench_mpi::digest::Digest;
use fsbench_mpi::schedule::Transport;
use fsbench_mpi::simulation::Network;
use fsbench_mpi::walk::{Choices, Totals, Visitor, walk};
use fswalk::{Error, Kind, Meta};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// One rank's end of a network that all threads share, on the machine's clock.
struct Shared<'n> {
    network: &'n Mutex<Network>,
    rank: usize,
    ranks: usize,
    since: Instant,
}

impl Shared<'_> {
    fn with<R>(&self, use_it: impl FnOnce(&mut dyn Transport) -> R) -> R {
        let mut network = self.network.lock().unwrap();
        network.set_now(self.since.elapsed());
        use_it(&mut network.wire(self.rank))
    }
}

impl Transport for Shared<'_> {
    fn rank(&self) -> usize {
        self.rank
    }
    fn ranks(&self) -> usize {
        self.ranks
    }
    fn send(&mut self, to: usize, message: &[u8]) {
        self.with(|wire| wire.send(to, message));
    }
    fn try_receive(&mut self) -> Option<(usize, Vec<u8>)> {
        self.with(|wire| wire.try_receive())
    }
    fn start_sum(&mut self, addends: [u64; 2]) {
        self.with(|wire| wire.start_sum(addends));
    }
    fn try_sum(&mut self) -> Option<[u64; 2]> {
        self.with(|wire| wire.try_sum())
    }
}

#[derive(Default)]
struct Seen {
    digest: Digest,
    below: Vec<u8>,
    looks: bool,
    errors: Vec<Error>,
}

impl Visitor for Seen {
    fn needs(&self, _: &[u8], _: Kind) -> bool {
        self.looks
    }
    fn directory(&mut self, path: &[u8], root_length: usize) {
        self.below = path[root_length..].strip_prefix(b"/").unwrap_or_default().to_vec();
    }
    fn entry(&mut self, name: &[u8], kind: Kind, meta: Option<&Meta>) -> Result<(), Error> {
        assert_eq!(meta.is_some(), self.looks);
        self.digest.add(&self.below, name, kind, None);
        Ok(())
    }
    fn error(&mut self, error: Error) {
        self.errors.push(error);
    }
}

/// How to walk.
#[derive(Clone, Copy)]
struct Trial {
    ranks: usize,
    threads: usize,
    budget_bytes: usize,
    longest_delay: Duration,
    looks: bool,
    seed: u64,
}

const USUAL: Trial = Trial {
    ranks: 4,
    threads: 2,
    budget_bytes: 1 << 20,
    longest_delay: Duration::from_micros(500),
    looks: false,
    seed: 1,
};

/// What all ranks together saw, and the most memory that one rank's waiting directories took.
fn walked(root: &Path, trial: Trial) -> (Totals, u64, usize) {
    let network = Mutex::new(Network::new(trial.ranks, Duration::ZERO..trial.longest_delay, trial.seed));
    let since = Instant::now();
    let roots = [PathBuf::from(root)];
    let rank = |rank: usize| {
        let mut wire = Shared { network: &network, rank, ranks: trial.ranks, since };
        let choices = Choices { threads: trial.threads, budget_bytes: trial.budget_bytes, seed: trial.seed };
        walk(&mut wire, &roots, choices, || Seen { looks: trial.looks, ..Seen::default() }).unwrap()
    };
    let rank = &rank;
    let ranks = thread::scope(|scope| {
        let threads: Vec<_> = (0..trial.ranks).map(|number| scope.spawn(move || rank(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(network.lock().unwrap().unread(), 0, "messages that nobody received");
    let (mut totals, mut digest, mut most_bytes) = (Totals::default(), 0_u64, 0);
    for walked in ranks {
        totals += walked.totals;
        most_bytes = most_bytes.max(walked.most_bytes);
        for seen in walked.visitors {
            assert!(seen.errors.is_empty(), "{:?}", seen.errors);
            digest = digest.wrapping_add(seen.digest.sum);
        }
    }
    (totals, digest, most_bytes)
}

/// The witness: std alone, one directory after the other.
fn witness(root: &Path) -> (u64, u64) {
    let (mut digest, mut entries, mut waiting) = (Digest::default(), 0, vec![PathBuf::new()]);
    while let Some(below) = waiting.pop() {
        for entry in fs::read_dir(root.join(&below)).unwrap() {
            let entry = entry.unwrap();
            let kind = Kind::from(entry.file_type().unwrap());
            digest.add(below.as_os_str().as_bytes(), entry.file_name().as_bytes(), kind, None);
            entries += 1;
            if kind.is_dir() {
                waiting.push(below.join(entry.file_name()));
            }
        }
    }
    (entries, digest.sum)
}

fn assert_seen_whole(root: &Path, trial: Trial) -> usize {
    let (entries, digest) = witness(root);
    let (totals, seen, most_bytes) = walked(root, trial);
    assert_eq!((totals.entries(), seen), (entries, digest), "{} ranks, seed {}", trial.ranks, trial.seed);
    most_bytes
}

fn random_tree(root: &Path, seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut dirs = vec![root.to_owned()];
    for number in 0..random.random_range(0..40) {
        let path = dirs[random.random_range(0..dirs.len())].join(format!("n{number}"));
        if random.random_bool(0.6) {
            fs::create_dir(&path).unwrap();
            dirs.push(path);
        } else {
            fs::write(&path, "").unwrap();
        }
    }
}

#[test]
fn a_thousand_small_random_trees_are_seen_whole_whatever_becomes_of_messages() {
    for seed in 0..1_000 {
        let root = tempfile::tempdir().unwrap();
        random_tree(root.path(), seed);
        let ranks = [1, 2, 3, 4, 7, 8][(seed % 6) as usize];
        let longest_delay = Duration::from_micros([50, 500, 2_000][(seed / 6 % 3) as usize]);
        assert_seen_whole(root.path(), Trial { ranks, longest_delay, seed, looks: seed % 2 == 0, ..USUAL });
    }
}

#[test]
fn a_wide_directory_that_is_read_piecemeal_for_want_of_memory_is_seen_whole() {
    // A tmpfs, where there is one: its positions are not ordered, so that memory is bounded by the budget and not by ranges.
    let root = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    for number in 0..12_000 {
        fs::create_dir(root.path().join(format!("directory-{number:06}"))).unwrap();
    }
    for below in 0..5_000 {
        fs::create_dir(root.path().join(format!("directory-000000/{below}"))).unwrap();
    }
    for ranks in [1, 3] {
        let roomy = assert_seen_whole(root.path(), Trial { ranks, threads: 1, budget_bytes: usize::MAX, ..USUAL });
        let tight = assert_seen_whole(root.path(), Trial { ranks, threads: 1, budget_bytes: 64 << 10, ..USUAL });
        assert!(roomy > tight, "{roomy} bytes waited where there was room for all, {tight} where there was not");
        // The budget, and for each of three levels a batch of 1,024 directories of less than 256 bytes.
        assert!(tight < (64 << 10) + 3 * 1024 * 256, "{tight}");
    }
}

#[test]
fn entries_that_are_looked_up_in_batches_are_seen_once_each() {
    let root = tempfile::tempdir().unwrap();
    for number in 0..3_000 {
        fs::write(root.path().join(format!("f{number}")), "").unwrap();
        if number % 100 == 0 {
            fs::create_dir(root.path().join(format!("d{number}"))).unwrap();
        }
    }
    for (ranks, budget_bytes) in [(1, 1 << 20), (1, 1), (4, 1 << 20), (4, 1)] {
        assert_seen_whole(root.path(), Trial { ranks, budget_bytes, looks: true, ..USUAL });
    }
}

#[test]
fn a_path_longer_than_one_call_takes_can_be_given_to_another_rank() {
    let root = tempfile::tempdir().unwrap();
    let dir = chain(root.path(), 60, &"n".repeat(200));
    // At the bottom is enough for all.
    for number in 0..50 {
        rustix::fs::mkdirat(&dir, format!("leaf{number}"), 0o755.into()).unwrap();
    }
    for ranks in [1, 2, 4] {
        let (totals, _, _) = walked(root.path(), Trial { ranks, ..USUAL });
        assert_eq!(totals.entries(), 60 + 50, "{ranks} ranks");
    }
    // What std cannot name, a relative walk can remove.
    std::process::Command::new("rm").arg("-rf").arg(root.path()).status().unwrap();
}

fn chain(root: &Path, depth: usize, name: &str) -> std::os::fd::OwnedFd {
    use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};
    let mut fd = openat(CWD, root, OFlags::DIRECTORY, Mode::empty()).unwrap();
    for _ in 0..depth {
        mkdirat(&fd, name, 0o755.into()).unwrap();
        fd = openat(&fd, name, OFlags::DIRECTORY, Mode::empty()).unwrap();
    }
    fd
}
