//! From facts to causes: pure.
//!
//! A listing that looks every entry up by its full path, as many programs do, is taken apart by the prices of lookups:
//!
//! ```text
//! read     opening and reading directories
//! + entries x   absolute - again     finding each entry by its whole path
//!             + first - again        what was not in memory
//!             + again - processor    waiting for whoever answers
//!             + processor            the lookup itself
//! ```
//!
//! A part becomes a cause when it is large in this sum and something is seen that explains it. Nothing that is merely
//! the largest part is called wrong: a warm listing spends most of its time in lookups, and that is as it should be.

use super::facts::TreeFacts;
use super::lookups::{LARGE_BYTES, Lookups};
use serde::{Deserialize, Serialize};

/// Why a listing takes longer than it must.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A directory is far larger than its entries need: it had many more.
    Emptied,
    /// `d_type` is unknown: each type costs a lookup.
    NoTypes,
    /// Entries are looked up by long paths.
    LongPaths,
    /// Inodes come from storage, and are asked for in another order than they lie there.
    HashOrder,
    /// Inodes come from storage.
    Cold,
    /// A large directory has no index: a name that the kernel does not remember is searched for from where the last one
    /// was found, and one that is not there in all of it.
    Unindexed,
    /// Answers come from far away, one after the other.
    Distance,
    /// Answers come from a program on this machine, one after the other.
    Served,
}

/// A reason, and its part of the time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// Why.
    pub reason: Reason,
    /// Its part of a listing that looks every entry up, from 0 to 1.
    pub share: f64,
    /// How many times as fast it would be without: by these prices. `None` where they do not tell.
    pub gain: Option<f64>,
}

/// How much was in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Warmth {
    /// Next to all.
    Warm,
    /// Some.
    Half,
    /// Next to nothing.
    Cold,
}

/// The parts of one listing, nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// Opening and reading directories.
    pub read: f64,
    /// Finding entries by their whole paths.
    pub path: f64,
    /// What was not in memory.
    pub fetch: f64,
    /// Waiting for an answer.
    pub wait: f64,
    /// The processor's work in lookups.
    pub work: f64,
}

impl Parts {
    /// Of a tree.
    pub fn of(facts: &TreeFacts) -> Self {
        let Some(lookups) = facts.lookups else { return Self { read: facts.read_ns, ..Self::default() } };
        let entries = facts.entries as f64;
        let more = |a: f64, b: f64| entries * (a - b).max(0.0);
        let work = lookups.processor_ns.min(lookups.again_ns);
        // What the kernel has in memory and only must look for once is no part of the next listing.
        let stays = warmth(facts) == Warmth::Warm;
        Self {
            read: if stays { facts.read_again_ns.min(facts.read_ns) } else { facts.read_ns },
            path: more(lookups.absolute_ns, lookups.again_ns),
            fetch: if stays { 0.0 } else { more(lookups.first_ns, lookups.again_ns) },
            wait: more(lookups.again_ns, work),
            work: entries * work,
        }
    }

    /// All together.
    pub fn total(&self) -> f64 {
        self.read + self.path + self.fetch + self.wait + self.work
    }

    /// The same with all in memory.
    pub fn from_memory(facts: &TreeFacts) -> Self {
        Self { read: facts.read_again_ns.min(facts.read_ns), fetch: 0.0, ..Self::of(facts) }
    }
}

/// An answer that takes longer than this is not the kernel's own.
const ASKED_ELSEWHERE_NS: f64 = 12e3;
/// One that takes longer than this does not come from this machine.
const FAR_NS: f64 = 1e6;
/// The least share that is worth a word.
const LEAST_SHARE: f64 = 0.2;
/// A name takes at most 264 bytes in a directory of ext4; blocks that are half empty after splits are usual.
const ROOMY_BYTES: u64 = 600;
/// A directory below this needs no index.
const UNINDEXED_BYTES: u64 = 64 << 10;

/// Whether the kernel itself answers, from what it has in memory: there who waits has lost the processor to others.
fn is_local(file_system: &str) -> bool {
    ["ext", "xfs", "btrfs", "tmpfs", "f2fs", "zfs", "bcachefs", "overlay"]
        .iter()
        .any(|kind| file_system.starts_with(kind))
}

/// Whether the largest directory is one in which names are searched for from its start.
fn is_unindexed(facts: &TreeFacts) -> bool {
    facts.largest.indexed == Some(false) && facts.largest.size_bytes >= UNINDEXED_BYTES
}

/// How much was in memory. To read a directory fetches its inode and the inodes that lie near it: where names come from
/// storage, the lookups of a tree may find all that they need there, and it was cold all the same.
pub fn warmth(facts: &TreeFacts) -> Warmth {
    let Some(lookups) = &facts.lookups else { return Warmth::Warm };
    let asked = lookups.from_storage * 10;
    let names_were_cold = facts.read_bytes.is_some_and(|bytes| bytes > 0 && bytes >= facts.directory_bytes / 2);
    match lookups.number {
        number if asked >= number * 9 => Warmth::Cold,
        number if asked > number || names_were_cold => Warmth::Half,
        _ => Warmth::Warm,
    }
}

/// The largest gain that is promised: with a hundredth of the time left, or less, what is left is a few calls, and a probe of
/// so few is off by as much as they take.
pub const MOST_GAIN: f64 = 100.0;

/// One listing from memory, and the same with a new directory in the place of the largest: what is left takes some 40 bytes
/// a name, and its blocks take as long as these. Reading was timed as a whole, and the largest directory alone once more: the
/// others have the part of the whole that their sizes are.
fn renewed(facts: &TreeFacts, memory: &Parts) -> (f64, f64) {
    const BLOCK_BYTES: u64 = 4096;
    let largest = &facts.largest;
    let block_ns = largest.read_ns / largest.size_bytes.div_ceil(BLOCK_BYTES).max(1) as f64;
    let new_ns = largest.open_ns + block_ns * (largest.entries * 40).div_ceil(BLOCK_BYTES).max(1) as f64;
    let others = 1.0 - largest.size_bytes as f64 / facts.directory_bytes.max(largest.size_bytes).max(1) as f64;
    let rest = memory.total() - memory.read + memory.read * others;
    (rest + largest.read_ns, rest + new_ns.min(largest.read_ns))
}

/// A directory without an index. Names that are asked for in its own order are found at once, since the search begins where
/// the last one ended; in any other order half of it is searched for each, on average.
fn unindexed(facts: &TreeFacts, lookups: &Lookups, name: &mut impl FnMut(Reason, f64, f64, Option<f64>)) {
    let entries = facts.largest.entries as f64;
    let searched = entries * facts.largest.miss_ns / 2.0;
    let found = entries * lookups.first_ns.max(lookups.again_ns);
    // What the kernel remembered was not searched for: what finding takes is not known then.
    let was_searched = lookups.first_ns > lookups.again_ns * 1.3;
    let gain = was_searched.then(|| (searched + found) / found.max(1.0));
    name(Reason::Unindexed, searched + found, searched, gain);
}

/// The causes, those with the largest share first.
pub fn causes(facts: &TreeFacts) -> Vec<Cause> {
    let parts = Parts::of(facts);
    let memory = Parts::from_memory(facts);
    let warm = memory.total();
    let mut causes = Vec::new();
    // Of so much so much would be spared.
    let mut name = |reason, total: f64, spared: f64, gain: Option<f64>| {
        let share = (spared / total.max(1.0)).clamp(0.0, 1.0);
        // What tells no types is to blame for all lookups, however quick they are.
        if share >= LEAST_SHARE || reason == Reason::NoTypes {
            causes.push(Cause { reason, share, gain });
        }
    };
    let without = |total: f64, spared: f64| Some(total / (total - spared).max(total / 1e6).max(1.0));
    let largest = &facts.largest;
    let bytes_each = largest.size_bytes / largest.entries.max(1);
    if largest.size_bytes >= LARGE_BYTES && bytes_each > ROOMY_BYTES {
        // What is in memory now: how long storage would take for either directory is not known.
        let (before, after) = renewed(facts, &memory);
        name(Reason::Emptied, before, before - after, Some((before / after.max(1.0)).min(MOST_GAIN)));
    }
    let Some(lookups) = &facts.lookups else { return causes };
    if facts.unknown_types * 2 > facts.entries {
        let spared = warm - memory.read;
        name(Reason::NoTypes, warm, spared, without(warm, spared));
    }
    if facts.depth > 4 && lookups.absolute_ns > lookups.again_ns * 1.5 {
        name(Reason::LongPaths, parts.total(), parts.path, without(warm, parts.path));
    }
    let total = parts.total();
    let fetched = (total - warm).max(0.0);
    match warmth(facts) {
        Warmth::Warm => {}
        // Where storage was waited for while directories were read, the order of their names is not to blame.
        _ if facts.disorder > 0.5
            && largest.entries > 1000
            && lookups.from_storage > 0
            && parts.fetch * 2.0 > fetched =>
        {
            name(Reason::HashOrder, total, fetched, Some(total / warm.max(1.0)));
        }
        _ => name(Reason::Cold, total, fetched, Some(total / warm.max(1.0))),
    }
    if is_unindexed(facts) {
        unindexed(facts, lookups, &mut name);
    }
    if !is_local(&facts.file_system)
        && lookups.again_ns > ASKED_ELSEWHERE_NS
        && lookups.processor_ns * 2.0 < lookups.again_ns
    {
        let waited = parts.wait + parts.path;
        // What a server takes to send attributes with the names, only the server knows.
        name(if lookups.again_ns >= FAR_NS { Reason::Distance } else { Reason::Served }, total, waited, None);
    }
    causes.sort_by(|a, b| b.share.total_cmp(&a.share));
    causes
}

#[cfg(test)]
mod tests {
    use super::super::facts::Largest;
    use super::super::tests::facts as usual;
    use super::*;

    fn first(facts: &TreeFacts) -> Option<Reason> {
        causes(facts).first().map(|cause| cause.reason)
    }

    fn with(change: impl FnOnce(&mut TreeFacts, &mut Lookups)) -> TreeFacts {
        let mut facts = usual();
        let mut lookups = facts.lookups.take().unwrap();
        change(&mut facts, &mut lookups);
        TreeFacts { lookups: Some(lookups), ..facts }
    }

    #[test]
    fn where_nothing_is_wrong_nothing_is_named() {
        let empty = TreeFacts { entries: 0, lookups: None, largest: Largest::default(), read_ns: 9e3, ..usual() };
        let small = with(|facts, _| (facts.entries, facts.largest.entries, facts.largest.size_bytes) = (9, 9, 4096));
        let ordered = with(|facts, _| facts.disorder = 0.0);
        let unindexed_and_small = with(|facts, lookups| {
            (facts.largest.indexed, facts.largest.size_bytes, lookups.first_ns) = (Some(false), 4096, 3000.0);
        });
        // Deep, but a name is found as quickly.
        let deep = with(|facts, lookups| (facts.depth, lookups.absolute_ns) = (30, 1100.0));
        // Without an index, but names are found, or found to be missing, as quickly.
        let unindexed = with(|facts, _| (facts.largest.indexed, facts.largest.miss_ns) = (Some(false), 300.0));
        // Others have the processor meanwhile.
        let crowded = with(|_, lookups| (lookups.again_ns, lookups.absolute_ns) = (40e3, 40e3));
        for facts in [usual(), crowded, empty, small, ordered, unindexed_and_small, unindexed, deep] {
            assert_eq!(causes(&facts), [], "{facts:?}");
        }
    }

    #[test]
    fn each_planted_cause_is_named_first() {
        let planted = [
            (Reason::NoTypes, with(|facts, _| facts.unknown_types = 100_000)),
            (Reason::LongPaths, with(|facts, lookups| (facts.depth, lookups.absolute_ns) = (30, 2600.0))),
            (
                Reason::Emptied,
                with(|facts, _| {
                    (facts.entries, facts.largest.entries, facts.largest.size_bytes) = (5, 5, 300 << 20);
                    (facts.read_ns, facts.read_again_ns, facts.largest.read_ns) = (200e6, 200e6, 200e6);
                }),
            ),
            (
                Reason::Cold,
                with(|facts, lookups| (facts.disorder, lookups.from_storage, lookups.first_ns) = (0.0, 40, 90e3)),
            ),
            (Reason::HashOrder, with(|_, lookups| (lookups.from_storage, lookups.first_ns) = (30, 90e3))),
            (Reason::Unindexed, with(|facts, _| (facts.largest.indexed, facts.largest.miss_ns) = (Some(false), 90e3))),
            (Reason::Distance, with(|facts, lookups| slow(facts, lookups, 16e6))),
            (Reason::Served, with(|facts, lookups| slow(facts, lookups, 40e3))),
        ];
        for (reason, facts) in planted {
            assert_eq!(first(&facts), Some(reason), "{:?}", causes(&facts));
        }
    }

    /// Answers that are waited for.
    fn slow(facts: &mut TreeFacts, lookups: &mut Lookups, ns: f64) {
        facts.file_system = "fuse".to_owned();
        (lookups.first_ns, lookups.again_ns, lookups.absolute_ns, lookups.together_ns) = (ns, ns, ns, ns / 20.0);
    }

    fn gain(facts: &TreeFacts) -> f64 {
        causes(facts)[0].gain.unwrap()
    }

    #[test]
    fn who_waited_for_directories_was_cold_whatever_their_order() {
        let facts = with(|facts, lookups| (lookups.from_storage, lookups.first_ns, facts.read_ns) = (30, 90e3, 60e9));
        assert_eq!(first(&facts), Some(Reason::Cold), "{:?}", causes(&facts));
    }

    #[test]
    fn a_gain_is_what_is_left_without_the_cause() {
        let facts = with(|facts, lookups| (facts.read_ns, facts.depth, lookups.absolute_ns) = (0.0, 30, 3000.0));
        // 0.8 us without, 2.2 us more with.
        assert!((gain(&facts) - 3.75).abs() < 1e-9 && (causes(&facts)[0].share - 2.2 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn a_new_directory_still_takes_opening_and_its_block() {
        let mut facts = TreeFacts { entries: 5, lookups: None, read_ns: 200e6, read_again_ns: 200e6, ..usual() };
        facts.largest = Largest { entries: 5, size_bytes: 40 << 20, read_ns: 200e6, open_ns: 3e3, ..facts.largest };
        // 10,240 blocks, of which one is needed: what is left is too little to be told.
        assert!((gain(&facts) - MOST_GAIN).abs() < 1e-9);
        (facts.largest.entries, facts.largest.open_ns) = (60_000, 3e6);
        let left = 3e6 + 200e6 / 10_240.0 * 586.0;
        assert!((gain(&facts) - 200e6 / left).abs() < 1e-6, "{}", gain(&facts));
        // Other directories, as large together, are read as before.
        (facts.directory_bytes, facts.read_ns, facts.read_again_ns) = (80 << 20, 400e6, 400e6);
        assert!((gain(&facts) - 400e6 / (200e6 + left)).abs() < 1e-6, "{}", gain(&facts));
    }

    #[test]
    fn an_index_spares_the_search_and_promises_nothing_where_nothing_was_searched_for() {
        let unindexed = |first_ns| {
            with(|facts, lookups| {
                (facts.largest.indexed, facts.largest.miss_ns, lookups.first_ns) = (Some(false), 20e3, first_ns);
            })
        };
        assert!((gain(&unindexed(2000.0)) - 6.0).abs() < 1e-9);
        assert_eq!(causes(&unindexed(800.0))[0].gain, None);
    }

    #[test]
    fn a_sample_is_cold_if_nearly_all_of_it_asked_storage() {
        let of = |from_storage| warmth(&with(|_, lookups| lookups.from_storage = from_storage));
        assert_eq!([of(0), of(4), of(5), of(35), of(36)].map(|warmth| warmth as u8), [0, 0, 1, 1, 2]);
    }

    #[test]
    fn a_tree_whose_directories_brought_all_its_inodes_into_memory_was_cold() {
        let read = |bytes| {
            with(|facts, lookups| {
                (facts.read_bytes, facts.read_ns, facts.read_again_ns) = (Some(bytes), 900e6, 30e6);
                lookups.from_storage = 0;
            })
        };
        assert_eq!(warmth(&read(4 << 20)), Warmth::Half);
        assert_eq!(first(&read(4 << 20)), Some(Reason::Cold));
        // The program's own pages.
        assert_eq!((warmth(&read(64 << 10)), first(&read(64 << 10))), (Warmth::Warm, None));
    }
}
