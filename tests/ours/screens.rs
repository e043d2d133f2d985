//! What `compare` and `report` show on a terminal: the answer fits, whatever the terminal's width.

use crate::kit::golden::golden;
use fsbench::measure::record::Outcome;
use fsbench::measure::{Record, ViewKind, file};
use fsbench::report::{Detail, Format, Kernel, Paint, Screen, Width, render};
use std::path::Path;
use textwrap::core::display_width;

/// A run of `fsbench compare`, with no tree named.
fn record() -> Record {
    file::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/everything.json")).unwrap()
}

const SHORT: Screen = Screen { width: Width::Columns(80), paint: Paint::Plain, detail: Detail::Short };

fn shown(record: &Record, screen: Screen) -> String {
    render(record, Format::Table, Kernel::Hidden, &screen)
}

/// The last paragraphs.
fn verdicts(record: &Record) -> String {
    let text = shown(record, Screen { width: Width::Columns(100), ..SHORT });
    text.rsplit_once("\n\n").unwrap().1.replace('\n', " ")
}

#[test]
fn a_run_with_no_tree_named_fits_screens_of_80_100_120_and_200_columns() {
    for columns in [80, 100, 120, 200] {
        golden(&format!("screen-{columns}.txt"), &shown(&record(), Screen { width: Width::Columns(columns), ..SHORT }));
    }
    golden(
        "screen-full-120.txt",
        &shown(&record(), Screen { width: Width::Columns(120), detail: Detail::Full, ..SHORT }),
    );
    golden("screen-pipe.txt", &shown(&record(), Screen::PIPE));
    let colored = shown(&record(), Screen { paint: Paint::Colors, ..SHORT });
    golden("screen-colors.txt", &colored.replace('\u{1b}', "ESC"));
}

#[test]
fn a_run_with_no_tree_named_shows_at_most_40_lines_the_verdicts_last() {
    let text = shown(&record(), SHORT);
    assert!(text.lines().count() <= 40, "{}", text.lines().count());
    assert!(text.trim_end().ends_with("how it was measured.") && text.contains(" as fast as "), "{text}");
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let record = record();
    for columns in 60..=220 {
        for detail in [Detail::Short, Detail::Full] {
            let text = shown(&record, Screen { width: Width::Columns(columns), detail, ..SHORT });
            let widest = text.lines().map(display_width).max().unwrap();
            assert!(widest <= usize::from(columns), "{columns}: {widest}\n{text}");
        }
    }
}

#[test]
fn colors_change_no_character() {
    let colored = shown(&record(), Screen { paint: Paint::Colors, ..SHORT });
    assert_ne!(colored, shown(&record(), SHORT));
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), shown(&record(), SHORT));
}

#[test]
fn a_ladder_says_what_each_step_changes_at_every_width() {
    let record = record();
    for columns in [60, 80, 100, 120, 200] {
        let text = shown(&record, Screen { width: Width::Columns(columns), ..SHORT });
        for change in ["1 stat an entry", "looked up by descriptor", "kinds by d_type", "in parallel"] {
            assert!(text.contains(change), "{columns}: {change}\n{text}");
        }
    }
}

/// The record with only its table, changed.
fn table(change: impl FnOnce(&mut Record)) -> Record {
    let mut record = record();
    record.views.retain(|view| view.kind == ViewKind::Table);
    change(&mut record);
    record
}

#[test]
fn the_verdict_names_rows_that_are_wrong_or_failed() {
    let record = table(|record| {
        let [wrong, failed] = [1, 2].map(|row| record.views[0].rows[row].case);
        record.cases[wrong].outcome = Outcome::Wrong("saw two entries fewer".to_owned());
        record.cases[failed].outcome = Outcome::Failed("broke in the middle".to_owned());
    });
    let [wrong, failed] = [1, 2].map(|row| record.cases[record.views[0].rows[row].case].strategy.clone());
    let said = verdicts(&record);
    assert!(said.contains(&format!("WRONG, so without a time: {wrong}")), "{said}");
    assert!(said.contains(&format!("Failed: {failed}")), "{said}");
}

#[test]
fn the_verdict_claims_nothing_that_the_interval_does_not_show() {
    let record = table(|record| {
        let row = &mut record.views[0].rows[0];
        row.ratio.as_mut().unwrap().high = 1.01;
    });
    let said = verdicts(&record);
    assert!(said.starts_with("Nothing is surely faster than"), "{said}");
}

#[test]
fn what_cannot_run_here_is_named_with_its_reason_below_the_table() {
    let record = table(|record| {
        let case = record.views[0].rows.last().unwrap().case;
        record.cases[case].outcome = Outcome::Unsupported("this kernel lacks it".to_owned());
    });
    let text = shown(&record, SHORT);
    let name = &record.cases[record.views[0].rows.last().unwrap().case].strategy;
    assert!(text.contains(&format!("{name} cannot run here: this kernel lacks it.")), "{text}");
}
