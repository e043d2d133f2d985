//! What `report` makes of a record: its name says the format, and a terminal gets the table.

use crate::kit::command::{FSBENCH, Ran, fsbench};
use crate::kit::terminal::on_terminal;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/everything.json");

fn made(folder: &Path, name: &str, more: &[&str]) -> (Ran, PathBuf) {
    let path = folder.join(name);
    (fsbench(&[&["report", RECORD, "-o", path.to_str().unwrap()], more].concat()), path)
}

#[test]
fn the_ending_of_the_outputs_name_is_the_format() {
    let folder = TempDir::new().unwrap();
    for (name, begins) in [
        ("a.html", "<!"),
        ("a.HTM", "<!"),
        ("a.md", "getdents"),
        ("a.csv", "record,view,"),
        ("a.json", "{\n"),
        ("a.txt", "Ladder: "),
    ] {
        let (ran, path) = made(folder.path(), name, &[]);
        assert_eq!(ran.code, Some(0), "{name}: {}", ran.err);
        let text = fs::read_to_string(path).unwrap();
        assert!(text.starts_with(begins), "{name}: {}", text.chars().take(80).collect::<String>());
    }
}

#[test]
fn a_format_overrules_an_ending_that_says_nothing_and_may_not_contradict_one_that_does() {
    let folder = TempDir::new().unwrap();
    let (ran, path) = made(folder.path(), "deck.html", &["--format", "slides"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(fs::read_to_string(path).unwrap().contains("<section class=\"slide"));
    let (ran, path) = made(folder.path(), "plain", &["--format", "csv"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(fs::read_to_string(path).unwrap().starts_with("record,"));
    for (name, more, why) in [
        ("a.html", &["--format", "csv"][..], "--format csv contradicts the ending of"),
        ("nothing", &[], "its name tells no format"),
        ("chart.svg", &[], "--format svg -o FOLDER"),
    ] {
        let (ran, path) = made(folder.path(), name, more);
        assert!(ran.code == Some(2) && ran.err.contains(why), "{name}: {}", ran.err);
        assert!(!path.exists(), "{name}");
    }
}

/// What `report` prints on a terminal of 80 columns.
fn on_a_terminal(more: &[&str]) -> String {
    let mut command = Command::new(FSBENCH);
    command.args(["report", RECORD]).args(more).env_remove("NO_COLOR").env("TERM", "xterm");
    let (_, shown) = on_terminal(&mut command, 80);
    String::from_utf8(shown).unwrap().replace('\r', "")
}

#[test]
fn on_a_terminal_a_report_is_the_table_as_compare_showed_it_in_colors() {
    let shown = on_a_terminal(&[]);
    let golden = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/screen-colors.txt")).unwrap();
    assert_eq!(shown.replace('\u{1b}', "ESC"), golden);
    let plain = on_a_terminal(&["--color", "never"]);
    assert_eq!(plain, fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/screen-80.txt")).unwrap());
}

#[test]
fn a_page_does_not_go_to_a_terminal() {
    for format in ["html", "slides"] {
        let shown = on_a_terminal(&["--format", format]);
        assert!(shown.contains("say -o FILE.html") && !shown.contains("<html"), "{shown}");
    }
}

#[test]
fn colors_go_where_the_user_wants_them() {
    let shown = |more: &[&str], name: &str, value: &str| {
        let mut command = Command::new(FSBENCH);
        command
            .args(["report", RECORD, "--format", "table"])
            .args(more)
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE");
        Ran::of(command.env(name, value)).out.contains('\u{1b}')
    };
    assert!(!shown(&[], "IDLE", "1"), "a pipe has none");
    assert!(shown(&["--color", "always"], "IDLE", "1"));
    assert!(shown(&[], "CLICOLOR_FORCE", "1"));
    assert!(!shown(&["--color", "never"], "CLICOLOR_FORCE", "1"));
    assert!(shown(&["--color", "always"], "NO_COLOR", "1"), "an option is nearer than the environment");
}

#[test]
fn rows_and_columns_can_be_chosen_in_the_order_in_which_they_are_named() {
    let report = |more: &[&str]| fsbench(&[&["report", RECORD, "--format", "markdown"], more].concat());
    let ran = report(&["--rows", "walkdir", "--rows", "stealing*", "--columns", "strategy,ratio,note"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let table = ran.out.split("### Walking a tree: names and file types\n\n").nth(1).unwrap();
    let names: Vec<&str> = table
        .lines()
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    assert_eq!(names, ["Strategy", "walkdir", "stealing/fixed", "stealing"], "{table}");
    assert!(table.starts_with("| Strategy ") && !table.contains("ns/entry"), "{table}");
    let ran = report(&["--rows", "nothing*"]);
    assert!(ran.code == Some(2) && ran.err.contains("fits no row; there are"), "{}", ran.err);
    let ran = report(&["--columns", "rtio"]);
    assert!(
        ran.code == Some(2) && ran.err.contains("no table has a column 'rtio'; there are Strategy, "),
        "{}",
        ran.err
    );
}
