//! The verdict on a view in words: who won, by how much, how surely, and what it costs. A terminal ends with it; the
//! Markdown, the page and the slide begin with it.
//!
//! A factor is said with its 95 % interval, `1.93x [1.80, 2.01]`, as times as fast: above 1 is faster. What the intervals
//! do not show is not said: rows that may be equal are called tied.

use super::footer;
use super::number::{count, signed, significant};
use super::tables;
use super::text::printable;
use crate::measure::mark::Mark;
use crate::measure::record::{Outcome, Record, RowRecord, ViewRecord};
use crate::measure::stats::{Estimate, median};
use crate::measure::{Shown, ViewKind};

/// The verdict; empty where there is nothing to say.
pub(super) fn of(record: &Record, view: &ViewRecord) -> String {
    let rows = record.shown(view);
    let won = match view.kind {
        ViewKind::Table => table(record, view, &rows),
        ViewKind::Ladder => ladder(&rows),
        ViewKind::Builds => against(&rows, "the other build"),
        ViewKind::Past => against(&rows, "the earlier record"),
    };
    let won = won.or_else(|| (!rows.is_empty()).then(|| "No row has a time.".to_owned()));
    let wrong = out(&rows, "WRONG, so without a time", |outcome| matches!(outcome, Outcome::Wrong(_)));
    let failed = out(&rows, "Failed", |outcome| matches!(outcome, Outcome::Failed(_)));
    let said: Vec<String> = [won, wrong, failed].into_iter().flatten().collect();
    printable(&said.join(" "))
}

/// The verdict and, for readers who have the time, the floor that it speaks of.
pub(super) fn at_length(record: &Record, view: &ViewRecord) -> String {
    let floor = footer::floor(record, view).map(|floor| format!(" Floor: {floor}.")).unwrap_or_default();
    format!("{}{}", of(record, view), printable(&floor))
}

/// The fastest beside the baseline, and beside what most programs use.
fn table(record: &Record, view: &ViewRecord, rows: &[Shown<'_>]) -> Option<String> {
    let marked = |mark: Mark| rows.iter().filter(move |shown| shown.row.marks.contains(&mark));
    let first = marked(Mark::First).next()?;
    let tied: Vec<String> = marked(Mark::TiedFirst).map(|shown| tables::name(shown.case)).collect();
    let baseline = tables::name(record.cases.get(view.baseline)?);
    let is_baseline = |shown: &Shown<'_>| shown.row.case == view.baseline;
    let name = tables::name(first.case);
    let cost = cost(first);
    if is_baseline(first) {
        let next = rows.iter().find(|shown| !is_baseline(shown) && shown.row.ratio.is_some());
        let next = next.map_or_else(String::new, |next| {
            let times = next.row.ratio.map_or_else(String::new, |ratio| factor(&ratio));
            format!("; {} takes {times} its time", tables::name(next.case))
        });
        return Some(match &tied[..] {
            [] => format!("Nothing is faster than {baseline}{cost}{next}."),
            tied => format!("Nothing is surely faster than {baseline}{cost}: {} tied with it.", are(tied)),
        });
    }
    let speed = first.row.ratio?.inverse();
    if speed.holds(1.0) {
        return Some(format!(
            "Nothing is surely faster than {baseline}: {name} is {} as fast{cost}, which may be no difference.",
            factor(&speed)
        ));
    }
    let usual = usual(rows, view, first).map_or_else(String::new, |(usual, speed)| format!(" and {speed}x as {usual}"));
    let tied = if tied.is_empty() { String::new() } else { format!(" {} tied with it.", are(&tied)) };
    Some(format!("{name} is {} as fast as {baseline}{usual}{cost}.{tied}", factor(&speed)))
}

/// The strategies of programs that do not choose, the most used first.
const USUAL: [&str; 4] = ["walkdir", "std", "readdir", "find"];

/// The row that stands for programs that do not choose.
pub(super) fn usual_row<'s, 'r>(rows: &'s [Shown<'r>]) -> Option<&'s Shown<'r>> {
    let is_it = |shown: &&Shown<'_>, usual: &str| shown.case.strategy == usual && shown.time.is_some();
    USUAL.iter().find_map(|usual| rows.iter().find(|shown| is_it(shown, usual)))
}

/// Its name, and how many times as fast the first row is.
fn usual(rows: &[Shown<'_>], view: &ViewRecord, first: &Shown<'_>) -> Option<(String, String)> {
    let row = usual_row(rows)?;
    if row.row.case == view.baseline || row.row.case == first.row.case {
        return None;
    }
    let ratio = median(&mut row.case.measurement()?.ratios_to(first.case.measurement()?))?;
    Some((tables::name(row.case), significant(ratio)))
}

/// `, at 0.260 calls an entry, 1.10x the kernel's floor`
fn cost(shown: &Shown<'_>) -> String {
    let calls = shown.time.and_then(|time| time.measurement.calls_per_entry());
    let calls = calls.map(|calls| match significant(calls).as_str() {
        "1.00" => "1 call an entry".to_owned(),
        calls => format!("{calls} calls an entry"),
    });
    let floor = shown.over_floor().map(|over| format!("{over:.2}x the kernel's floor"));
    let parts: Vec<String> = calls.into_iter().chain(floor).collect();
    if parts.is_empty() { String::new() } else { format!(", at {}", parts.join(", ")) }
}

/// From the first step to the last, and the step that brings most.
fn ladder(rows: &[Shown<'_>]) -> Option<String> {
    let listing = rows.iter().filter(|shown| !shown.is_below_system_calls());
    let measured: Vec<&Shown<'_>> = listing.filter(|shown| shown.time.is_some()).collect();
    let [naive, .., best] = measured[..] else { return None };
    let changes = measured.windows(2).filter_map(|pair| {
        let [before, step] = pair else { return None };
        Some((step.row.ratio?, tables::change(step.case.factors, before.case.factors)))
    });
    let largest = changes.max_by(|(a, _), (b, _)| a.median.total_cmp(&b.median));
    let largest = largest.map_or_else(String::new, |(gain, change)| match gain.low > 1.0 {
        true => format!(" The step that brings most is “{change}”: {}.", factor(&gain)),
        false => " No step surely gains anything.".to_owned(),
    });
    let (best_name, naive_name) = (tables::name(best.case), tables::name(naive.case));
    Some(format!(
        "{best_name} is {} as fast as {naive_name}{}.{largest}{}",
        factor(&best.row.in_all?),
        cost(best),
        interface(rows)
    ))
}

/// What the interface costs, of a ladder whose last step does without; empty where there is no such step.
fn interface(rows: &[Shown<'_>]) -> String {
    let below = rows.iter().rfind(|shown| shown.is_below_system_calls()).filter(|shown| shown.time.is_some());
    let gain = below.and_then(|below| Some((tables::name(below.case), below.row.ratio?)));
    gain.map_or_else(String::new, |(name, gain)| {
        format!(
            " What the interface costs: {name}, which asks the file system nothing, is {} as fast again.",
            factor(&gain)
        )
    })
}

/// Rows beside their counterparts.
fn against(rows: &[Shown<'_>], other: &str) -> Option<String> {
    let measured = rows.iter().filter(|shown| shown.time.is_some() && shown.row.ratio.is_some()).count();
    let marked = |mark: Mark| rows.iter().filter(move |shown| shown.row.marks.contains(&mark));
    let changed = |mark: Mark, word: &str| {
        let named: Vec<String> =
            marked(mark).map(|shown| format!("{} {}", tables::name(shown.case), change(shown.row))).collect();
        (!named.is_empty()).then(|| format!("{word} than {other}: {}.", named.join(", ")))
    };
    let unchanged: Vec<&Shown<'_>> = marked(Mark::Unchanged).collect();
    let widest = unchanged.iter().filter_map(|shown| Some(shown.row.ratio?.half_width())).fold(0.0, f64::max);
    let rest = match unchanged.len() {
        0 => None,
        some if some == measured => Some(format!(
            "No row of {} is shown to be slower or faster than {other}: they are known to ± {:.1} % or better.",
            count(measured as u64),
            widest * 100.0
        )),
        some => Some(format!("Of {some} no change is shown: they are known to ± {:.1} % or better.", widest * 100.0)),
    };
    let said: Vec<String> =
        [changed(Mark::Slower, "Slower"), changed(Mark::Faster, "Faster"), rest].into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// `+5.1 % [+3.0 %, +7.2 %]`
fn change(row: &RowRecord) -> String {
    row.ratio.map_or_else(String::new, |Estimate { median, low, high }| {
        format!("{} [{}, {}]", signed(median), signed(low), signed(high))
    })
}

/// The rows with such an outcome, by name.
fn out(rows: &[Shown<'_>], word: &str, is_so: impl Fn(&Outcome) -> bool) -> Option<String> {
    let names: Vec<String> =
        rows.iter().filter(|shown| is_so(&shown.case.outcome)).map(|shown| tables::name(shown.case)).collect();
    (!names.is_empty()).then(|| format!("{word}: {}.", names.join(", ")))
}

/// `1.93x [1.80, 2.01]`
fn factor(factor: &Estimate) -> String {
    format!("{}x [{}, {}]", significant(factor.median), significant(factor.low), significant(factor.high))
}

/// `a is`, `a and b are`, `a, b and c are`
fn are(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => format!("{only} is"),
        [several @ .., last] => format!("{} and {last} are", several.join(", ")),
    }
}
