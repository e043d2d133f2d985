//! Every strategy of the registry as a benchmark: `GROUP/STRATEGY/WANT/SHAPE/CACHE`.

use super::case::{Case, What};
use super::tree::Tree;
use super::{Budget, Kit, say};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use fsbench::bench::Note;
use fsbench::list::{Options, Standing, Want};
use fsbench::measure::Cache;
use fsbench::strategy::{Level, Strategy};
use fsbench::sys::cache::may_drop;
use fsbench::tree::Shape;
use fsbench::walk::Run;
use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Duration;

/// Ten samples of a tenth of this, or of one listing where that takes longer (and Criterion warns that it does): all
/// strategies of all groups in some three minutes, a quarter of it with cold caches. A worker warms itself up.
pub(crate) const BUDGET: Budget =
    Budget { samples: 10, warm_up: Duration::from_millis(1), measure: Duration::from_millis(500) };

/// Adds a group with every strategy of `level`, asked for each of `wants` on each tree; cold ones last, since they
/// leave nothing warm behind.
pub(crate) fn group(criterion: &mut Criterion, kit: &Kit, name: &str, level: Level, wants: &[Want]) {
    let mut caches = vec![Cache::Warm];
    match may_drop() {
        Ok(()) => caches.push(Cache::Cold),
        Err(why) => say(&format!("{name}: the cold benchmarks are left out, since only root drops caches ({why})")),
    }
    let mut group = criterion.benchmark_group(name);
    // One listing takes long: rising numbers of iterations would take several times as long for the same number of
    // samples.
    group.sampling_mode(SamplingMode::Flat);
    for cache in caches {
        for &shape in kit.shapes() {
            for &want in wants {
                let tree = || kit.tree(shape, size(kit, cache));
                group.throughput(Throughput::Elements(entries(shape, level, size(kit, cache), &tree)));
                for what in cases(kit, name, level, want, cache) {
                    let value = format!("{want}/{shape}/{}", cache_name(cache));
                    let mut case: OnceCell<Case<'_>> = OnceCell::new();
                    group.bench_function(BenchmarkId::new(what.strategy.name(), &value), |bencher| {
                        case.get_or_init(|| Case::verified(kit, tree(), what));
                        bencher.iter_custom(|iterations| {
                            case.get_mut().map(|case| case.sample(iterations)).unwrap_or_default()
                        });
                    });
                    if let Some(note) = case.get().and_then(Case::note) {
                        kit.note(format!("{name}/{}/{value}", what.strategy.name()), Note::Case(Box::new(note)));
                    }
                }
            }
        }
    }
    group.finish();
}

/// The registry's strategies that fit, and `null`; those that cannot run here are said to be left out.
fn cases(kit: &Kit, group: &str, level: Level, want: Want, cache: Cache) -> Vec<What> {
    let cores = Options::default().threads;
    let fits = |strategy: &Strategy| match strategy.standing() {
        Standing::Ranked => strategy.level() == level && strategy.delivers(want),
        Standing::Null => cache == Cache::Warm,
    };
    let ready = |mut run: Box<dyn Run>| run.prepare(kit.place());
    let runs = |strategy: &Strategy| match strategy.open(want, &Options::default()).and_then(ready) {
        Ok(()) => true,
        Err(reason) => {
            say(&format!("{group}/{} is left out: {reason}", strategy.name()));
            false
        }
    };
    let what = |strategy: Strategy| {
        let threads = if strategy.takes_threads() { cores } else { 1 };
        What { strategy, level, want, cache, threads }
    };
    Strategy::all().filter(fits).filter(runs).map(what).collect()
}

/// Entries of a tree. Cold, a listing takes ten times as long, and says no less of a part of the entries.
fn size(kit: &Kit, cache: Cache) -> u64 {
    match cache {
        Cache::Warm => kit.entries,
        Cache::Cold => (kit.entries / 20).max(1),
    }
}

/// How many entries a listing has. Of most trees' roots only a look says it.
fn entries(shape: Shape, level: Level, size: u64, tree: &dyn Fn() -> Rc<Tree>) -> u64 {
    match (shape, level) {
        (Shape::Empty, _) => 0,
        (Shape::Flat, _) | (_, Level::Tree) => size,
        (_, Level::Directory) => std::fs::read_dir(&tree().root).map_or(0, |entries| entries.count() as u64),
    }
}

fn cache_name(cache: Cache) -> &'static str {
    match cache {
        Cache::Warm => "warm",
        Cache::Cold => "cold",
    }
}
