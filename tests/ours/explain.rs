//! `fsbench explain` from outside: planted causes are named first, and where nothing is wrong it says so.

use crate::kit::command::fsbench;
use crate::kit::image::Mounted;
use crate::kit::skip::skip;
use crate::kit::slow::Slow;
use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

/// The record of `explain`.
fn explained(dir: &Path, time: &str) -> serde_json::Value {
    let ran = fsbench(&["explain", "--time", time, "--format", "json", dir.to_str().unwrap()]);
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}{}", ran.out, ran.err))
}

fn reasons(record: &serde_json::Value) -> Vec<&str> {
    let causes = record["subject"]["tree"]["causes"].as_array().unwrap();
    causes.iter().map(|cause| cause["reason"].as_str().unwrap()).collect()
}

fn fill(dir: &Path, files: usize) {
    (0..files).for_each(|number| drop(File::create(dir.join(format!("f{number}"))).unwrap()));
}

#[test]
fn of_a_small_warm_directory_it_says_that_nothing_is_wrong() {
    let Ok(folder) = tempfile::tempdir_in("/dev/shm") else { return skip("a warm directory", "no /dev/shm") };
    fill(folder.path(), 500);
    let ran = fsbench(&["explain", "--time", "1s", folder.path().to_str().unwrap()]);
    assert!(ran.out.contains(": 500 entries; tmpfs; warm.\n"), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("Nothing is wrong here."), "{}", ran.out);
    assert!(ran.err.contains("this takes up to 1.00 s"), "{}", ran.err);
}

#[test]
fn a_file_that_cannot_be_written_is_told_before_anything_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("missing/why.html");
    for what in [&["."][..], &["--", "true"]] {
        let mut arguments = vec!["explain", "--time", "60s", "--format", "html", "-o", nowhere.to_str().unwrap()];
        arguments.extend(what);
        let ran = fsbench(&arguments);
        assert!(ran.err.contains("missing") && !ran.err.contains("this takes up to"), "{what:?}: {}", ran.err);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{what:?}");
    }
}

#[test]
fn an_empty_directory_has_nothing_wrong_and_no_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let record = explained(folder.path(), "1s");
    assert!(reasons(&record).is_empty(), "{record}");
    assert_eq!(record["remedies"].as_array().unwrap().len(), 0);
}

#[test]
fn answers_from_afar_are_named_first_and_questions_at_once_help() {
    let slow = Slow { latency: Duration::from_millis(4), directories: 1, files: 100 };
    let folder = tempfile::tempdir().unwrap();
    let session = match slow.mount(folder.path()) {
        Ok(session) => session,
        Err(why) => return skip("an explanation of a slow file system", why),
    };
    let record = explained(folder.path(), "2s");
    drop(session);
    assert_eq!(reasons(&record).first(), Some(&"distance"), "{record}");
    let remedies = record["remedies"].as_array().unwrap();
    let at_once = remedies.iter().find(|remedy| remedy["strategy"] == "getdents+threads").unwrap();
    assert!(at_once["gain"].as_f64().unwrap() > 5.0, "{record}");
    assert!(at_once["measured"].is_null(), "a second is too short to measure it: {record}");
}

#[test]
fn directories_that_tell_no_types_are_named_first() {
    let mounted = match Mounted::with("ext4", &["-O", "^filetype"], 16 << 20) {
        Ok(mounted) => mounted,
        Err(why) => return skip("an explanation of ext4 without types", why),
    };
    fill(&mounted.root(), 2000);
    assert_eq!(reasons(&explained(&mounted.root(), "1s")).first(), Some(&"no-types"));
}

#[test]
fn a_directory_that_once_had_many_names_is_named_first() {
    let mounted = match Mounted::with("ext4", &["-N", "70000"], 64 << 20) {
        Ok(mounted) => mounted,
        Err(why) => return skip("an explanation of an emptied directory", why),
    };
    let dir = mounted.root().join("emptied");
    fs::create_dir(&dir).unwrap();
    // One file under many names: those cost a directory as much as files do.
    let name = |number: usize| dir.join(format!("{number:0>120}"));
    File::create(name(0)).unwrap();
    (1..20_000).for_each(|number| fs::hard_link(name(0), name(number)).unwrap());
    (5..20_000).for_each(|number| fs::remove_file(name(number)).unwrap());
    assert_eq!(reasons(&explained(&dir, "1s")).first(), Some(&"emptied"));
}

#[test]
fn where_the_processors_time_goes_is_told_or_why_not() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), 300);
    let path = folder.path().to_str().unwrap();
    let tree = explained(folder.path(), "1s");
    let ran = fsbench(&["explain", "--format", "json", "--", "find", path, "-newer", path]);
    let command: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err));
    for subject in [&tree["subject"]["tree"]["facts"], &command["subject"]["command"]] {
        let (profile, why) = (&subject["profile"], &subject["unprofiled"]);
        assert!(profile.is_null() != why.is_null(), "{subject}");
        let number = |value: &serde_json::Value| value.as_u64().unwrap();
        let groups = profile["groups"].as_array().map_or(&[][..], Vec::as_slice);
        if !groups.is_empty() {
            let kernel: u64 = groups.iter().map(|group| number(&group["samples"])).sum();
            assert_eq!(kernel + number(&profile["user"]), number(&profile["samples"]), "{profile}");
        }
    }
}

#[test]
fn a_commands_calls_are_told_by_what_they_are_for() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), 300);
    let ran = fsbench(&["explain", "--", "ls", "-l", folder.path().to_str().unwrap()]);
    // One for each file; the dynamic linker asks for a few, and for a hundred where LD_LIBRARY_PATH has many folders.
    // Before it stands what part of the time they take, where that could be seen.
    let lookups = ran.out.lines().find_map(|line| line.split_once("  lookups (stat and its kin): "));
    let number = lookups.and_then(|(_, rest)| rest.split(' ').next()?.replace(',', "").parse::<u64>().ok());
    assert!(number.is_some_and(|number| (300..1000).contains(&number)), "{}{}", ran.out, ran.err);
}
