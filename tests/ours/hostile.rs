//! Nothing that did not come from us acts on a terminal, and nothing that was to be written is lost unsaid.

use crate::kit::command::{FSBENCH, Ran, fsbench};
use fsbench::error::Error;
use fsbench::escape::acts;
use rustix::io::Errno;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

/// Sets a terminal's title; C1's CSI; DEL; right to left from here on.
const ACTS: &str = "\u{1b}]0;mine\u{7}\u{9b}31m\u{7f}\u{202e}";

/// Whether a terminal takes it as text, in lines.
fn is_text(said: &str) -> bool {
    !said.contains(|c| acts(c) && !matches!(c, '\n' | '\t'))
}

#[test]
fn what_a_file_says_that_cannot_be_understood_is_told_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let (record, tree) = (folder.path().join("record.json"), folder.path().join("tree"));
    let ran = fsbench(&["gen", "flat", "--entries", "2", tree.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let compared = Command::new(FSBENCH)
        .args(["compare", "--flat", "--rounds", "2", "--calls", "none", "-s", "getdents/64k", "--format", "json"])
        .arg(&tree)
        .output()
        .unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&compared.stdout).unwrap();
    json["cases"][0]["want"] = ACTS.into();
    fs::write(&record, json.to_string()).unwrap();
    let manifest = folder.path().join("tree.fsbench.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("flat", &ACTS.replace('\u{1b}', "\\u001b").replace('\u{7}', "\\u0007"))).unwrap();
    for arguments in [[Path::new("report"), &record].as_slice(), &[Path::new("gen"), Path::new("--verify"), &tree]] {
        let ran = fsbench(arguments);
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        assert!(ran.err.contains("unknown variant"), "{}", ran.err);
        assert!(is_text(&ran.err) && is_text(&ran.out), "{:?}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    }
}

#[test]
fn arguments_are_told_as_text() {
    for arguments in [
        vec!["count", ACTS],
        vec!["compare", ACTS],
        vec!["compare", "--baseline", ACTS, "."],
        vec!["compare", "-s", ACTS, "."],
        vec!["compare", "--rounds", ACTS, "."],
        vec!["trace", "--", ACTS],
        vec!["report", ACTS],
        vec!["gen", ACTS, "x"],
        vec!["gen", "--verify", ACTS],
        vec!["env", ACTS],
        vec![ACTS],
        vec!["count", "--threads", ACTS],
    ] {
        let ran = fsbench(&arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.err);
        assert!(!ran.err.is_empty() && is_text(&ran.err) && is_text(&ran.out), "{arguments:?}: {:?}", ran.err);
    }
}

#[test]
fn json_for_people_is_text() {
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join(ACTS);
    fs::create_dir(&tree).unwrap();
    fs::write(tree.join(ACTS), "").unwrap();
    for arguments in [
        vec![Path::new("env"), &tree, Path::new("--format=json")],
        vec![Path::new("ls"), Path::new("--json"), &tree],
        vec![Path::new("compare"), &tree, Path::new("--format=json"), Path::new("--rounds=2"), Path::new("-sserial")],
    ] {
        let ran = fsbench(&arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.err);
        assert!(ran.out.contains("\\u009b") && is_text(&ran.out), "{arguments:?}: {:?}", ran.out);
        assert!(ran.json().to_string().contains('\u{9b}'), "to a program it is what it was");
    }
}

#[test]
fn a_record_in_its_file_is_text() {
    let folder = tempfile::tempdir().unwrap();
    let (tree, record) = (folder.path().join(ACTS), folder.path().join("record.json"));
    fs::create_dir(&tree).unwrap();
    let ran = Ran::of(
        Command::new(FSBENCH)
            .args(["compare", "--flat", "--rounds", "2", "--calls", "none", "-s", "getdents/64k", "--save"])
            .args([&record, &tree]),
    );
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let text = fs::read_to_string(&record).unwrap();
    assert!(text.contains("\\u009b31m\\u007f") && is_text(&text), "{text:?}");
}

/// Each command that writes to standard output, with what it needs.
fn commands(tree: &Path) -> Vec<Vec<&str>> {
    let tree = tree.to_str().unwrap();
    vec![
        vec!["--help"],
        vec!["--version"],
        vec!["compare", "--help"],
        vec!["ls", "--help"],
        vec!["ls", "--version"],
        vec!["ls", tree],
        vec!["count", tree],
        vec!["env"],
        vec!["strategies"],
        vec!["gen", "--verify", tree],
        vec!["trace", "--strategy", "serial", tree],
        vec!["compare", "--flat", "-s", "getdents/64k", "--rounds", "2", "--calls", "none", tree],
    ]
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("tree");
    assert_eq!(fsbench(&["gen", "flat", "--entries", "2", tree.to_str().unwrap()]).code, Some(0));
    for arguments in commands(&tree) {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let ran = Command::new(FSBENCH).args(&arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains("write error: No space left on device"), "{arguments:?}: {said}");

        let closed = "exec \"$0\" \"$@\" >&-";
        let ran = Ran::of(Command::new("sh").args(["-c", closed, FSBENCH]).args(&arguments));
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains("write error: Bad file descriptor"), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn a_call_that_is_about_no_path_is_told_with_none() {
    let run = "exec 3>&-; ulimit -n 4; exec \"$0\" gen --verify x";
    let ran = Ran::of(Command::new("sh").args(["-c", run, FSBENCH]));
    assert_eq!(ran.err, "fsbench: pipe2: Too many open files\n");
}

#[test]
fn a_message_says_what_an_error_means_and_not_its_number() {
    for arguments in [
        &["ls", "/none"][..],
        &["count", "/none"],
        &["compare", "/none"],
        &["compare", "/", "--worker", "x=/none"],
        &["compare", "/", "--peers", "--setup", "/none", "--command", "true {}"],
        &["explain", "/none"],
        &["trace", "--strategy", "serial", "/none"],
        &["trace", "--", "/none"],
        &["gen", "--verify", "/none"],
        &["gen", "--remove", "/none"],
        &["gen", "flat", "/none/below"],
        &["report", "/none.json"],
        &["report", "--gallery", "/none"],
    ] {
        let ran = fsbench(arguments);
        assert!(ran.code == Some(1) || ran.code == Some(2), "{arguments:?}: {:?} {}", ran.code, ran.err);
        assert!(ran.err.contains("No such file or directory"), "{arguments:?}: {}", ran.err);
        assert!(!ran.err.contains("os error"), "{arguments:?}: {}", ran.err);
    }
    for errno in [Errno::ACCESS, Errno::LOOP, Errno::NOSPC] {
        let said = Error::new("open", "/x", errno).to_string();
        assert!(!said.contains("os error") && said.starts_with("open '/x': ") && said.len() > 15, "{said}");
    }
}
