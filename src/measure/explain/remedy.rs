//! What would help: ways of listing that spare a cause, each measured on the tree itself if the time is enough for it,
//! and else predicted by the sample's prices; and what can only be predicted, since fsbench changes nothing.

use super::diagnosis::{Cause, Parts, Reason};
use super::facts::TreeFacts;
use super::lookups::TOGETHER;
use crate::list::Want;
use crate::measure::plan::{Case, Plan, Target, Twin, ViewKind, Way};
use crate::measure::process::Program;
use crate::measure::record::Record;
use crate::measure::stats::{self, Estimate};
use crate::measure::{Cache, Limits};
use crate::strategy::{Level, Strategy};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Something that would make the listing faster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remedy {
    /// What to do, in words.
    pub what: String,
    /// The strategy that does it, where one does.
    pub strategy: Option<String>,
    /// How many times as fast the listing is with it; `None` where that cannot be said without trying.
    pub gain: Option<f64>,
    /// Of a gain that was measured, its 95 % interval; one that was not is predicted.
    pub measured: Option<Estimate>,
}

/// A remedy that a strategy is.
#[derive(Debug, Clone, PartialEq)]
pub struct Helping {
    /// What it does, in words.
    pub what: &'static str,
    /// Its strategy.
    pub strategy: &'static str,
    /// What is wanted of it.
    pub want: Want,
    /// Its threads.
    pub threads: usize,
    /// The gain that the sample's prices promise.
    pub predicted: f64,
}

/// What looks every entry up by its full path: gains are over this.
pub fn baseline(level: Level) -> &'static str {
    match level {
        Level::Directory => "readdir+lstat",
        Level::Tree => "serial:readdir+lstat",
    }
}

/// The level at which a tree is listed.
pub fn level(facts: &TreeFacts) -> Level {
    if facts.directories > 0 { Level::Tree } else { Level::Directory }
}

/// The strategies that may help, on so many cores.
pub fn ways(facts: &TreeFacts, causes: &[Cause], cores: usize) -> Vec<Helping> {
    let has = |reason| causes.iter().any(|cause| cause.reason == reason);
    // They are measured once all is in memory, and so they are predicted.
    let parts = Parts::from_memory(facts);
    let (read, total) = (parts.read, parts.total().max(1.0));
    let gain = |left: f64| total / left.max(total / 1e6);
    let is_tree = level(facts) == Level::Tree;
    let pick = |tree, flat| if is_tree { tree } else { flat };
    let mut ways = Vec::new();
    let mut add = |what, strategy, want, threads, predicted| {
        ways.push(Helping { what, strategy, want, threads, predicted });
    };
    if facts.entries == 0 {
        return ways;
    }
    let relative = pick("serial:readdir+fstatat", "readdir+fstatat");
    if has(Reason::LongPaths) {
        let what = "look entries up from their directory's descriptor (fstatat, openat), not by the whole path";
        add(what, relative, Want::Metadata, 1, gain(total - parts.path));
    }
    let waits = has(Reason::Distance) || has(Reason::Served);
    if waits || cores > 1 {
        let (what, threads) = match waits {
            true => ("ask many questions at once: 32 threads look entries up", TOGETHER),
            false => ("look entries up on all cores", cores),
        };
        add(
            what,
            pick("rayon:getdents+statx", "getdents+threads"),
            Want::Metadata,
            threads,
            gain(divided(facts, threads)),
        );
    }
    if !has(Reason::NoTypes) {
        let what = "names and types alone: d_type answers, no lookup at all (ls -U, scandir)";
        add(what, pick("serial:getdents/64k", "getdents/64k"), Want::Kinds, 1, gain(read));
    }
    ways
}

/// What a listing takes whose lookups so many threads share.
fn divided(facts: &TreeFacts, threads: usize) -> f64 {
    let parts = Parts::from_memory(facts);
    let (read, looked_up) = (parts.read, parts.wait + parts.work);
    let Some(lookups) = facts.lookups.filter(|_| parts.wait > parts.work) else {
        return read + looked_up / threads.max(1) as f64;
    };
    // What is waited for: so many at once as threads, round by round; of a tree a directory's are one after the other.
    let round_ns = lookups.together_ns * lookups.number.min(TOGETHER as u64) as f64;
    let rounds = |entries: u64| entries.div_ceil(threads.max(1) as u64) as f64;
    match level(facts) {
        Level::Directory => read + rounds(facts.entries) * round_ns,
        Level::Tree => {
            let longest = facts.largest.entries as f64 * lookups.again_ns;
            (rounds(facts.entries) * round_ns + read / threads as f64).max(longest)
        }
    }
}

/// Remedies that nobody can measure without changing something.
pub fn predicted(causes: &[Cause]) -> Vec<Remedy> {
    let advice = |reason| {
        Some(match reason {
            Reason::Emptied => "move what is left into a new directory: this one keeps the size it once had",
            Reason::NoTypes => "a file system that tells types in directories (of ext4: mkfs with -O filetype)",
            Reason::HashOrder => {
                "keep it in memory: list once before (in the order of inodes storage seeks less: fsbench compare --cache cold)"
            }
            Reason::Cold => "keep it in memory: the second listing finds there what the first one fetched",
            Reason::Unindexed => {
                "index the directories (tune2fs -O dir_index, then e2fsck -fD, unmounted): for who asks for names that the \
                 kernel does not remember, in another order than the directory's"
            }
            Reason::Served => {
                "let the file system's server send attributes with the names (READDIRPLUS), and let them be kept"
            }
            Reason::LongPaths | Reason::Distance => return None,
        })
    };
    let remedy = |cause: &Cause| {
        let what = advice(cause.reason)?.to_owned();
        Some(Remedy { what, strategy: None, gain: cause.gain, measured: None })
    };
    causes.iter().filter_map(remedy).collect()
}

/// The plan that measures `ways` within `limit`, and the cases of the baseline and of the ways; `None` if that is too
/// little time for them, which the sample's prices tell.
pub fn plan(
    facts: &TreeFacts,
    ways: &[Helping],
    target: Target,
    worker: Program,
    limit: Duration,
) -> Option<(Plan, usize, Vec<usize>)> {
    /// Verifying, warming up, the oracle, and the rounds that are the least.
    const LISTINGS: f64 = 9.0;
    /// The twin and the oracle's question of the other want.
    const MORE_CASES: f64 = 2.0;
    if ways.is_empty() || !facts.whole {
        return None;
    }
    let needed_ns = Parts::from_memory(facts).total() * LISTINGS * (ways.len() as f64 + MORE_CASES);
    let level = target.level;
    let first = Strategy::by_name(baseline(level))?;
    let mut plan = Plan::new(worker, Limits::Time(limit.mul_f64(0.7)), 1);
    plan.count = None;
    plan.worker_timeout = Some(limit.max(Duration::from_secs(5)) * 2);
    plan.targets = vec![target];
    let case = |strategy, want, threads| Case {
        target: 0,
        way: Way::Ours(strategy),
        want,
        cache: Cache::Warm,
        threads,
        twin: Twin::First,
    };
    let base = plan.case(case(first, Want::Metadata, 1));
    plan.ruler(base);
    let mut cases = Vec::new();
    for way in ways {
        cases.push(plan.case(case(Strategy::by_name(way.strategy)?, way.want, way.threads)));
    }
    let same: Vec<usize> = cases.iter().copied().filter(|&index| plan.cases[index].want == Want::Metadata).collect();
    let all = std::iter::once(base).chain(same).collect();
    plan.view("What would help".to_owned(), ViewKind::Table, all, base);
    (needed_ns <= limit.as_nanos() as f64).then_some((plan, base, cases))
}

/// The remedies that `ways` are: by `record`, where they were measured.
pub fn remedies(ways: &[Helping], measured: Option<(&Record, usize, &[usize])>) -> Vec<Remedy> {
    let gain = |place: usize| {
        let (record, base, cases) = measured?;
        let of = |case: usize| record.cases.get(case)?.measurement();
        let ratios = of(base)?.ratios_to(of(*cases.get(place)?)?);
        stats::estimate(&ratios, stats::RESAMPLES, record.seed)
    };
    let remedy = |(place, way): (usize, &Helping)| {
        let measured = gain(place);
        Remedy {
            what: way.what.to_owned(),
            strategy: Some(way.strategy.to_owned()),
            gain: Some(measured.map_or(way.predicted, |gain| gain.median)),
            measured,
        }
    };
    ways.iter().enumerate().map(remedy).collect()
}

/// Those that help, the best last; first those of which nobody can say how much.
pub fn sorted(mut remedies: Vec<Remedy>) -> Vec<Remedy> {
    let helps = |remedy: &Remedy| remedy.gain.is_none_or(|gain| gain >= 1.1);
    remedies.retain(|remedy| helps(remedy) && remedy.measured.is_none_or(|gain| gain.low > 1.0));
    let key = |remedy: &Remedy| remedy.gain.unwrap_or(0.0);
    remedies.sort_by(|a, b| key(a).total_cmp(&key(b)));
    remedies
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remedy(gain: f64, low: Option<f64>) -> Remedy {
        let measured = low.map(|low| Estimate { median: gain, low, high: gain + 1.0 });
        Remedy { what: String::new(), strategy: None, gain: Some(gain), measured }
    }

    #[test]
    fn what_does_not_surely_help_is_no_remedy() {
        let unknown = Remedy { gain: None, ..remedy(1.0, None) };
        let all = vec![remedy(3.0, None), remedy(1.05, None), remedy(1.5, Some(0.9)), unknown, remedy(2.0, Some(1.8))];
        let kept: Vec<Option<f64>> = sorted(all).iter().map(|remedy| remedy.gain).collect();
        assert_eq!(kept, [None, Some(2.0), Some(3.0)]);
    }

    #[test]
    fn threads_wait_in_rounds() {
        let mut facts = TreeFacts { entries: 200, read_ns: 24e6, read_again_ns: 24e6, ..super::super::tests::facts() };
        let lookups = facts.lookups.as_mut().unwrap();
        (lookups.again_ns, lookups.absolute_ns, lookups.processor_ns) = (16e6, 16e6, 0.0);
        lookups.together_ns = 0.5e6;
        // 200 by 32 threads: 7 rounds of 16 ms.
        assert!((divided(&facts, 32) - (24e6 + 7.0 * 16e6)).abs() < 1.0, "{}", divided(&facts, 32));
        // In the directories of a tree each waits for the one before.
        (facts.directories, facts.largest.entries) = (2, 100);
        assert!((divided(&facts, 32) - 100.0 * 16e6).abs() < 1.0, "{}", divided(&facts, 32));
    }

    #[test]
    fn every_strategy_that_is_a_remedy_delivers_what_is_wanted_and_none_is_below_system_calls() {
        for directories in [0, 9] {
            let facts = TreeFacts { directories, ..super::super::tests::facts() };
            for reason in [Reason::LongPaths, Reason::Distance, Reason::Cold] {
                let causes = [Cause { reason, share: 0.5, gain: Some(2.0) }];
                let level = level(&facts);
                assert!(Strategy::by_name(baseline(level)).unwrap().delivers(Want::Metadata));
                let ways = ways(&facts, &causes, 2);
                assert!(ways.len() >= 2);
                for way in ways {
                    let strategy = Strategy::by_name(way.strategy).unwrap_or_else(|| panic!("{}", way.strategy));
                    assert!(strategy.delivers(way.want) && strategy.level() == level, "{}", way.strategy);
                    assert!(!strategy.factors(way.want).is_below_system_calls());
                }
            }
        }
    }
}
