//! Tables: walkers and whatever else is ranked, threads, cold beside warm, file systems side by side, prices, the floor.

use super::super::chart::{self, Cast, Figures};
use super::super::collection::{Member, Together, find};
use super::super::number::{signed, significant};
use super::super::text::printable;
use super::super::{claim, criterion, document, footer, tables, verdict};
use super::plan::{Chapter, Finding, Part};
use super::slide::Slide;
use crate::bench::Saved;
use crate::measure::mark::Mark;
use crate::measure::record::{Record, ViewRecord};
use crate::measure::stats::Estimate;
use crate::measure::{Cache, Shown, ViewKind};

/// Predictions that miss by less than this explain the time.
const EXPLAINED: f64 = 0.10;

/// A view's rows, ranked; of builds and earlier records, as they stand in the report.
pub(super) fn ranked(record: &Record, view: &ViewRecord, slug: &str, chapter: Chapter) -> Vec<Part> {
    let cast = match view.kind {
        ViewKind::Table => chart::ranking(record, view, slug, &|shown| !shown.is_below_system_calls()),
        _ => Some(chart::of_view(record, view, slug).with_figures().fitted(&[])),
    };
    let source = footer::brief(record, view);
    let mut parts = Vec::new();
    if let Some(cast) = cast {
        let claim = claim::short(record, view);
        let title = match chapter {
            Chapter::OtherSystems => format!("{claim}, on {}", footer::system(record, view)),
            _ => claim,
        };
        let slide = Slide::of_cast("ranking", title, &cast, &source);
        let notes = format!(
            "Shorter is faster. The orange bar is what all others are held against, green are the fastest and whatever is tied \
             with it. {}\n\n{}",
            verdict::at_length(record, view),
            cast.chart.about
        );
        let finding = best(record, view).filter(|_| !document::is_debug(record));
        parts.push(Part { finding, ..Part::of(chapter, slide.saying(notes)) });
    }
    parts.extend(floor(record, view, slug));
    parts
}

/// What is left where no file system is asked.
pub(super) fn below(record: &Record, view: &ViewRecord, slug: &str) -> Option<Part> {
    let rows = record.shown(view);
    let first = rows.iter().find(|shown| shown.row.marks.contains(&Mark::First))?;
    let below = rows.iter().filter(|shown| shown.is_below_system_calls() && shown.time.is_some());
    let below = below.filter(|shown| shown.row.ratio.is_some()).min_by(|a, b| by_ratio(a).total_cmp(&by_ratio(b)))?;
    let speed = below.row.ratio?.inverse();
    let (name, baseline) = (tables::name(below.case), tables::name(record.cases.get(view.baseline)?));
    let gain = match speed.holds(1.0) {
        true => format!("no difference to {baseline} shown"),
        false => format!("{name} is {}× as fast as {baseline}", significant(speed.median)),
    };
    let keep = |shown: &Shown<'_>| shown.row.case == first.row.case || shown.is_below_system_calls();
    let cast = chart::ranking(record, view, &format!("{slug}-below"), &keep)?;
    let title = printable(&format!("Below the interface: {gain}"));
    let slide = Slide::of_cast("below", title, &cast, &footer::brief(record, view));
    let notes = format!(
        "This is no way of listing that anybody should use: it reads the file system's structures from the block device, \
         and asks no file system anything. It says what is left when the interface is gone.\n\n{}",
        cast.chart.about
    );
    Some(Part::of(Chapter::Below, slide.saying(notes)))
}

fn by_ratio(shown: &Shown<'_>) -> f64 {
    shown.row.ratio.map_or(f64::INFINITY, |ratio| ratio.median)
}

/// The fastest row beside the baseline, and beside what most programs use.
fn best(record: &Record, view: &ViewRecord) -> Option<Finding> {
    let rows = record.shown(view);
    let first = rows.iter().find(|shown| shown.row.marks.contains(&Mark::First))?;
    let speed = first.row.ratio?.inverse();
    let baseline = tables::name(record.cases.get(view.baseline)?);
    if speed.low <= 1.0 {
        return None;
    }
    let name = tables::name(first.case);
    let text = format!("{name}: {}× as fast as {baseline}", significant(speed.median));
    let usual = verdict::usual_row(&rows).filter(|usual| usual.row.case != view.baseline);
    let usual = usual.and_then(|usual| Some((tables::name(usual.case), usual.row.ratio?)));
    let usual = usual.map_or_else(String::new, |(usual, ratio)| {
        let than = if ratio.median > 1.0 { "the time" } else { "of the time" };
        format!("; {usual}, which most programs use, takes {}× {than} of {baseline}", significant(ratio.median))
    });
    Some(Finding::new("Once nothing needless is asked, walk at the same time.", &format!("{text}{usual}.")))
}

/// What the kernel alone takes.
fn floor(record: &Record, view: &ViewRecord, slug: &str) -> Option<Part> {
    let cast = chart::floor(record, view, slug)?;
    let rows = record.shown(view);
    let first = rows.iter().find(|shown| shown.row.marks.contains(&Mark::First))?;
    let (name, over) = (tables::name(first.case), first.over_floor()?);
    let title = format!("The floor: {name} takes {}× what the kernel alone does", significant(over));
    let slide = Slide::of_cast("floor", printable(&title), &cast, &footer::brief(record, view));
    let notes = format!(
        "How much better could it get, with these calls? The kernel takes some time for them, whoever makes them. What is \
         above 1 is our own. {}",
        verdict::at_length(record, view)
    );
    let finding = (!document::is_debug(record)).then(|| {
        let text = format!("{name} takes {}× the time that the kernel needs for its calls.", significant(over));
        Finding::new("What is left is the kernel's.", &text)
    });
    Some(Part { finding, ..Part::of(Chapter::Floor, slide.saying(notes)) })
}

/// Time by threads.
pub(super) fn threads(record: &Record, view: &ViewRecord, slug: &str) -> Option<Part> {
    let chart = chart::sweep_of_view(record, view, slug)?;
    let claim = printable(&claim::threads(record, view)?);
    let slide = Slide::of_chart("threads", claim.clone(), &chart, &footer::brief(record, view));
    let notes = format!(
        "Both axes are logarithmic: twice the threads, half the time would be a straight line down. This machine has {} cores.\
         \n\n{}",
        record.environment.cores, chart.about
    );
    let finding = (!document::is_debug(record)).then(|| {
        Finding::new(
            "Threads help as far as there are cores.",
            &format!("{claim}, on {} cores.", record.environment.cores),
        )
    });
    Some(Part { finding, ..Part::of(Chapter::Threads, slide.saying(notes)) })
}

/// Warm and cold on one machine.
pub(super) fn cold(pair: &Together<'_>) -> Option<Part> {
    let [warm, cold] = &pair.members[..] else { return None };
    let (warm_rows, cold_rows) = (warm.shown(), cold.shown());
    let first = cold_rows.iter().find(|shown| shown.row.marks.contains(&Mark::First))?;
    let speed = |shown: &Shown<'_>| shown.row.ratio.map(|ratio| ratio.inverse());
    let is_base = first.row.case == cold.view.baseline;
    let ahead = speed(first).filter(|speed| !is_base && speed.low > 1.0);
    let same = find(&warm_rows, &first.case.strategy, first.case.threads).and_then(speed);
    let baseline = tables::name(cold.named.record.cases.get(cold.view.baseline)?);
    let name = tables::name(first.case);
    let times = |speed: Estimate| match speed.holds(1.0) {
        true => "no difference is shown".to_owned(),
        false => format!("{}×", significant(speed.median)),
    };
    let (title, shown) = match (ahead, same) {
        (Some(cold), Some(warm)) => {
            let cold = significant(cold.median);
            (format!("Cold, {name} is {cold}× as fast as {baseline}; warm, {}", times(warm)), Figures::Speeds)
        }
        _ => (claim::cold_over_warm(pair)?, Figures::Times),
    };
    let drawn = chart::beside(pair, shown)?.with_figures();
    let Cast { chart, left_out } = drawn.fitted(&[&name, &baseline]);
    let source = footer::brief(&cold.named.record, cold.view).replace("cold", "warm and cold");
    let slide = Slide::of_cast("cold", printable(&title), &Cast { chart, left_out }, &source);
    let notes = format!(
        "Caches were dropped before every cold sample; what a host's memory holds was not. Warm and cold are two runs: the \
         factor between them is information, the ratios in the title are each of one run.\n\n{}",
        drawn.about
    );
    let both = ahead.zip(same).filter(|(cold, warm)| cold.low > warm.high);
    let sound = both.map(|(cold, warm)| {
        let figures = format!("{name} over {baseline}: {}× cold; warm, {}.", significant(cold.median), times(warm));
        Finding::new("Cold, keep many requests under way.", &figures)
    });
    Some(Part { finding: sound, ..Part::of(Chapter::Caches, slide.saying(notes)) })
}

/// File systems, machines, kernels side by side.
pub(super) fn systems(together: &Together<'_>) -> Option<Part> {
    let cast = chart::beside(together, Figures::Ratios)?.fitted(&[]);
    let first = together.members.first()?;
    let claim::Between { text: title, holds } = claim::between(together)?;
    let cache = if first.cache() == Cache::Cold { "cold" } else { "warm" };
    let topic = first.view.title.trim_end_matches(", fastest first");
    let source = printable(&format!("{topic} · {cache}"));
    let slide = Slide::of_cast("side by side", title.clone(), &cast, &source);
    let notes = format!(
        "The same tree, by its digest. Each figure is a ratio within its own run: times of different runs are not \
         compared.\n\n{}",
        cast.chart.about
    );
    let kinds = together.members.iter().map(Member::traits).map(|traits| traits.first().cloned());
    let kinds = super::super::slug::distinct(kinds).len();
    let rule = match kinds {
        1 => "It holds on another machine.".to_owned(),
        many => format!("It holds on {many} file systems, each by another factor."),
    };
    let finding = holds.then(|| Finding::new(&rule, &format!("{title}.")));
    Some(Part { finding, ..Part::of(Chapter::Systems, slide.saying(notes)) })
}

/// What a call costs, and how much of the time that explains.
pub(super) fn prices(saved: &Saved) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(chart) = chart::prices(saved) {
        let found = criterion::headlines(saved);
        let find = |call: &str, about: &str| found.iter().find(|one| one.call == call && one.about.starts_with(about));
        let pair = find("fstatat", "of many, by descriptor").zip(find("getdents64", ""));
        let named: Vec<String> =
            pair.iter().flat_map(|(a, b)| [a, b]).map(|one| chart::price_name(one.call, one.about)).collect();
        let title = match pair {
            Some((lookup, entry)) => {
                let times = significant(lookup.estimate.median / entry.estimate.median);
                format!("One lookup costs as much as being handed {times} names")
            }
            None => "What a call costs".to_owned(),
        };
        let cast = chart.on_one_line().fitted(&named.iter().map(String::as_str).collect::<Vec<_>>());
        let slide = Slide::of_cast("prices", title, &cast, "cargo bench · one thread, warm");
        let resolution = criterion::resolution(saved).unwrap_or_default();
        let notes = format!("One call after the other, in one thread. {resolution}\n\n{}", chart.about);
        parts.push(Part::of(Chapter::Prices, slide.saying(notes)));
    }
    if let Some(chart) = chart::explained(saved) {
        let all = criterion::explanations(saved);
        let off = |one: &criterion::Explanation| one.measured.median / one.predicted() - 1.0;
        let right = all.iter().filter(|one| off(one).abs() <= EXPLAINED).count();
        let worst = all.iter().max_by(|a, b| off(a).abs().total_cmp(&off(b).abs()));
        let title = format!(
            "Calls times their price: within 10 % of the time for {right} of {} ways, at worst off by {}",
            all.len(),
            worst.map_or_else(String::new, |worst| signed(off(worst) + 1.0))
        );
        let cast = chart.fitted(&worst.iter().map(|worst| worst.name.as_str()).collect::<Vec<_>>());
        let slide = Slide::of_cast("explained", title, &cast, "cargo bench · one thread, warm");
        let notes = format!(
            "The calls of each way were counted, and each call was priced inside another listing; the two multiplied, with what \
             runs between the calls, should be the time that was measured. Where it is not, something is not \
             understood.\n\n{}",
            chart.about
        );
        parts.push(Part::of(Chapter::Prices, slide.saying(notes)));
    }
    parts
}
