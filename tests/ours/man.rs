//! `fsbench man`: a page for each command, which man(1) shows without a warning.

use crate::kit::command::{FSBENCH, Ran, fsbench};
use crate::kit::skip::skip;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// All pages, written to a new folder.
fn pages(folder: &Path) -> Ran {
    Ran::of(Command::new(FSBENCH).args(["man", "-o"]).arg(folder).env("SOURCE_DATE_EPOCH", "86400"))
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn there_is_a_page_for_each_command_and_nothing_else() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("man1");
    let ran = pages(&folder);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "", ""));
    let help = fsbench(&["--help"]).out;
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let commands = commands.lines().take_while(|line| !line.is_empty());
    // Lines that go on have no command.
    let commands = commands.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let commands = commands.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let mut expected: BTreeSet<String> = commands.map(|name| format!("fsbench-{name}.1")).collect();
    assert!(expected.len() > 8, "{expected:?}");
    expected.insert("fsbench.1".to_owned());
    assert_eq!(names(&folder), expected);
    assert_eq!(names(outer.path()), BTreeSet::from(["man1".to_owned()]));
}

#[test]
fn no_page_has_anything_to_warn_of() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(pages(folder.path()).code, Some(0));
    let judges: [&[&str]; 2] = [&["man", "--warnings", "-l"], &["mandoc", "-T", "lint", "-W", "warning"]];
    for judge in judges {
        for name in names(folder.path()) {
            let mut command = Command::new(judge[0]);
            command.args(&judge[1..]).arg(folder.path().join(&name)).env("MANPAGER", "cat").env("LC_ALL", "C.UTF-8");
            let Ok(output) = command.output() else {
                skip(judge[0], "it is not installed");
                break;
            };
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success() && said.is_empty(), "{name}: {said}");
            let shown = String::from_utf8_lossy(&output.stdout).into_owned();
            if judge[0] == "man" {
                assert!(shown.contains("SEE ALSO") && shown.contains("1970-01-02"), "{name}: {shown}");
            } else {
                assert_eq!(shown, "", "{name}");
            }
        }
    }
}

#[test]
fn the_page_of_ls_has_its_own_options() {
    let page = fsbench(&["man", "ls"]).out.replace("\\-", "-");
    for text in ["--group-directories-first", "-U", "--time-style", "EXIT STATUS", "\\fBls\\fR(1)"] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[test]
fn a_page_of_a_command_that_is_not_there_is_status_2() {
    for name in ["nonesuch", "worker"] {
        let ran = fsbench(&["man", name]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
        assert!(ran.err.contains(name) && ran.err.contains("compare"), "{}", ran.err);
    }
}

#[test]
fn a_date_that_is_no_number_is_status_2() {
    let ran = Ran::of(Command::new(FSBENCH).arg("man").env("SOURCE_DATE_EPOCH", "yesterday"));
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("SOURCE_DATE_EPOCH 'yesterday'"), "{}", ran.err);
}
