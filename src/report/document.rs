//! Sections of records for pages, decks and Markdown: each has a claim, charts and a table.

use super::chart::{self, Chart, Figures, Frame};
use super::collection::{Collection, Named};
use super::grid::{Align, Grid};
use super::key::key;
use super::number::significant;
use super::slug::distinct;
use super::text::printable;
use super::{claim, footer, kernel, side, slug, tables, verdict};
use crate::list::Want;
use crate::measure::ViewKind;
use crate::measure::condition::Verdict;
use crate::measure::environment::Build;
use crate::measure::record::{Record, TargetRecord, ViewRecord};
use crate::strategy::Level;
use serde::Serialize;
use std::path::PathBuf;

/// A view, or several side by side.
pub(super) struct Section {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) claim: String,
    pub(super) charts: Vec<Chart>,
    pub(super) grid: Grid,
    /// What the kernel counted, of a view.
    pub(super) kernel: Option<Grid>,
}

/// A view's sections stand under its record's name where there are several.
pub(super) fn of_record(collection: &Collection, named: &Named) -> Vec<Section> {
    let record = &named.record;
    let slugs = slug::numbered(record.views.iter().map(|view| view.title.as_str()));
    let sections = record.views.iter().zip(slugs).map(|(view, slug)| {
        let id = if collection.records.len() > 1 { format!("{}-{slug}", slug::slug(&named.name)) } else { slug };
        let mut charts = vec![chart::of_view(record, view, &id)];
        charts.extend(chart::more_of_view(record, view, &id));
        let (grid, kernel) = (tables::of(record, view), Some(kernel::grid(record, view)));
        Section { id, title: printable(&view.title), claim: verdict::at_length(record, view), charts, grid, kernel }
    });
    sections.collect()
}

/// The sections of views that are compared side by side.
pub(super) fn together(collection: &Collection) -> Vec<Section> {
    let section = |chart: Chart, grid: Grid, claim: Option<String>| Section {
        id: format!("together-{}", chart.slug),
        title: chart.title.clone(),
        claim: claim.map(|claim| format!("{claim}.")).unwrap_or_default(),
        charts: vec![chart],
        grid,
        kernel: None,
    };
    let (beside, pairs) = (collection.beside(), collection.warm_and_cold());
    let ratios = beside.iter().filter_map(|together| {
        let claim = claim::between(together).map(|between| between.text);
        Some(section(chart::beside(together, Figures::Ratios)?, side::ratios(together), claim))
    });
    let times = pairs.iter().filter_map(|pair| {
        Some(section(chart::beside(pair, Figures::Times)?, side::times(pair), claim::cold_over_warm(pair)))
    });
    ratios.chain(times).collect()
}

/// A grid for a template.
#[derive(Serialize)]
pub(super) struct Table {
    title: String,
    columns: Vec<Heading>,
    rows: Vec<Vec<Cell>>,
}

#[derive(Serialize)]
struct Heading {
    heading: String,
    number: bool,
}

#[derive(Serialize)]
struct Cell {
    text: String,
    number: bool,
    key: Option<f64>,
    trouble: bool,
}

impl Table {
    pub(super) fn of(grid: &Grid) -> Self {
        let columns = grid.columns.iter();
        let columns = columns.map(|column| Heading {
            heading: unbroken(&printable(&column.heading)),
            number: column.align == Align::Right,
        });
        let cell = |(index, text): (usize, &String)| {
            let number = grid.columns.get(index).is_some_and(|column| column.align == Align::Right);
            let trouble = ["WRONG", "failed", "cannot run", "WARM"].iter().any(|start| text.starts_with(start));
            let key = number.then(|| key(text)).flatten();
            let text = printable(text);
            Cell { text: if number { unbroken(&text) } else { text }, number, key, trouble: trouble && !number }
        };
        let rows = grid.rows.iter().map(|row| row.cells.iter().enumerate().map(cell).collect()).collect();
        Self { title: printable(&grid.title), columns: columns.collect(), rows }
    }
}

/// A figure that is broken before its interval only, where there is no room for a line.
fn unbroken(figure: &str) -> String {
    figure.replace(' ', "\u{a0}").replace("\u{a0}[", " [")
}

/// A chart for a template: both drawings.
#[derive(Serialize)]
pub(super) struct Drawn {
    wide: String,
    narrow: String,
    source: String,
}

impl Drawn {
    pub(super) fn of(chart: &Chart) -> Self {
        Self { wide: chart.svg(&Frame::PAGE), narrow: chart.svg(&Frame::PHONE), source: chart.source.clone() }
    }
}

/// A row's samples in words.
#[derive(Serialize)]
pub(super) struct Samples {
    name: String,
    text: String,
}

/// Every sample of a view.
pub(super) fn samples(record: &Record, view: &ViewRecord) -> Vec<Samples> {
    let cases = view.rows.iter().filter_map(|row| record.cases.get(row.case));
    let rows = cases.filter_map(|case| {
        let measurement = case.measurement()?;
        let median = measurement.wall_ns.median;
        let (scale, unit) = if median < 999.5e6 { (1e6, "ms") } else { (1e9, "s") };
        let times: Vec<String> = measurement.wall_per_listing().iter().map(|ns| significant(ns / scale)).collect();
        Some(Samples { name: printable(&tables::name(case)), text: format!("{} {unit}", times.join(" ")) })
    });
    rows.collect()
}

/// A line about where and when: all file systems, all machines, all days.
pub(super) fn subtitle(collection: &Collection) -> String {
    let records = || collection.records.iter().map(|named| &named.record);
    let systems = records().flat_map(|record| &record.targets).map(|target| target.file_system.kind.clone());
    let machines = records().map(|record| {
        let environment = &record.environment;
        format!("{} x {}, {}", environment.cores, environment.cpu, environment.kernel)
    });
    let mut days = distinct(records().map(|record| record.started.strftime("%Y-%m-%d").to_string()));
    days.sort();
    let days = match &days[..] {
        [first, .., last] => format!("{first} to {last}"),
        _ => days.concat(),
    };
    printable(&format!("{} on {}; {days}", distinct(systems).join(", "), distinct(machines).join("; ")))
}

/// The ladder that is told step by step: that of one directory's kinds, else the first.
pub(super) fn main_ladder(collection: &Collection) -> Option<(&Record, &ViewRecord)> {
    let views =
        collection.records.iter().flat_map(|named| named.record.views.iter().map(move |view| (&named.record, view)));
    let mut ladders: Vec<(&Record, &ViewRecord)> = views.filter(|(_, view)| view.kind == ViewKind::Ladder).collect();
    let rank = |(record, view): &(&Record, &ViewRecord)| {
        let directory = record.targets.get(view.target).is_some_and(|target| target.level == Level::Directory);
        (is_debug(record), view.want != Want::Kinds, !directory)
    };
    ladders.sort_by_key(rank);
    ladders.first().copied()
}

/// What a reader wants to know first: the main ladder, else the first table.
pub(super) fn answer(collection: &Collection) -> Option<(&Record, &ViewRecord)> {
    let views =
        collection.records.iter().flat_map(|named| named.record.views.iter().map(move |view| (&named.record, view)));
    let sound = |(record, _): &(&Record, &ViewRecord)| !is_debug(record);
    main_ladder(collection).filter(sound).or_else(|| views.into_iter().find(sound))
}

/// Whether its times mean nothing.
pub(super) fn is_debug(record: &Record) -> bool {
    record.environment.build == Build::Debug
}

/// What would disturb a measurement, and what is missing.
pub(super) fn conditions(record: &Record) -> Option<Table> {
    let columns = [
        ("Condition", Align::Left, 0),
        ("Found", Align::Left, 0),
        ("Verdict", Align::Left, 0),
        ("What it means", Align::Prose, 0),
    ];
    let mut grid = Grid::new("Conditions of this machine", &columns);
    for condition in &record.environment.conditions {
        let verdict = match condition.verdict {
            Verdict::Fine => "fine",
            Verdict::Disturbs => "disturbs",
            Verdict::Missing => "missing",
        };
        let cells = [&condition.name, &condition.found, verdict, &condition.meaning];
        grid.rows.push(cells.map(str::to_owned).to_vec().into());
    }
    (!grid.rows.is_empty()).then(|| Table::of(&grid))
}

/// The lines under a record's tables.
pub(super) fn facts(record: &Record) -> Vec<String> {
    [footer::lines(record), footer::advice(record)].concat()
}

/// Mitigations and versions, a line each.
pub(super) fn versions(record: &Record) -> Vec<String> {
    let own = format!("fsbench {}, record schema {}", record.fsbench, record.schema);
    let environment = &record.environment;
    let lines = std::iter::once(&own).chain(&environment.peers).chain(&environment.mitigations);
    lines.map(|line| printable(line)).collect()
}

/// The command that makes the tree again, where fsbench made it: from its shape in words, such as `source, 500 entries,
/// seed 1`.
pub(super) fn made_by(target: &TargetRecord) -> Option<String> {
    let parts: Vec<&str> = target.shape.as_deref()?.split(", ").collect();
    let [shape, entries, seed] = parts[..] else { return None };
    let entries = entries.strip_suffix(" entries")?.replace(',', "");
    let root = PathBuf::from(&target.root).display().to_string();
    let words = ["fsbench", "gen", shape, &root, "--entries", &entries, "--seed", seed.strip_prefix("seed ")?];
    Some(shell(&words.map(str::to_owned)))
}

/// Words as one types them in a shell.
pub(super) fn shell(words: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+,./:@%^".contains(c);
    let quoted = words.iter().map(|word| match !word.is_empty() && word.chars().all(plain) {
        true => word.clone(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    });
    printable(&quoted.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_a_shell_takes_it() {
        let words = ["fsbench", "compare", "-s", "getdents/*", "it's", ""].map(str::to_owned);
        assert_eq!(shell(&words), r"fsbench compare -s 'getdents/*' 'it'\''s' ''");
    }
}
