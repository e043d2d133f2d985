//! The strategies explained: calls counted x price of each call, beside the time that was measured.
//!
//! ```text
//! predicted = sum over its calls of (number x price)  +  entries x what the ruler takes for one
//! residual  = measured / predicted - 1
//! ```
//!
//! A price is that of the working set: of so many names, or of the directories of a tree of that shape. getdents64 over one
//! directory is priced by the entry, since it is the entries that take its time. A call that has no price is taken for one
//! that does nothing, which is what it costs at least. What prices cannot explain is what a strategy does between its calls,
//! beyond decoding and counting as the ruler does: allocating, copying, sorting; the row says how long it was in user mode.
//!
//! Strategies that make calls at the same time are not explained: the sum of their calls is no time on the clock.

use super::super::grid::{Align, Grid, dash};
use super::super::number::{count, duration, duration_interval, significant};
use super::lookup::{Price, Set};
use super::prices::component;
use super::strategies::{self, Row};
use crate::bench::Saved;
use crate::bench::note::Counts;
use crate::bench::price::{self, CALLS, NULL};
use crate::list::{LookupOrder, Lookups, Parallel, ReadWith, Resolve, Standing};
use crate::strategy::Level;
use std::collections::BTreeSet;

/// Residuals beyond this are remarked upon.
const EXPLAINED: f64 = 0.15;

/// A table for each question whose strategies' calls were counted; none without a price list.
pub(super) fn grids(saved: &Saved) -> Vec<Grid> {
    if saved.group(CALLS).next().is_none() {
        return Vec::new();
    }
    let cases = saved.benchmarks.iter().filter(|benchmark| saved.case(benchmark).is_some());
    let questions: BTreeSet<(&str, &str)> =
        cases.map(|benchmark| (benchmark.group.as_str(), benchmark.value.as_str())).collect();
    let warm = questions.into_iter().filter(|(_, question)| question.ends_with("/warm"));
    warm.filter_map(|(group, question)| grid(saved, group, question)).collect()
}

fn grid(saved: &Saved, group: &str, question: &str) -> Option<Grid> {
    use Align::{Left, Right};
    let columns = [
        ("Strategy", Left, 0),
        ("Calls", Right, 3),
        ("Calls x price", Right, 1),
        ("Ruler", Right, 4),
        ("Predicted", Right, 0),
        ("Measured [95 %]", Right, 0),
        ("Residual", Right, 0),
        ("Largest item", Left, 0),
        ("Note", Left, 0),
    ];
    let rows = strategies::rows(saved, group, question);
    let is_ruler = |row: &&Row<'_>| row.strategy.standing() == Standing::Ruler;
    let ruler_ns =
        rows.iter().find(is_ruler).map_or(0.0, |row| row.benchmark.time.median / row.note.entries.max(1) as f64);
    let shape = question.split('/').nth(1).unwrap_or_default();
    let title = strategies::title(group, question, &rows);
    let mut grid = Grid::new(format!("Explained: calls counted x price of each; {title}"), &columns);
    for row in rows.iter().filter(|row| !is_ruler(row)) {
        if row.strategy.factors(row.note.want).parallel == Parallel::Serial {
            grid.rows.push(line(saved, row, shape, ruler_ns));
        }
    }
    (!grid.rows.is_empty()).then_some(grid)
}

fn line(saved: &Saved, row: &Row<'_>, shape: &str, ruler_ns: f64) -> Vec<String> {
    let measured = duration_interval(&row.benchmark.time);
    let (calls, scaled_from) = match &row.note.calls {
        Counts::Counted { calls, scaled_from, .. } => (calls, *scaled_from),
        Counts::Uncounted(why) => {
            let note = super::text::printable(&format!("its calls were not counted: {why}"));
            return [vec![strategies::name(row)], vec![dash(); 4], vec![measured], vec![dash(); 2], vec![note]]
                .concat();
        }
    };
    let items = Explained { saved, row, shape }.items(calls.iter().map(|(name, &count)| (name.as_str(), count)));
    let in_calls: f64 = items.iter().map(|item| item.ns).sum();
    let ruler = ruler_ns * row.note.entries as f64;
    let predicted = in_calls + ruler;
    let residual = row.benchmark.time.median / predicted - 1.0;
    let mut notes = missing(row, &items, residual, ruler);
    notes.extend(scaled_from.map(|entries| format!("calls counted over {} entries", count(entries))));
    let largest = items.iter().max_by(|a, b| a.ns.total_cmp(&b.ns));
    vec![
        strategies::name(row),
        count(calls.values().sum()),
        duration(in_calls),
        duration(ruler),
        duration(predicted),
        measured,
        format!("{:+.1} %", residual * 100.0),
        largest.map_or_else(dash, |item| item.told(predicted, row.note.entries)),
        notes.join("; "),
    ]
}

/// What the prediction leaves out, where that is much.
fn missing(row: &Row<'_>, items: &[Item], residual: f64, ruler: f64) -> Vec<String> {
    let unpriced: Vec<String> = items.iter().filter(|item| !item.priced).map(|item| item.what.clone()).collect();
    let mut notes = Vec::new();
    if residual.abs() > EXPLAINED {
        let user = format!("{} in user mode, where the ruler takes {}", duration(row.note.user_ns), duration(ruler));
        let kernel = duration(row.note.sys_ns);
        let excess = row.benchmark.time.median * residual / (1.0 + residual);
        notes.push(if residual < 0.0 {
            format!("its calls are cheaper than their prices: {kernel} in the kernel, {user}")
        } else if row.note.user_ns - ruler > excess / 2.0 {
            format!("missing: what it does between its calls ({user})")
        } else {
            format!("missing: its calls take longer than their prices ({kernel} in the kernel, {user})")
        });
    }
    if !unpriced.is_empty() && (residual.abs() > EXPLAINED || unpriced.len() > 4) {
        notes.push(format!("taken for calls that do nothing: {}", unpriced.join(", ")));
    }
    notes
}

/// A part of a prediction.
struct Item {
    /// `statx by descriptor`.
    what: String,
    number: u64,
    ns: f64,
    priced: bool,
}

impl Item {
    /// `82 %: 3.00 lookups an entry, 1.72 µs each`
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

/// One strategy's calls and the prices that fit them.
struct Explained<'e> {
    saved: &'e Saved,
    row: &'e Row<'e>,
    shape: &'e str,
}

impl Explained<'_> {
    fn items<'c>(&self, calls: impl Iterator<Item = (&'c str, u64)>) -> Vec<Item> {
        let mut items = Vec::new();
        for (name, number) in calls {
            match name {
                "getdents64" => items.push(self.reading(number)),
                "openat" => items.push(self.plain("openat", number, &[("Path", self.way(self.descend()))])),
                "close" => items.push(self.plain("close", number, &[])),
                "fstat" => items.push(self.plain("fstat", number, &[])),
                // On most architectures fstat(3) is this call with an empty path, so what is left of a whole number of
                // lookups an entry are those.
                "newfstatat" | "fstatat64" | "stat" | "lstat" => {
                    let lookups = number - number % self.row.note.entries.max(1);
                    if lookups > 0 {
                        items.extend(self.lookups("fstatat", lookups));
                    }
                    items.extend((number > lookups).then(|| self.plain("fstat", number - lookups, &[])));
                }
                "statx" => items.extend(self.lookups("statx", number)),
                other => items.push(self.unpriced(other, number)),
            }
        }
        items
    }

    /// Without a price, a call costs what one costs that does nothing.
    fn unpriced(&self, call: &str, number: u64) -> Item {
        let null = Price::find(self.saved, NULL, &[], Set::Any).map_or(0.0, |price| price.ns_per_call());
        Item { what: format!("{} {call}", count(number)), number, ns: null * number as f64, priced: false }
    }

    /// The directories' set: that of the tree's shape; of one directory, whichever there is.
    fn directories(&self) -> Set<'_> {
        match self.row.strategy.level() {
            Level::Tree => Set::Shape(self.shape),
            Level::Directory => Set::Any,
        }
    }

    fn plain(&self, call: &str, number: u64, factors: &[(&str, &str)]) -> Item {
        let Some(price) = Price::find(self.saved, call, factors, self.directories()) else {
            return self.unpriced(call, number);
        };
        Item { what: call.to_owned(), number, ns: price.ns_per_call() * number as f64, priced: true }
    }

    fn reading(&self, number: u64) -> Item {
        let buffer = match self.row.strategy.factors(self.row.note.want).read {
            ReadWith::Getdents { buffer_bytes } => price::buffer(buffer_bytes),
            // What libc asks for, and so whoever uses it.
            _ => "32k".to_owned(),
        };
        let factors = [("Buffer", buffer.as_str())];
        let entries = self.row.note.entries;
        let (set, by_entry) = match self.row.strategy.level() {
            Level::Directory => (Set::Names(entries), true),
            Level::Tree => (self.directories(), false),
        };
        let price = Price::find(self.saved, "getdents64", &factors, set);
        let ns = price.and_then(|price| match by_entry {
            true => price.ns_per_entry().map(|ns| ns * entries as f64),
            false => Some(price.ns_per_call() * number as f64),
        });
        match ns {
            Some(ns) => Item { what: "getdents64".to_owned(), number, ns, priced: true },
            None => self.unpriced("getdents64", number),
        }
    }

    /// Lookups of every entry, each perhaps several times in a row.
    fn lookups(&self, call: &str, number: u64) -> Vec<Item> {
        let entries = self.row.note.entries;
        let again = number.saturating_sub(entries);
        if again == 0 || self.row.strategy.factors(self.row.note.want).lookups != Lookups::StatTwice {
            return vec![self.lookup(call, number, entries)];
        }
        // The second question about one name finds all of the first in the processor's caches.
        let second = self.lookup(call, again, 1);
        vec![self.lookup(call, entries, entries), Item { what: format!("{} again", second.what), ..second }]
    }

    /// Lookups over a working set of so many names.
    fn lookup(&self, call: &str, number: u64, names: u64) -> Item {
        let factors = self.row.strategy.factors(self.row.note.want);
        let order = match factors.order {
            LookupOrder::Directory => "directory",
            LookupOrder::Inode => "inode",
        };
        let asked = match factors.lookups {
            Lookups::StatxType => "type",
            Lookups::StatxMin => "size-mtime",
            _ => "metadata",
        };
        let way = self.way(factors.resolve);
        let wanted = [("Names", "existing"), ("Asked", asked), ("Path", way), ("Order", order)];
        let of_shape = match self.row.strategy.level() {
            Level::Tree if names > 1 => Price::find(self.saved, call, &wanted, Set::Shape(self.shape)),
            Level::Tree | Level::Directory => None,
        };
        let Some(price) = of_shape.or_else(|| Price::find(self.saved, call, &wanted, Set::Names(names))) else {
            return self.unpriced(call, number);
        };
        let mut each = price.ns_per_call();
        // A path that is longer than the priced one costs its further components.
        if let (Resolve::Absolute, Some(priced)) = (factors.resolve, price.components) {
            let component = component(self.saved, call).map_or(0.0, |(component, _)| component.median);
            each += (self.row.note.components - priced) * component;
        }
        let by = if factors.resolve == Resolve::Absolute { " by full path" } else { "" };
        Item { what: format!("{call}{by}"), number, ns: each * number as f64, priced: true }
    }

    fn descend(&self) -> Resolve {
        self.row.strategy.factors(self.row.note.want).descend
    }

    fn way(&self, resolve: Resolve) -> &'static str {
        if resolve == Resolve::Absolute { "absolute" } else { "relative" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::note::{CaseNote, Note, Notes};
    use crate::bench::saved::{LAST, tests::folder};
    use crate::list::Want;
    use std::collections::BTreeMap;

    const ENTRIES: u64 = 1000;

    fn note(calls: &[(&str, u64)]) -> Note {
        let calls: BTreeMap<String, u64> = calls.iter().map(|&(name, number)| (name.to_owned(), number)).collect();
        Note::Case(Box::new(CaseNote {
            want: Want::Metadata,
            tree: "flat".to_owned(),
            entries: ENTRIES,
            directories: 1,
            components: 6.0,
            threads: 1,
            user_ns: 0.0,
            sys_ns: 0.0,
            warm_samples: 0,
            calls: Counts::Counted { calls, uring_operations: 0, scaled_from: None },
        }))
    }

    /// One listing of each strategy, at 1 µs a relative lookup, 2 µs an absolute one of four components, 100 ns an entry
    /// read, 10 ns an entry decoded.
    fn saved() -> Saved {
        let folder = folder(&[
            ("new", "calls", "null", "1", 100.0),
            ("new", "calls", "getdents64", "32k/1000/1", 100_000.0),
            ("new", "calls", "getdents64", "64k/1000/1", 100_000.0),
            ("new", "calls", "fstatat", "existing/relative/1000/directory/1", 1000.0),
            ("new", "calls", "fstatat", "existing/absolute/1000/directory/1", 2000.0),
            ("new", "calls", "fstatat", "existing/absolute/1/directory/1", 500.0),
            ("new", "paths", "fstatat", "absolute/1", 1000.0),
            ("new", "paths", "fstatat", "absolute/4", 1300.0),
            ("new", "metadata", "getdents+fstatat", "metadata/flat/warm", 1_110_000.0),
            ("new", "metadata", "readdir+lstat", "metadata/flat/warm", 4_620_000.0),
            ("new", "metadata", "readdir+isdir+isfile", "metadata/flat/warm", 3_010_000.0),
            ("new", "metadata", "null", "metadata/flat/warm", 10_000.0),
        ]);
        let price = |components, entries| Note::Price { calls: 1, entries, components };
        let noted = [
            ("calls/getdents64/32k/1000/1", price(None, Some(ENTRIES))),
            ("calls/getdents64/64k/1000/1", price(None, Some(ENTRIES))),
            ("calls/fstatat/existing/relative/1000/directory/1", price(Some(1.0), None)),
            ("calls/fstatat/existing/absolute/1000/directory/1", price(Some(4.0), None)),
            ("calls/fstatat/existing/absolute/1/directory/1", price(Some(4.0), None)),
            (
                "metadata/readdir+isdir+isfile/metadata/flat/warm",
                note(&[("getdents64", 2), ("newfstatat", 2 * ENTRIES)]),
            ),
            ("paths/fstatat/absolute/1", price(Some(1.0), None)),
            ("paths/fstatat/absolute/4", price(Some(4.0), None)),
            ("metadata/getdents+fstatat/metadata/flat/warm", note(&[("getdents64", 2), ("newfstatat", ENTRIES)])),
            (
                "metadata/readdir+lstat/metadata/flat/warm",
                note(&[("getdents64", 2), ("newfstatat", ENTRIES), ("brk", 3)]),
            ),
            ("metadata/null/metadata/flat/warm", note(&[])),
        ];
        let benchmarks = noted.map(|(id, note)| (id.to_owned(), note)).into();
        Notes { benchmarks, ..Notes::default() }.write(folder.path()).unwrap();
        Saved::read(folder.path(), LAST).unwrap()
    }

    fn row(of: &str) -> Vec<String> {
        let grids = grids(&saved());
        let [grid] = &grids[..] else { panic!("{} grids", grids.len()) };
        grid.rows.iter().find(|row| row[0] == of).unwrap().clone()
    }

    #[test]
    fn a_listing_that_its_calls_explain_has_no_residual() {
        let row = row("getdents+fstatat");
        assert_eq!((row[4].as_str(), row[6].as_str(), row[8].as_str()), ("1.11 ms", "+0.0 %", ""));
        assert_eq!(row[7], "90 % is 1.00 fstatat an entry, 1.00 µs each");
    }

    /// 2,200 ns for the first question about a name, 700 for the second.
    #[test]
    fn the_second_question_about_a_name_has_the_price_of_one_name() {
        let row = row("readdir+isdir+isfile");
        assert_eq!((row[4].as_str(), row[6].as_str()), ("3.01 ms", "+0.0 %"));
    }

    /// Six components where the price has four: 2 x 100 ns more for each of them; three calls without a price at 100 ns.
    #[test]
    fn a_longer_path_costs_its_components_and_what_is_missing_is_said() {
        let row = row("readdir+lstat");
        assert_eq!((row[4].as_str(), row[6].as_str()), ("2.31 ms", "+100.0 %"));
        assert!(row[8].contains("longer than their prices") && row[8].contains("3 brk"), "{}", row[8]);
    }
}
