//! Makes a [`Record`] of a session's samples: estimates, paired ratios, marks, advice.

use super::environment::{Build, Environment};
use super::file_system::FileSystem;
use super::floor;
use super::oracle::TREE;
use super::oracle::{Ambiguous, Truths};
use super::plan::{Case, Limits, Plan, View, ViewKind, Way};
use super::record::{
    CaseRecord, CommandRecord, Measurement, Outcome, Record, Rounds, RulerRecord, SCHEMA, TargetRecord, TruthRecord,
    ViewRecord,
};
use super::rows::Pairs;
use super::running::Running;
use super::schedule::Ended;
use super::spec::VerifiedBy;
use super::stats::{self, Estimate, RESAMPLES};
use crate::error::Escaped;
use crate::interrupt::Interrupted;
use crate::list::{Standing, Want};
use std::path::PathBuf;
use std::time::Instant;

/// A tree that is listed in less than this is small.
const SMALL_NS: f64 = 2e6;

/// What a session gathered.
pub(super) struct Raw<'s> {
    pub(super) started: jiff::Timestamp,
    pub(super) environment: Environment,
    pub(super) file_systems: Vec<FileSystem>,
    pub(super) truths: Vec<Truths>,
    pub(super) cases: Vec<Running<'s>>,
    pub(super) rounds: Rounds,
    pub(super) changed: Vec<bool>,
    pub(super) ambiguous: Vec<Vec<Ambiguous>>,
    pub(super) interrupted: Option<Interrupted>,
}

/// The record of a session.
pub(super) fn record(plan: &Plan, raw: Raw<'_>) -> Record {
    let cases: Vec<CaseRecord> =
        plan.cases.iter().zip(&raw.cases).map(|(case, running)| case_record(case, running, plan.seed)).collect();
    let cores = raw.environment.cores;
    let views = plan.views.iter().map(|view| view_record(view, plan, &cases, cores)).collect();
    let ruler = ruler(plan, &cases);
    let advice = advice(plan, &raw, &cases, &ruler);
    let targets = plan.targets.iter().zip(raw.truths).zip(raw.file_systems);
    Record {
        schema: SCHEMA,
        fsbench: env!("CARGO_PKG_VERSION").to_owned(),
        command: plan.command.clone(),
        started: raw.started,
        environment: raw.environment,
        seed: plan.seed,
        rounds: raw.rounds,
        ruler,
        targets: targets.map(|((target, truths), file_system)| target_record(target, &truths, file_system)).collect(),
        cases,
        views,
        advice,
    }
}

/// One case's time over another's, paired by round.
pub(super) fn ratio(case: &Running<'_>, to: &Running<'_>, resamples: usize, seed: u64) -> Option<Estimate> {
    stats::estimate(&ratios(case, to)?, resamples, seed)
}

/// A case's time over another's, round by round; `None` where one of them is out.
pub(super) fn ratios(case: &Running<'_>, to: &Running<'_>) -> Option<Vec<f64>> {
    let both = case.out.is_none() && to.out.is_none();
    both.then(|| case.wall_per_listing().iter().zip(to.wall_per_listing()).map(|(case, to)| case / to).collect())
}

fn target_record(target: &super::Target, truths: &Truths, file_system: FileSystem) -> TargetRecord {
    let truth_record = |(question, truth): (super::oracle::Question, super::oracle::Truth)| TruthRecord {
        want: question.0,
        projection: question.1,
        digest: truth.digest,
        tally: truth.tally,
    };
    let any = truths.any().expect("every target is asked about").tally;
    TargetRecord {
        root: target.named.clone().into(),
        depth: target.root.components().count().saturating_sub(1),
        level: target.level,
        shape: target.shape.clone().filter(|_| target.made.is_none_or(|made| truths.of(TREE).digest == made)),
        truths: truths.iter().map(truth_record).collect(),
        entries: any.entries,
        directories: truths.directories,
        errors: (any.errors, truths.errors.clone()),
        file_system,
    }
}

fn case_record(case: &Case, running: &Running<'_>, seed: u64) -> CaseRecord {
    let outcome = match &running.out {
        Some(out) => out.clone(),
        None => measurement(running, seed)
            .map_or_else(|| Outcome::Failed("interrupted before its first sample".to_owned()), Outcome::Measured),
    };
    CaseRecord {
        target: case.target,
        strategy: case.name(),
        want: case.want,
        cache: case.cache,
        threads: case.threads,
        twin: case.twin,
        is_null: case.standing() == Standing::Null,
        projection: case.projection(),
        factors: case.factors(),
        command: match &case.way {
            Way::Command { spec, version, .. } => {
                let (unclean, ignored) = (running.unclean.clone(), running.ignored.clone());
                Some(CommandRecord { unclean, ignored, ..CommandRecord::new(spec, version.clone()) })
            }
            _ => None,
        },
        worker: running.worker_name.clone(),
        outcome,
    }
}

fn measurement(running: &Running<'_>, seed: u64) -> Option<Measurement> {
    let walls = running.wall_per_listing();
    let (tally, verified_by) =
        running.verified.as_ref().map_or((None, VerifiedBy::Nothing), |(tally, by)| (Some(tally), *by));
    Some(Measurement {
        iterations: running.iterations,
        entries: tally.map_or(0, |tally| tally.entries),
        outliers: stats::outliers(&walls),
        changed: running.changed(),
        verified_by,
        wall_ns: stats::estimate(&walls, RESAMPLES, seed)?,
        user_ns: running.median_of(|sample| sample.user_ns),
        sys_ns: running.median_of(|sample| sample.sys_ns),
        peak_bytes: running.samples.iter().filter_map(|sample| sample.peak_bytes).max(),
        calls: running.calls.clone(),
        samples: running.samples.clone(),
    })
}

fn view_record(view: &View, plan: &Plan, cases: &[CaseRecord], cores: usize) -> ViewRecord {
    let pairs = Pairs { cases, seed: plan.seed };
    let mut rows = match view.kind {
        ViewKind::Table => pairs.table(&view.cases, view.baseline),
        ViewKind::Ladder => pairs.ladder(&view.cases),
        ViewKind::Builds => pairs.builds(view, plan),
        // Added to a finished record: see `against`.
        ViewKind::Past => Vec::new(),
    };
    let (target, want) = view
        .cases
        .first()
        .and_then(|&case| plan.cases.get(case))
        .map_or((0, Want::Names), |case| (case.target, case.want));
    let floor = if view.kind == ViewKind::Table { floor::put(&mut rows, cases, cores) } else { None };
    let (baseline, references) = (view.baseline, view.references.clone());
    ViewRecord { title: view.title.clone(), kind: view.kind, target, want, baseline, references, floor, rows }
}

fn ruler(plan: &Plan, cases: &[CaseRecord]) -> RulerRecord {
    let null = cases.get(plan.ruler.null).filter(|case| case.is_null).and_then(CaseRecord::measurement);
    RulerRecord {
        cases: plan.ruler,
        same: Pairs { cases, seed: plan.seed }.ratio(plan.ruler.second, plan.ruler.first),
        null_ns_per_entry: null.map(Measurement::ns_per_entry),
        clock_ns: clock_ns(),
    }
}

/// The shortest time that the clock tells apart: the least difference of two readings that differ.
fn clock_ns() -> f64 {
    let start = Instant::now();
    let readings: Vec<u128> = (0..10_000).map(|_| start.elapsed().as_nanos()).collect();
    let steps = readings.windows(2).filter_map(|pair| pair[1].checked_sub(pair[0]));
    steps.filter(|&step| step > 0).min().map_or(0.0, |step| step as f64)
}

/// Advice: what the reader should know before believing the table.
fn advice(plan: &Plan, raw: &Raw<'_>, cases: &[CaseRecord], ruler: &RulerRecord) -> Vec<String> {
    let mut advice = Vec::new();
    if raw.environment.build == Build::Debug {
        advice.push("This is a debug build: its times mean nothing. Run `cargo run --release -- compare`.".to_owned());
    }
    if let Some(interrupted) = raw.interrupted {
        let when = match raw.rounds.ended {
            Ended::Interrupted => format!("in round {}", raw.rounds.count + 1),
            _ => "while system calls were counted".to_owned(),
        };
        advice.push(format!("This session was {interrupted} {when}: what was measured until then is shown."));
    }
    for (target, ambiguous) in plan.targets.iter().zip(&raw.ambiguous) {
        for Ambiguous { path, by_type, by_lookup } in ambiguous {
            let path = target.named.join(PathBuf::from(path));
            advice.push(format!(
                "'{}' is {} by d_type and {} by a lookup: something is mounted on it, or its file system contradicts itself. \
                 Rows that ask in different ways see different kinds, and neither is wrong.",
                Escaped(&path),
                by_type.singular(),
                by_lookup.singular(),
            ));
        }
    }
    for (target, changed) in plan.targets.iter().zip(&raw.changed) {
        if *changed {
            let root = Escaped(&target.named);
            advice
                .push(format!("'{root}' changed while it was measured: some samples listed another tree than others."));
        }
    }
    if let Some(same) = ruler.same {
        if same.half_width() > 0.03 {
            let percent = same.half_width() * 100.0;
            advice.push(format!(
                "Noisy: the baseline against itself is only known to ± {percent:.0} %. \
                 Close other programs, or give it more time (--time-limit)."
            ));
        } else if !same.holds(1.0) {
            advice.push(format!(
                "The baseline differs from itself by {:.1} %: take no difference of that size for real.",
                (same.median - 1.0).abs() * 100.0
            ));
        }
    }
    let measured = || cases.iter().filter(|case| !case.is_null).filter_map(CaseRecord::measurement);
    if measured().any(|measurement| measurement.wall_ns.median < SMALL_NS) {
        advice.push(
            "The tree is small: some rows list it many times a sample to be measurable, and per-directory costs weigh more \
             than they would in a large one."
                .to_owned(),
        );
    }
    if cases.iter().any(|case| case.command.as_ref().is_some_and(|command| command.shows_output)) {
        advice.push(
            "Commands wrote to standard error (--show-output): what it takes to show that is part of their times."
                .to_owned(),
        );
    }
    let outliers: usize = measured().map(|measurement| measurement.outliers.len()).sum();
    let samples: usize = measured().map(|measurement| measurement.samples.len()).sum();
    if outliers * 20 > samples {
        advice.push(format!("{outliers} of {samples} samples are far outliers: something else was using the machine."));
    }
    if raw.rounds.ended == Ended::TimeLimit && raw.rounds.count <= super::plan::LEAST_ROUNDS {
        advice.push("Only five rounds fitted: intervals are wide. Give it more time (--time-limit).".to_owned());
    }
    if matches!(plan.limits, Limits::Rounds(rounds) if rounds < super::plan::LEAST_ROUNDS) {
        advice.push("With fewer than five rounds, intervals say little.".to_owned());
    }
    advice
}
