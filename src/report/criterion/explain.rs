//! The strategies explained: calls counted x price of each inside a listing + time in user mode, beside the time that
//! was measured.
//!
//! ```text
//! predicted = sum over its calls of (number x price)  +  user mode between them  +  page faults x price
//! residual  = measured / predicted - 1
//! ```
//!
//! How a price is made stands in `measure::price`: none is computed from the time that it predicts. getdents64 is
//! priced by the entry where it hands some over, and by the call where it finds the end. A call that has no price is
//! taken for one that does nothing, which is what it costs at least. Where perf cannot sample, user mode is what
//! getrusage(2) says, which the kernel splits by its timer's ticks; the row says so.
//!
//! Left out: interrupts, and what other programs do to the caches meanwhile. Strategies that make calls at the same
//! time are not explained: the sum of their calls is no time on the clock.

use super::super::grid::{Align, Grid, dash};
use super::super::number::{count, duration, duration_interval, significant};
use super::headline::{Explanation, Part};
use super::strategies::{self, Row};
use crate::bench::Saved;
use crate::bench::note::Counts;
use crate::list::{Lookups, Parallel, Resolve, Standing};
use crate::measure::price::{LOOK_UP, LOOK_UP_AGAIN, Paid, Prices, READ, READ_END};
use crate::measure::stats::median;
use std::collections::BTreeSet;

/// Residuals beyond this are remarked upon.
const EXPLAINED: f64 = 0.10;

/// A table for each question whose strategies' calls were counted, and one of how good the predictions are.
pub(super) fn grids(saved: &Saved) -> Vec<Grid> {
    let explained = questions(saved);
    let residuals: Vec<f64> = explained
        .iter()
        .flat_map(|(_, _, rows)| rows)
        .filter_map(|row| Some(row.sum.as_ref().ok()?.residual()))
        .collect();
    let mut grids: Vec<Grid> = explained.iter().map(|(group, question, rows)| grid(group, question, rows)).collect();
    grids.extend(quality(&residuals));
    grids
}

/// Each question whose strategies' calls were counted, by group: and what became of each.
pub(super) fn questions(saved: &Saved) -> Vec<(&str, &str, Vec<Line<'_>>)> {
    let cases = saved.benchmarks.iter().filter(|benchmark| saved.case(benchmark).is_some());
    let questions: BTreeSet<(&str, &str)> =
        cases.map(|benchmark| (benchmark.group.as_str(), benchmark.value.as_str())).collect();
    let warm = questions.into_iter().filter(|(_, question)| question.ends_with("/warm"));
    let explained = warm.map(|(group, question)| (group, question, explained(saved, group, question)));
    explained.filter(|(_, _, rows)| !rows.is_empty()).collect()
}

/// A strategy's prediction by its parts; `None` of one that is not explained.
pub(super) fn parts(line: &Line<'_>) -> Option<Explanation> {
    let sum = line.sum.as_ref().ok()?;
    let part = |item: &Item| match item.what.as_str() {
        "getdents64" => Part::Reading,
        what if what.starts_with("fstatat") || what.starts_with("statx") => Part::LookingUp,
        _ => Part::OtherCalls,
    };
    let calls = sum.items.iter().map(|item| (part(item), item.ns));
    let rest = [(Part::UserMode, sum.user_ns), (Part::Faults, sum.faults_ns)];
    let (parts, measured) = (calls.chain(rest).collect(), line.row.benchmark.time);
    Some(Explanation { name: strategies::name(&line.row), parts, measured })
}

/// What is predicted of a benchmark, nanoseconds; `None` of one that is not explained.
pub(super) fn predicted(saved: &Saved, group: &str, question: &str, id: &str) -> Option<f64> {
    if !question.ends_with("/warm") {
        return None;
    }
    let rows = explained(saved, group, question);
    rows.iter().find(|row| row.row.benchmark.id == id)?.sum.as_ref().ok().map(Sum::predicted)
}

/// One strategy, and what it should take or why that is not known.
pub(super) struct Line<'s> {
    row: Row<'s>,
    sum: Result<Sum, String>,
}

fn explained<'s>(saved: &'s Saved, group: &'s str, question: &str) -> Vec<Line<'s>> {
    let serial = |row: &Row<'_>| row.strategy.factors(row.note.want).parallel == Parallel::Serial;
    let rows = strategies::rows(saved, group, question).into_iter();
    let rows = rows.filter(|row| row.strategy.standing() == Standing::Ranked && serial(row));
    rows.map(|row| Line { sum: Sum::of(&row), row }).collect()
}

fn grid(group: &str, question: &str, lines: &[Line<'_>]) -> Grid {
    use Align::{Left, Prose, Right};
    let columns = [
        ("Strategy", Left, 0),
        ("Calls", Right, 3),
        ("Calls x price", Right, 1),
        ("User mode", Right, 1),
        ("Faults", Right, 4),
        ("Predicted", Right, 0),
        ("Measured [95 %]", Right, 0),
        ("Residual", Right, 0),
        ("Largest item", Prose, 0),
        ("Note", Prose, 0),
    ];
    let tree = lines.first().map(|line| format!(" ({})", line.row.note.tree)).unwrap_or_default();
    let title = format!("Explained: calls counted x price of each in a listing; {group}: {question}{tree}");
    let mut grid = Grid::new(super::text::printable(&title), &columns);
    grid.rows.extend(lines.iter().map(|line| cells(line).into()));
    grid
}

/// How many predictions are right, and whether they err to one side.
fn quality(residuals: &[f64]) -> Option<Grid> {
    use Align::{Left, Right};
    let bias = median(&mut residuals.to_vec())?;
    let columns = [
        ("Rows", Right, 0),
        ("Within 10 %", Right, 0),
        ("Longer than predicted", Right, 0),
        ("Shorter", Right, 0),
        ("Median residual", Left, 0),
    ];
    let mut grid = Grid::new("How well calls and user mode explain the time".to_owned(), &columns);
    let so_many = |fits: fn(&f64) -> bool| residuals.iter().filter(|residual| fits(residual)).count().to_string();
    grid.rows.push(
        vec![
            residuals.len().to_string(),
            so_many(|residual| residual.abs() <= EXPLAINED),
            so_many(|&residual| residual > 0.0),
            so_many(|&residual| residual < 0.0),
            format!("{:+.1} %", bias * 100.0),
        ]
        .into(),
    );
    Some(grid)
}

fn cells(line: &Line<'_>) -> Vec<String> {
    let row = &line.row;
    let measured = duration_interval(&row.benchmark.time);
    let sum = match &line.sum {
        Ok(sum) => sum,
        Err(why) => {
            let note = super::text::printable(why);
            return [vec![strategies::name(row)], vec![dash(); 5], vec![measured], vec![dash(); 2], vec![note]]
                .concat();
        }
    };
    let largest = sum.items.iter().max_by(|a, b| a.ns.total_cmp(&b.ns));
    vec![
        strategies::name(row),
        count(sum.calls),
        duration(sum.in_calls()),
        duration(sum.user_ns),
        duration(sum.faults_ns),
        duration(sum.predicted()),
        measured,
        format!("{:+.1} %", sum.residual() * 100.0),
        largest.map_or_else(dash, |item| item.told(sum.predicted(), row.note.entries)),
        sum.notes(row).join("; "),
    ]
}

/// A part of a prediction.
struct Item {
    /// `statx`
    what: String,
    number: u64,
    ns: f64,
    priced: bool,
}

impl Item {
    /// `82 % is 3.00 lookups an entry, 1.72 µs each`
    fn told(&self, predicted: f64, entries: u64) -> String {
        let per_entry = self.number as f64 / entries.max(1) as f64;
        let share = 100.0 * self.ns / predicted;
        match per_entry >= 0.5 {
            true => {
                let each = duration(self.ns / self.number.max(1) as f64);
                format!("{share:.0} % is {} {} an entry, {each} each", significant(per_entry), self.what)
            }
            false => format!("{share:.0} % is {}, {} an entry", self.what, duration(self.ns / entries.max(1) as f64)),
        }
    }
}

/// A prediction.
struct Sum {
    items: Vec<Item>,
    calls: u64,
    user_ns: f64,
    /// Whether `user_ns` was sampled; else it is by ticks.
    sampled: bool,
    faults_ns: f64,
    measured_ns: f64,
    scaled_from: Option<u64>,
}

impl Sum {
    fn of(row: &Row<'_>) -> Result<Self, String> {
        let (calls, scaled_from) = match &row.note.calls {
            Counts::Counted { calls, scaled_from, .. } => (calls, *scaled_from),
            Counts::Uncounted(why) => return Err(format!("its calls were not counted: {why}")),
        };
        let again = "its calls were not priced: run `cargo bench` again";
        let prices = row.note.prices.as_ref().ok_or(again)?;
        let bill = Bill { prices, row };
        let items = calls.iter().flat_map(|(name, &number)| bill.items(name, number)).collect();
        let calls = calls.values().copied().fold(0, u64::saturating_add);
        Ok(Self {
            items,
            calls,
            user_ns: prices.user.map_or(row.note.user_ns, |user| user.between(calls)),
            sampled: prices.user.is_some(),
            faults_ns: row.note.faults * prices.fault_ns,
            measured_ns: row.benchmark.time.median,
            scaled_from,
        })
    }

    fn in_calls(&self) -> f64 {
        self.items.iter().map(|item| item.ns).sum()
    }

    fn predicted(&self) -> f64 {
        self.in_calls() + self.user_ns + self.faults_ns
    }

    fn residual(&self) -> f64 {
        self.measured_ns / self.predicted() - 1.0
    }

    /// What the prediction leaves out, where that is much.
    fn notes(&self, row: &Row<'_>) -> Vec<String> {
        let mut notes = Vec::new();
        let unpriced: Vec<&str> =
            self.items.iter().filter(|item| !item.priced).map(|item| item.what.as_str()).collect();
        let residual = self.residual();
        if residual.abs() > EXPLAINED {
            let kernel = format!("{} in the kernel by ticks", duration(row.note.sys_ns));
            notes.push(match residual < 0.0 {
                true => format!("its calls were cheaper than in the priced listing: {kernel}"),
                false => format!("missing: its calls took longer than in the priced listing: {kernel}"),
            });
            if !unpriced.is_empty() {
                notes.push(format!("taken for calls that do nothing: {}", unpriced.join(", ")));
            }
        }
        notes.extend((!self.sampled).then(|| "user mode by ticks".to_owned()));
        notes.extend(self.scaled_from.map(|entries| format!("calls counted over {} entries", count(entries))));
        notes
    }
}

/// One strategy's calls and the prices that fit them.
struct Bill<'b> {
    prices: &'b Prices,
    row: &'b Row<'b>,
}

impl Bill<'_> {
    fn items(&self, name: &str, number: u64) -> Vec<Item> {
        match name {
            "getdents64" => self.reading(number),
            // On most architectures fstat(3) is this call with an empty path, so what is left of a whole number of
            // lookups an entry are those.
            "newfstatat" | "fstatat64" | "stat" | "lstat" => {
                let lookups = number - number % self.row.note.entries.max(1);
                let mut items = self.lookups(name, lookups);
                items.extend((number > lookups).then(|| self.plain("fstat", number - lookups)));
                items
            }
            "statx" => self.lookups(name, number),
            other => vec![self.plain(other, number)],
        }
    }

    fn paid(&self, key: &str) -> Option<Paid> {
        self.prices.calls.get(key).copied().filter(|paid| paid.number > 0)
    }

    fn plain(&self, call: &str, number: u64) -> Item {
        self.paid(call).map_or_else(|| self.unpriced(call, number), |paid| priced(call, paid, number))
    }

    /// Without a price, a call costs what one costs that does nothing.
    fn unpriced(&self, call: &str, number: u64) -> Item {
        let ns = self.prices.null_ns * number as f64;
        Item { what: super::text::printable(&format!("{} {call}", count(number))), number, ns, priced: false }
    }

    /// Entries take the time of those calls that hand some over; what the strategy calls beyond them finds the end.
    fn reading(&self, number: u64) -> Vec<Item> {
        let Some(full) = self.paid(READ) else {
            return vec![self.plain(READ_END, number)];
        };
        let ends = number.saturating_sub(full.number);
        let reads = Item { number: number.min(full.number), ..priced("getdents64", full, full.number) };
        let end = (ends > 0).then(|| self.paid(READ_END).map(|paid| priced(READ_END, paid, ends))).flatten();
        std::iter::once(reads).chain(end).collect()
    }

    /// Lookups of every entry, each perhaps several times in a row.
    fn lookups(&self, call: &str, number: u64) -> Vec<Item> {
        let factors = self.row.strategy.factors(self.row.note.want);
        let (Some(first), true) = (self.paid(LOOK_UP), number > 0) else {
            return (number > 0).then(|| self.unpriced(call, number)).into_iter().collect();
        };
        let by = if factors.resolve == Resolve::Absolute { " by full path" } else { "" };
        let name = format!("{}{by}", if call == "statx" { "statx" } else { "fstatat" });
        match (self.paid(LOOK_UP_AGAIN), factors.lookups) {
            (Some(second), Lookups::StatTwice) => {
                let once = number.min(self.row.note.entries);
                vec![priced(&name, first, once), priced(&format!("{name} again"), second, number - once)]
            }
            _ => vec![priced(&name, first, number)],
        }
    }
}

fn priced(what: &str, paid: Paid, number: u64) -> Item {
    Item { what: what.to_owned(), number, ns: paid.each() * number as f64, priced: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::note::{CaseNote, Note, Notes};
    use crate::bench::saved::{LAST, tests::folder};
    use crate::list::Want;
    use crate::measure::user_mode::User;

    const ENTRIES: u64 = 1000;

    /// 100 ns an entry read, 2,000 ns the end, 1 µs a lookup, 0.5 µs another of the same, 100 ns a call that does
    /// nothing.
    fn prices() -> Prices {
        let paid = |number, ns| Paid { number, ns };
        let calls = [
            (READ, paid(1, 100_000.0)),
            (READ_END, paid(1, 2_000.0)),
            (LOOK_UP, paid(ENTRIES, 1_000_000.0)),
            (LOOK_UP_AGAIN, paid(ENTRIES, 500_000.0)),
            ("fstat", paid(1, 300.0)),
        ];
        let calls = calls.map(|(name, paid)| (name.to_owned(), paid)).into();
        // 10 ns a call are of its way out of the kernel.
        let user = Some(User { sampled_ns: 60_000.0, leave_ns: 10.0 });
        Prices { calls, clock_ns: 20.0, null_ns: 100.0, fault_ns: 500.0, user }
    }

    fn note(want: Want, calls: &[(&str, u64)], prices: Option<Prices>) -> Note {
        Note::Case(Box::new(CaseNote {
            want,
            tree: "flat".to_owned(),
            entries: ENTRIES,
            directories: 1,
            components: 6.0,
            threads: 1,
            user_ns: 70_000.0,
            sys_ns: 0.0,
            faults: 2.0,
            prices,
            warm_samples: 0,
            calls: Counts::Counted {
                calls: calls.iter().map(|&(name, number)| (name.to_owned(), number)).collect(),
                uring_operations: 0,
                scaled_from: None,
            },
        }))
    }

    /// A strategy, its time in nanoseconds, its calls and their prices.
    type Case<'c> = (&'c str, f64, &'c [(&'c str, u64)], Option<Prices>);

    fn told(cases: &[Case<'_>]) -> Vec<Grid> {
        let id = |strategy: &str| format!("metadata/{strategy}/metadata/flat/warm");
        let benchmarks: Vec<_> =
            cases.iter().map(|(name, ns, ..)| ("new", "metadata", *name, "metadata/flat/warm", *ns)).collect();
        let folder = folder(&benchmarks);
        let noted =
            cases.iter().map(|(name, _, calls, prices)| (id(name), note(Want::Metadata, calls, prices.clone())));
        Notes { benchmarks: noted.collect(), ..Notes::default() }.write(folder.path()).unwrap();
        grids(&Saved::read(folder.path(), LAST).unwrap())
    }

    #[test]
    fn calls_and_user_mode_and_faults_make_the_time() {
        // 100,000 + 2,000 + 1,000,000 in calls; 60,000 - 10 x 1,002 between them; 2 x 500 of faults.
        let time = 1_102_000.0 + 49_980.0 + 1_000.0;
        let grids = told(&[("getdents+fstatat", time, &[("getdents64", 2), ("newfstatat", ENTRIES)], Some(prices()))]);
        let row = &grids[0].rows[0].cells;
        assert_eq!((row[2].as_str(), row[3].as_str()), ("1.10 ms", "50.0 µs"));
        assert_eq!((row[7].as_str(), row[9].as_str()), ("+0.0 %", ""));
        assert_eq!(row[8], "87 % is 1.00 fstatat an entry, 1.00 µs each");
    }

    #[test]
    fn the_second_question_about_a_name_has_a_price_of_its_own() {
        let calls: &[(&str, u64)] = &[("getdents64", 1), ("newfstatat", 2 * ENTRIES + 1)];
        let grids = told(&[("readdir+isdir+isfile", 1.0, calls, Some(prices()))]);
        // 100,000 + 1,000,000 + 500,000 + an fstat.
        assert_eq!(grids[0].rows[0].cells[2], "1.60 ms");
    }

    #[test]
    fn a_call_without_a_price_is_one_that_does_nothing_and_is_named_where_time_is_missing() {
        let calls: &[(&str, u64)] = &[("getdents64", 1), ("brk", 3)];
        let grids = told(&[("readdir+lstat", 400_000.0, calls, Some(prices()))]);
        let row = &grids[0].rows[0].cells;
        assert_eq!(row[2], "100 µs", "100,000 + 3 x 100");
        assert!(row[9].contains("missing") && row[9].contains("3 brk"), "{}", row[9]);
    }

    #[test]
    fn without_samples_user_mode_is_by_ticks_and_without_prices_nothing_is_predicted() {
        let by_ticks = Prices { user: None, ..prices() };
        let calls: &[(&str, u64)] = &[("getdents64", 1)];
        let grids = told(&[("std", 171_000.0, calls, Some(by_ticks)), ("readdir+lstat", 171_000.0, calls, None)]);
        let rows = &grids[0].rows;
        let row = |name: &str| rows.iter().find(|row| row.cells[0] == name).unwrap();
        assert_eq!((row("std").cells[3].as_str(), row("std").cells[9].as_str()), ("70.0 µs", "user mode by ticks"));
        assert!(row("readdir+lstat").cells[9].contains("run `cargo bench` again"));
    }

    #[test]
    fn the_rows_that_are_right_are_counted_and_their_bias_is_the_median() {
        let residuals = [0.02, -0.04, 0.30];
        let grid = quality(&residuals).unwrap();
        assert_eq!(grid.rows[0].cells, ["3", "2", "2", "1", "+2.0 %"]);
        assert!(quality(&[]).is_none());
    }
}
