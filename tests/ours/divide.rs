//! What a report shows divides: the times of two rows are to each other as their ratio says, within its interval.

use crate::kit::command::{FSBENCH, fsbench};
use fsbench::measure::mark::Mark;
use fsbench::measure::plan::Twin;
use fsbench::measure::record::{CaseRecord, Measurement, Outcome, RowRecord, ViewRecord};
use fsbench::measure::stats::{RESAMPLES, estimate};
use fsbench::measure::{Record, ViewKind, renew};
use fsbench::report::{Format, Kernel, Screen, Width, render, significant};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const ROUNDS: u32 = 21;

/// A folder with a tree, and records.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(TempDir::new().unwrap());
        fs::create_dir_all(place.path("tree/a/b")).unwrap();
        fs::write(place.path("tree/a/c"), b"").unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A record as this program makes it, said to be of a release build, with times of a machine whose speed drifts.
    fn record(&self, arguments: &[&str]) -> Record {
        let tree = self.path("tree");
        let fixed = ["compare", "--rounds", "1", "--calls", "none", "--format", "json", tree.to_str().unwrap()];
        let ran = fsbench(&[&fixed, arguments].concat());
        let mut record: serde_json::Value = ran.json();
        record["environment"]["build"] = "release".into();
        let mut record: Record = serde_json::from_value(record).unwrap();
        for (index, case) in record.cases.iter_mut().enumerate() {
            if let Outcome::Measured(measurement) = &mut case.outcome {
                drift(measurement, index, index.is_multiple_of(2) != (case.twin == Twin::OtherBuild));
            }
        }
        renew_ratios(&mut record);
        record
    }

    /// What `report` makes of a record.
    fn report(&self, record: &Record, format: &str) -> String {
        let path = self.path("drift.json");
        fs::write(&path, serde_json::to_string(record).unwrap()).unwrap();
        let ran = fsbench(&["report", path.to_str().unwrap(), "--format", format]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran.out
    }
}

/// Rounds of many speeds. In most of them every case takes its share of the round's time; in a quarter the machine changed
/// its speed between the cases, so that some took much longer and the others much less.
///
/// Such a quarter moves every median, but hardly the median of ratios: paired, case 1 takes 1.36 times what case 0 takes, by
/// their medians hardly more than the same.
fn drift(measurement: &mut Measurement, case: usize, is_slowed: bool) {
    let share = 0.36f64.mul_add(case as f64, 1.0);
    let sample = measurement.samples[0];
    measurement.iterations = 1;
    measurement.samples = (0..ROUNDS)
        .map(|round| {
            let milliseconds = match round {
                16.. if is_slowed => 300.0,
                16.. => 1.0,
                _ => f64::from(30 + 5 * (round * 7 % 16) / 2),
            };
            let noise = 1.0 + 0.001 * f64::from((round * 7 + 3 * case as u32) % 5);
            let wall_ns = (milliseconds * share * noise * 1e6) as u64;
            fsbench::measure::protocol::Sample { wall_ns, ..sample }
        })
        .collect();
    measurement.wall_ns = estimate(&measurement.wall_per_listing(), RESAMPLES, 1).unwrap();
}

/// The ratios of rows whose samples changed, as an old fsbench left them: tables in the order of their medians and marked by it,
/// ladders without their gains in all.
fn renew_ratios(record: &mut Record) {
    let cases = record.cases.clone();
    let measured = |case: usize| cases[case].measurement();
    let ratio = |case: usize, to: usize| estimate(&measured(case)?.ratios_to(measured(to)?), RESAMPLES, 1);
    for view in &mut record.views {
        let baseline = view.baseline;
        let mut before = None;
        for row in &mut view.rows {
            let to = match view.kind {
                ViewKind::Builds => other_build(&cases, row.case),
                _ => Some(baseline),
            };
            row.ratio = match view.kind {
                ViewKind::Ladder => before.and_then(|before| ratio(before, row.case)),
                _ => to.and_then(|to| ratio(row.case, to)),
            };
            row.in_all = None;
            if let (Some(change), Some(to)) = (&mut row.change, to.and_then(measured)) {
                change.wall_ns = to.wall_ns;
            }
            before = measured(row.case).map(|_| row.case).or(before);
        }
        if view.kind == ViewKind::Table {
            let time = |row: &RowRecord| measured(row.case).map_or(f64::INFINITY, |m| m.wall_ns.median);
            view.rows.sort_by(|a, b| time(a).total_cmp(&time(b)));
            for (index, row) in view.rows.iter_mut().enumerate() {
                row.marks.retain(|mark| *mark == Mark::Baseline);
                row.marks.extend((index == 0).then_some(Mark::First));
            }
        }
    }
}

fn other_build(cases: &[CaseRecord], case: usize) -> Option<usize> {
    let is_other = |other: &CaseRecord| {
        other.twin == Twin::OtherBuild
            && (&other.strategy, other.want, other.threads)
                == (&cases[case].strategy, cases[case].want, cases[case].threads)
    };
    cases.iter().position(is_other)
}

const TABLE: &[&str] =
    &["-s", "serial", "-s", "walkdir", "-s", "rayon", "-s", "fts", "--threads", "1,2", "--baseline", "walkdir"];

/// Milliseconds of `≈66.6 ms [60.1, 70.2]`, `66.6 ms · 1.36×`, `1.20 s`.
fn milliseconds(text: &str) -> f64 {
    let (number, rest) = text.trim_start_matches('≈').split_once([' ', '\u{a0}']).unwrap_or_else(|| panic!("{text}"));
    let number: f64 = number.parse().unwrap_or_else(|_| panic!("{text}"));
    match rest.split([' ', '\u{a0}']).next().unwrap() {
        "µs" => number / 1e3,
        "ms" => number,
        "s" => number * 1e3,
        unit => panic!("{unit}"),
    }
}

/// Three digits of each.
const ROUNDING: f64 = 0.011;

fn is_about(a: f64, b: f64) -> bool {
    (a / b - 1.0).abs() < ROUNDING
}

/// The tables of Markdown, cell by cell, without its escapes; a heading first, without the rule below it.
fn tables(markdown: &str) -> Vec<Vec<Vec<String>>> {
    let cells = |line: &str| {
        let line = line.replace('\\', "");
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
    };
    let lines: Vec<&str> = markdown.lines().collect();
    let tables = lines.split(|line| !line.starts_with('|')).filter(|table| !table.is_empty());
    tables.map(|table| table.iter().filter(|line| !line.starts_with("|-")).map(|line| cells(line)).collect()).collect()
}

fn column(table: &[Vec<String>], heading: &str) -> usize {
    table[0].iter().position(|cell| cell == heading).unwrap_or_else(|| panic!("{heading}: {:?}", table[0]))
}

/// Median and interval of `1.360x [1.358, 1.362]`.
fn interval(cell: &str) -> [f64; 3] {
    let numbers = cell.split([' ', '[', ']', ',', 'x']).filter(|part| !part.is_empty());
    let numbers: Vec<f64> = numbers.map(|part| part.parse().unwrap_or_else(|_| panic!("{cell}"))).collect();
    numbers.try_into().unwrap_or_else(|_| panic!("{cell}"))
}

fn holds([_, low, high]: [f64; 3], value: f64) -> bool {
    (low * (1.0 - ROUNDING)..=high * (1.0 + ROUNDING)).contains(&value)
}

#[test]
fn the_times_of_a_table_divide_in_markdown_and_in_text_however_the_machine_drifted() {
    let place = Place::new();
    let mut record = place.record(TABLE);
    let base = record.cases[record.views[0].baseline].measurement().unwrap().wall_ns.median;
    let contradicts = |row: &RowRecord| {
        let own = record.cases[row.case].measurement().unwrap().wall_ns.median;
        row.ratio.is_some_and(|ratio| !ratio.holds(own / base))
    };
    assert!(record.views[0].rows.iter().any(contradicts), "the medians of these samples do not divide");

    let markdown = place.report(&record, "markdown");
    let table = &tables(&markdown)[0];
    let (time, ratio) = (column(table, "Time [95 %]"), column(table, "Ratio [95 %]"));
    let rows: Vec<&Vec<String>> = table[1..].iter().filter(|row| row[ratio] != "-").collect();
    let baseline = rows.iter().find(|row| row.last().unwrap().contains("baseline")).unwrap();
    for row in &rows {
        let quotient = milliseconds(&row[time]) / milliseconds(&baseline[time]);
        assert!(holds(interval(&row[ratio]), quotient), "{row:?} {baseline:?}");
    }
    assert!(rows.is_sorted_by_key(|row| (interval(&row[ratio])[0] * 1e3) as u64), "{markdown}");
    assert!(rows[0].last().unwrap().contains("fastest"), "{markdown}");
    assert!(rows.iter().any(|row| row[time].starts_with('≈')), "{markdown}");
    assert!(markdown.contains("≈: the baseline's median × the ratio"), "{markdown}");

    // The terminal's table has the same cells.
    renew(&mut record);
    for width in [Width::Any, Width::Columns(70)] {
        let text = render(&record, Format::Table, Kernel::Hidden, &Screen { width, ..Screen::PIPE });
        let median = |cell: &str| cell.split(" [").next().map(str::to_owned).unwrap();
        assert!(rows.iter().all(|row| text.contains(&median(&row[time])) && text.contains(&row[ratio])), "{text}");
        assert!(text.contains("≈: made of the ratio"), "{text}");
    }
}

#[test]
fn the_times_of_a_table_divide_in_csv_which_says_where_they_come_from() {
    let place = Place::new();
    let text = place.report(&place.record(TABLE), "csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<std::collections::HashMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    let number = |row: &std::collections::HashMap<String, String>, name: &str| -> f64 { row[name].parse().unwrap() };
    let base = number(rows.iter().find(|row| row["marks"].contains("baseline")).unwrap(), "wall_ns");
    for row in &rows {
        let quotient = number(row, "wall_ns") / base;
        let expected = if row["wall_ns_from"] == "ratio" {
            (quotient / number(row, "ratio") - 1.0).abs() < 1e-9
        } else {
            (number(row, "ratio_low")..=number(row, "ratio_high")).contains(&quotient)
        };
        assert!(expected, "{row:?}");
        assert!(
            number(row, "wall_ns_low") <= number(row, "wall_ns")
                && number(row, "wall_ns") <= number(row, "wall_ns_high")
        );
    }
    let sources: Vec<&str> = rows.iter().map(|row| row["wall_ns_from"].as_str()).collect();
    assert!(sources.contains(&"ratio") && sources.contains(&"samples"), "{sources:?}");
}

/// Every `66.6 ms · 1.36×` of charts, in their order; and `49.0 ms · baseline`.
fn figures(page: &str) -> Vec<(f64, String)> {
    let texts = page.split("</text>").filter_map(|text| text.rsplit('>').next());
    texts
        .filter_map(|text| text.split_once(" · "))
        .map(|(time, figure)| (milliseconds(time), figure.to_owned()))
        .collect()
}

#[test]
fn the_times_of_a_table_divide_in_charts_on_a_page() {
    let place = Place::new();
    let page = place.report(&place.record(TABLE), "html");
    let all = figures(&page);
    let base = all.iter().find(|(_, figure)| figure == "baseline").unwrap().0;
    let ratios: Vec<(f64, f64)> =
        all.iter().filter_map(|(time, figure)| Some((*time, figure.strip_suffix('×')?.parse().ok()?))).collect();
    assert!(ratios.len() > 3, "{all:?}");
    for (time, ratio) in ratios {
        assert!(is_about(time / base, ratio), "{time} ms over {base} ms is not {ratio}");
    }
    assert!(
        page.contains("≈: the baseline&#x27;s median × the ratio")
            || page.contains("≈: the baseline's median × the ratio")
    );
}

#[test]
fn a_slide_of_a_table_has_one_time_and_ratios_to_it() {
    let place = Place::new();
    let mut record = place.record(TABLE);
    let slides = place.report(&record, "slides");
    renew(&mut record);
    let slide = slides.split("<section ").find(|slide| slide.contains("id=\"ranking\"")).unwrap();
    let wide = slide.split("<div class=\"chart narrow\">").next().unwrap();
    let texts: Vec<&str> = wide.split("</text>").filter_map(|text| text.rsplit('>').next()).collect();
    let view = &record.views[0];
    assert_eq!(texts.iter().filter(|text| text.ends_with(" = 1×")).count(), 1, "{texts:?}");
    let mut seen = 0;
    for row in view.rows.iter().filter(|row| row.case != view.baseline) {
        let (Some(ratio), case) = (row.ratio, &record.cases[row.case]) else { continue };
        let at = texts
            .iter()
            .position(|text| *text == case.strategy || *text == format!("{} x{}", case.strategy, case.threads));
        let Some(figure) = at.and_then(|at| texts.get(at + 1)) else { continue };
        let expected = match () {
            () if ratio.high < 1.0 => format!("{}× as fast", significant(1.0 / ratio.median)),
            () if ratio.low > 1.0 => format!("{}× the time", significant(ratio.median)),
            () => "tied".to_owned(),
        };
        assert_eq!(**figure, expected, "{}", case.strategy);
        seen += 1;
    }
    assert!(seen > 3, "{texts:?}");
}

#[test]
fn a_ladders_times_divide_by_its_gains_and_by_its_gain_in_all() {
    let place = Place::new();
    let record = place.record(&["--ladder", "--want", "kinds"]);
    let markdown = place.report(&record, "markdown");
    let ladders = tables(&markdown);
    assert!(ladders.len() > 1, "of kinds, and of walkers: {markdown}");
    for table in &ladders {
        let headings = ["Time [95 %]", "Gain [95 %]", "In all [95 %]"];
        let [time, gain, in_all] = headings.map(|heading| column(table, heading));
        let measured: Vec<&Vec<String>> = table[1..].iter().filter(|row| row[time] != "-").collect();
        for pair in measured.windows(2) {
            let [first, before, own] = [measured[0], pair[0], pair[1]].map(|row| milliseconds(&row[time]));
            assert!(holds(interval(&pair[1][gain]), before / own), "{pair:?}");
            assert!(holds(interval(&pair[1][in_all]), first / own), "{first} ms over {own} ms: {pair:?}");
        }
        assert!(measured.iter().any(|row| row[time].starts_with('≈')), "{table:?}");
    }
    assert!(markdown.contains("≈: the time of the first row, or of the row above, over the gain"), "{markdown}");
}

#[test]
fn a_ladders_title_says_its_paired_gain_in_all() {
    let place = Place::new();
    let mut record = place.record(&["--ladder", "--want", "kinds"]);
    let slides = place.report(&record, "slides");
    renew(&mut record);
    for view in &record.views {
        let in_all = view.rows.iter().rev().find_map(|row| row.in_all).unwrap();
        let title = format!("From the naive way to the best: {}× as fast", significant(in_all.median));
        assert!(slides.contains(&title), "{title}");
    }
}

#[test]
fn builds_side_by_side_divide() {
    let place = Place::new();
    let record = place.record(&["-s", "serial", "-s", "walkdir", "--against-binary", FSBENCH]);
    let table = &tables(&place.report(&record, "markdown"))[0];
    let [this, other, ratio] =
        ["This build [95 %]", "Other build [95 %]", "This / other [95 %]"].map(|heading| column(table, heading));
    assert!(table[1..].iter().any(|row| row[this].starts_with('≈')), "{table:?}");
    for row in &table[1..] {
        let quotient = milliseconds(&row[this]) / milliseconds(&row[other]);
        assert!(holds(interval(&row[ratio]), quotient), "{row:?}");
    }
}

#[test]
fn a_title_says_the_paired_ratio_and_names_the_fastest_by_it() {
    let place = Place::new();
    let mut record = place.record(TABLE);
    let slides = place.report(&record, "slides");
    renew(&mut record);
    let (first, last) =
        (&record.views[0].rows[0], record.views[0].rows.iter().rfind(|row| row.ratio.is_some()).unwrap());
    let least =
        record.views[0].rows.iter().filter_map(|row| row.ratio).map(|ratio| ratio.median).fold(f64::MAX, f64::min);
    let fastest = first.ratio.unwrap().median;
    assert!(first.marks.contains(&Mark::First) && !last.marks.contains(&Mark::First));
    assert!(fastest <= least && fastest < 1.0, "{fastest}");
    assert!(slides.contains(&format!(": {}× as fast as walkdir", significant(1.0 / fastest))), "{fastest}");
}

#[test]
fn a_record_of_this_version_is_renewed_to_itself() {
    let place = Place::new();
    let tree = place.path("tree");
    let ran = fsbench(&[&["compare", "--rounds", "7", "--format", "json", tree.to_str().unwrap()], TABLE].concat());
    let record: Record = serde_json::from_str(&ran.out).unwrap();
    let mut renewed = record.clone();
    renew(&mut renewed);
    // JSON keeps a float but for its last bit.
    let row = |row: &RowRecord| (row.case, row.marks.clone(), row.floor_ns.map(|ns| ns.round() as u64));
    let views = |record: &Record| -> Vec<_> {
        let rows = |view: &ViewRecord| view.rows.iter().map(row).collect::<Vec<_>>();
        record.views.iter().map(|view| (view.floor, rows(view))).collect()
    };
    assert_eq!(views(&renewed), views(&record));
}
