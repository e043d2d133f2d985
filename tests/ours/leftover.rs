//! What a killed run leaves behind is named by the next one, with a command that removes it.

use crate::kit::command::{FSBENCH, Ran};
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File, FileTimes};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

/// Makes it look an hour old.
fn age(path: &Path) {
    let hour = FileTimes::new().set_modified(SystemTime::now() - Duration::from_secs(3600));
    File::open(path).unwrap().set_times(hour).unwrap();
}

fn compare(below: &Path) -> Command {
    let mut command = Command::new(FSBENCH);
    command.env("TMPDIR", below).args([
        "compare",
        "--flat",
        "--entries",
        "50",
        "-s",
        "getdents/64k",
        "--calls",
        "none",
    ]);
    command
}

fn only_folder(below: &Path) -> Option<std::path::PathBuf> {
    fs::read_dir(below).unwrap().next().map(|entry| entry.unwrap().path())
}

#[test]
fn a_tree_of_a_killed_run_is_named_and_that_of_a_living_one_is_not() {
    let below = tempfile::tempdir().unwrap();
    let mut living =
        compare(below.path()).args(["--rounds", "100000"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let folder = loop {
        match only_folder(below.path()) {
            Some(folder) if folder.join("flat.fsbench.json").exists() => break folder,
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    age(&folder);
    let quick = || Ran::of(compare(below.path()).args(["--rounds", "1"]));
    let ran = quick();
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.err.contains("left behind"), "{}", ran.err);
    living.kill().unwrap();
    living.wait().unwrap();
    // Its workers may take a moment to see that it is gone; they hold nothing of this.
    age(&folder);
    let removes = format!("left behind by a run that was killed: rm -r {}\n", folder.display());
    let ran = quick();
    assert!(ran.err.contains(&removes), "{}", ran.err);
    assert!(Command::new("rm").arg("-r").arg(&folder).status().unwrap().success());
    assert!(!quick().err.contains("left behind"));
}

#[test]
fn a_file_that_never_got_its_name_is_named_and_others_are_not() {
    let folder = tempfile::tempdir().unwrap();
    for name in [".fsbench-Ab12Cd", ".fsbench-mine", ".fsbench-Zz99Zz"] {
        fs::write(folder.path().join(name), "half").unwrap();
        age(&folder.path().join(name));
    }
    let held = File::open(folder.path().join(".fsbench-Zz99Zz")).unwrap();
    flock(&held, FlockOperation::LockExclusive).unwrap();
    fs::write(folder.path().join(".fsbench-Yy88Yy"), "being written").unwrap();
    let mut command = Command::new(FSBENCH);
    let ran = Ran::of(command.args(["gen", "flat", "--entries", "2"]).arg(folder.path().join("tree")));
    let dead = folder.path().join(".fsbench-Ab12Cd");
    let expected = format!("fsbench: left behind by a run that was killed: rm {}\n", dead.display());
    assert_eq!((ran.code, ran.err), (Some(0), expected));
}

#[test]
fn a_record_of_a_killed_run_is_named_and_that_of_a_living_one_is_not() {
    let (folder, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let save = |name: &str, rounds: &str| {
        let mut command = compare(temporary.path());
        command.args(["--rounds", rounds, "--save"]).arg(folder.path().join(name));
        command
    };
    let mut living = save("long.json", "100000").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let record = loop {
        match only_folder(folder.path()) {
            // Room has been taken, after the lock.
            Some(file) if fs::metadata(&file).unwrap().len() > 0 => break file,
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    age(&record);
    let ran = Ran::of(&mut save("first.json", "1"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(!ran.err.contains(".fsbench-"), "{}", ran.err);
    living.kill().unwrap();
    living.wait().unwrap();
    let ran = Ran::of(&mut save("second.json", "1"));
    let removes = format!("left behind by a run that was killed: rm {}\n", record.display());
    assert!(ran.err.contains(&removes), "{}", ran.err);
}
