//! Commands as rows, as hyperfine's users know them: names, steps around each run, failures, what is printed.

use crate::kit::command::{FSBENCH, Ran, fsbench, heeding};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn tree() -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        fs::write(tree.path().join(name), "").unwrap();
    }
    tree
}

/// `fsbench compare` in `folder`, which commands and steps run in.
fn compare_in(folder: &Path, tree: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(FSBENCH);
    command.current_dir(folder).args(["compare", "--calls", "none"]).args(more).arg(tree);
    command
}

fn compare(folder: &Path, tree: &Path, more: &[&str]) -> Ran {
    Ran::of(&mut compare_in(folder, tree, &[&["-v", "--rounds", "2"], more].concat()))
}

fn json(folder: &Path, tree: &Path, more: &[&str]) -> Value {
    compare(folder, tree, &[more, &["--format", "json"]].concat()).json()
}

fn case<'r>(record: &'r Value, name: &str) -> &'r Value {
    let cases = record["cases"].as_array().unwrap();
    cases.iter().find(|case| case["strategy"] == name).unwrap_or_else(|| panic!("no row {name}: {record}"))
}

/// A command that writes `word` into the file `log`, in the directory that it runs in.
fn writes(word: &str) -> String {
    format!("sh -c 'echo {word} >>log' {{}}")
}

fn log(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("log")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_row_has_the_name_that_it_was_given_in_either_way() {
    let (here, tree) = (tempfile::tempdir().unwrap(), tree());
    let commands = ["-n", "first one", "--command", "find {} -name x", "--command", "second=find {} -type d"];
    let record = json(here.path(), tree.path(), &commands);
    assert!(case(&record, "first one")["outcome"].get("wrong").is_none(), "{record}");
    assert_eq!(case(&record, "second")["command"]["words"][0], "find");
    let env = json(here.path(), tree.path(), &["--command", "env X=1 find {}"]);
    assert!(case(&env, "env X=1 find {}")["outcome"].get("measured").is_some());
}

#[test]
fn two_rows_of_one_name_are_refused() {
    let (here, tree) = (tempfile::tempdir().unwrap(), tree());
    for commands in
        [["--command", "x=find {}", "--command", "x=ls {}"], ["--command", "find {}", "--command", "find {}"]]
    {
        let ran = compare(here.path(), tree.path(), &commands);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
        assert!(ran.err.contains("two rows are called '") && ran.err.contains("-n NAME"), "{}", ran.err);
    }
}

#[test]
fn a_variable_before_a_command_is_told_to_be_taken_for_a_name() {
    let ran = compare(&std::env::temp_dir(), tree().path(), &["--command", "LC_ALL=no-such-program {}"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("write env LC_ALL=no-such-program {}"), "{}", ran.err);
}

#[test]
fn a_programs_version_stands_beside_its_name_and_one_without_makes_no_noise() {
    let (here, tree) = (tempfile::tempdir().unwrap(), tree());
    let commands = ["--command", "f=find {}", "--command", "e=sh -c 'exit 0' {}"];
    let record = json(here.path(), tree.path(), &commands);
    let version = case(&record, "f")["command"]["version"].as_str().unwrap().to_owned();
    assert!(version.contains("find") && version.contains('.'), "{version}");
    let ran = compare(here.path(), tree.path(), &commands);
    let row = ran.out.lines().find(|line| line.trim_start().starts_with("f ")).unwrap();
    assert!(row.contains(&version), "{row}");
    assert!(!ran.err.contains("version"), "{}", ran.err);
}

#[test]
fn a_script_of_the_users_is_not_asked_for_its_version() {
    let (here, tree) = (tempfile::tempdir().unwrap(), tree());
    let script = here.path().join("script");
    fs::write(&script, "#!/bin/sh\necho \"$1\" >>log\n").unwrap();
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    json(here.path(), tree.path(), &["--command", "./script {}"]);
    let given = log(here.path());
    assert!(given.len() > 2 && given.iter().all(|word| Path::new(word) == tree.path()), "{given:?}");
}

#[test]
fn setup_comes_once_before_all_prepare_before_each_run_and_cleanup_once_after_all() {
    let (here, tree) = (tempfile::tempdir().unwrap(), tree());
    let [setup, prepare, run, cleanup] = ["setup", "prepare", "run", "cleanup"].map(writes);
    let words = ["--setup", &setup, "--prepare", &prepare, "--cleanup", &cleanup, "--command", &run];
    let ran = compare(here.path(), tree.path(), &words);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let log = log(here.path());
    let count = |word: &str| log.iter().filter(|line| *line == word).count();
    assert_eq!((log[0].as_str(), count("setup")), ("setup", 1), "{log:?}");
    assert_eq!((log.last().unwrap().as_str(), count("cleanup")), ("cleanup", 1), "{log:?}");
    // Verified, warmed up, two rounds: one run a sample.
    assert_eq!(count("run"), 4, "{log:?}");
    for pair in log.windows(2).filter(|pair| pair[1] == "run") {
        assert_eq!(pair[0], "prepare", "{log:?}");
    }
}

#[test]
fn a_step_for_each_command_is_paired_with_it_and_one_for_all_is_for_finds_row_too() {
    let (here, tree) = (tempfile::tempdir().unwrap(), tree());
    let each = [
        ["--command", "one=sh -c true {}", "--prepare", "true 1", "--setup", "true {}"],
        ["--command", "two=sh -c true {}", "--prepare", "true 2", "--cleanup", "true 3"],
    ];
    let record = json(here.path(), tree.path(), each.as_flattened());
    let command = |name: &str| case(&record, name)["command"].clone();
    assert_eq!(command("one")["prepare"], serde_json::json!(["true", "1"]));
    assert_eq!(command("two")["prepare"], serde_json::json!(["true", "2"]));
    assert_eq!(command("two")["setup"], serde_json::json!(["true", "{}"]), "one setup is for both");
    assert_eq!(command("one")["cleanup"], serde_json::json!(["true", "3"]));
    let find = record["cases"].as_array().unwrap().iter().find(|case| case["command"]["words"][0] == "find").unwrap();
    assert!(find["command"].get("prepare").is_none() && find["command"].get("setup").is_none(), "{find}");
    let all = json(here.path(), tree.path(), &["--prepare", "true", "--command", "one=sh -c true {}"]);
    let prepared = |case: &Value| case["command"].is_null() || case["command"]["prepare"][0] == "true";
    assert!(all["cases"].as_array().unwrap().iter().all(prepared), "{all}");
    let three = ["--command", "find {}", "--command", "ls {}"];
    let three = [&three[..], &["--prepare", "true", "--prepare", "true", "--prepare", "true"]].concat();
    let ran = compare(here.path(), tree.path(), &three);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("--prepare is there 3 times for 2 --command"), "{}", ran.err);
}

#[test]
fn a_step_that_fails_stops_its_own_row_with_its_status_and_is_cleaned_up_after() {
    let (here, tree) = (tempfile::tempdir().unwrap(), tree());
    for option in ["--setup", "--prepare"] {
        let cleanup = writes(option);
        let fails = "sh -c 'echo no room >&2; exit 7'";
        let words = ["--command", "bad=find {}", "--command", "good=find {} -print0", option, fails, option, "true"];
        let ran = compare(here.path(), tree.path(), &[&words[..], &["--cleanup", &cleanup]].concat());
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        let row = |name: &str| ran.out.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
        let why = format!("failed: {option} '");
        assert!(row("bad ").contains(&why) && row("bad ").contains("exit status: 7: no room"), "{}", ran.out);
        assert!(row("good ").contains(" ms ") || row("good ").contains(" µs "), "{}", ran.out);
        assert_eq!(log(here.path()).iter().filter(|line| *line == option).count(), 2, "once for each command");
    }
}

#[test]
fn what_prepare_takes_is_not_on_the_clock() {
    let (here, tree) = (tempfile::tempdir().unwrap(), tree());
    let record = json(here.path(), tree.path(), &["--prepare", "sleep 0.3", "--command", "quick=sh -c true {}"]);
    let measured = &case(&record, "quick")["outcome"]["measured"];
    assert_eq!(measured["iterations"], 1);
    assert!(measured["wall_ns"]["median"].as_f64().unwrap() < 0.25e9, "{measured}");
    assert!(record["rounds"]["seconds"].as_f64().unwrap() > 0.6, "two rounds, two rows");
}

#[test]
fn a_cleanup_that_fails_is_told_and_the_times_are_kept() {
    let (here, tree) = (tempfile::tempdir().unwrap(), tree());
    let words = ["--command", "x=find {}", "--cleanup", "sh -c 'echo stuck >&2; exit 4'"];
    let ran = compare(here.path(), tree.path(), &words);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.err.contains("'x' was not cleaned up after: --cleanup '"), "{}", ran.err);
    let record = json(here.path(), tree.path(), &words);
    assert!(case(&record, "x")["command"]["unclean"].as_str().unwrap().ends_with("exit status: 4: stuck"));
    assert!(case(&record, "x")["outcome"].get("measured").is_some());
}

#[test]
fn an_interrupted_comparison_is_cleaned_up_after() {
    let (here, tree) = (tempfile::tempdir().unwrap(), tree());
    let (setup, cleanup) = (writes("setup"), writes("cleanup"));
    let words = ["--setup", &setup, "--cleanup", &cleanup, "--command", "sh -c 'echo run >>log; exec sleep 60' {}"];
    let mut child = heeding(&mut compare_in(here.path(), tree.path(), &words))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while !log(here.path()).contains(&"run".to_owned()) {
        assert!(start.elapsed() < Duration::from_secs(60), "it never ran");
        std::thread::sleep(Duration::from_millis(10));
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(log(here.path()), ["setup", "run", "cleanup"]);
}

#[test]
fn what_a_setup_leaves_running_is_there_until_the_cleanup() {
    let (here, tree) = (tempfile::tempdir().unwrap(), tree());
    let words = [
        "--setup",
        "sh -c 'sleep 1000 & echo $! >pid'",
        "--cleanup",
        "sh -c 'kill $(cat pid)'",
        "--command",
        "x=sh -c 'kill -0 $(cat pid)' {}",
    ];
    let ran = compare(here.path(), tree.path(), &words);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
}

#[test]
fn a_command_that_fails_is_timed_where_that_is_to_be_ignored_and_its_status_is_told() {
    let (here, tree) = (tempfile::tempdir().unwrap(), tree());
    let fails = ["--command", "x=sh -c 'find \"$0\" -mindepth 1 -print0; exit 3' {}"];
    let judged = compare(here.path(), tree.path(), &fails);
    assert!(judged.code == Some(1) && judged.out.contains("WRONG"), "{}", judged.out);
    let ran = compare(here.path(), tree.path(), &[&fails[..], &["-i"]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let row = ran.out.lines().find(|line| line.trim_start().starts_with("x ")).unwrap();
    assert!(row.contains("exit status: 3, ignored"), "{row}");
    let record = json(here.path(), tree.path(), &[&fails[..], &["--ignore-failure"]].concat());
    assert_eq!(case(&record, "x")["command"]["ignored"], "exit status: 3");
    assert_eq!(case(&record, "x")["outcome"]["measured"]["verified_by"], "digest", "the same work, proven");
    let killed = json(here.path(), tree.path(), &["-i", "--command", "x=sh -c 'kill -9 $$' {}"]);
    assert!(case(&killed, "x")["command"]["ignored"].as_str().unwrap().contains("signal: 9"), "{killed}");
}

#[test]
fn what_commands_print_is_shown_on_standard_error_and_the_table_stays_alone() {
    let (here, tree) = (tempfile::tempdir().unwrap(), tree());
    let words = ["--command", "x=sh -c 'echo printed; echo complained >&2' {}"];
    let hidden = compare(here.path(), tree.path(), &words);
    assert!(!hidden.err.contains("printed") && !hidden.err.contains("complained"), "{}", hidden.err);
    let shown = compare(here.path(), tree.path(), &[&words[..], &["--show-output"]].concat());
    assert_eq!(shown.code, Some(0), "{}", shown.err);
    // Verified, warmed up, and samples.
    assert!(shown.err.matches("printed\n").count() >= 4, "{}", shown.err);
    assert!(shown.err.matches("complained\n").count() >= 4, "{}", shown.err);
    assert!(!shown.out.contains("printed\n"), "{}", shown.out);
    assert!(shown.out.contains("(--show-output)") && !shown.out.contains("/dev/null"), "{}", shown.out);
}

#[test]
fn where_a_shell_would_act_it_is_told_that_none_does_and_how_to_have_one() {
    let (here, tree) = (tempfile::tempdir().unwrap(), tree());
    let ran = compare(here.path(), tree.path(), &["--command", "find {} | wc -l"]);
    assert!(ran.err.contains("no shell runs 'find {} | wc -l'"), "{}", ran.err);
    assert!(ran.err.contains("write: sh -c 'find {} | wc -l'"), "{}", ran.err);
    let quoted = compare(here.path(), tree.path(), &["--command", "find {} -name '*'"]);
    assert!(!quoted.err.contains("no shell"), "{}", quoted.err);
}

#[test]
fn a_setup_may_build_the_program_that_is_measured_here() {
    let (here, tree) = (tempfile::tempdir().unwrap(), tree());
    let words = ["--setup", "cp /bin/true ./built", "--cleanup", "rm ./built", "--command", "x=./built {}"];
    let ran = compare(here.path(), tree.path(), &words);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(!here.path().join("built").exists());
    let without = compare(here.path(), tree.path(), &["--command", "x=./built {}"]);
    assert_eq!(without.code, Some(2), "{}", without.out);
}

#[test]
fn options_about_commands_want_a_command() {
    let tree = tree();
    let tree = tree.path().to_str().unwrap();
    for option in [&["--setup", "true"][..], &["--prepare", "true"], &["--cleanup", "true"], &["-n", "x"], &["-i"]] {
        let ran = fsbench(&[&["compare", tree], option].concat());
        assert_eq!(ran.code, Some(2), "{option:?}");
        assert!(ran.err.starts_with("fsbench: ") && ran.err.contains("--command"), "{option:?}: {}", ran.err);
    }
}
