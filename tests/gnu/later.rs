//! What GNU ls means since versions that the system's may not have, each by its meaning; and the programs beside `ls`.

use crate::kit::command::{FSBENCH, Ran, fsbench};
use crate::kit::locales::locale;
use crate::kit::skip::skip;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};
use tempfile::TempDir;

/// `a` is the oldest and `c` the newest; `loop` leads to itself.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, seconds) in [("a", 1), ("b", 2), ("c", 3)] {
        let file = File::create(folder.path().join(name)).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    }
    symlink("loop", folder.path().join("loop")).unwrap();
    folder
}

fn ls(dir: &Path, arguments: &[&str]) -> Ran {
    Ran::of(Command::new(FSBENCH).arg("ls").args(arguments).current_dir(dir).env("LC_ALL", "C"))
}

#[test]
fn f_means_all_in_directory_order_and_nothing_else() {
    let folder = folder();
    // One whose parent nobody else writes to: `..` is listed, too.
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    File::create(inner.join("x")).unwrap();
    assert_eq!(ls(&inner, &["-lf"]).out, ls(&inner, &["-laU"]).out);
    assert_eq!(ls(&inner, &["-s", "--color", "-f"]).out, ls(&inner, &["-s", "--color", "-aU"]).out);
}

#[test]
fn dired_is_long_and_without_hyperlinks() {
    let folder = folder();
    assert_eq!(ls(folder.path(), &["--hyperlink", "-D"]).out, ls(folder.path(), &["-l", "-D"]).out);
    assert!(ls(folder.path(), &["-D"]).out.contains("//DIRED//"));
    assert_eq!(ls(folder.path(), &["-D", "-1", "-C"]).out, "a  b  c  loop\n");
}

#[test]
fn sort_name_and_time_mtime_are_words() {
    let folder = folder();
    assert_eq!(ls(folder.path(), &["-t", "--sort=name", "a", "b", "c"]).out, "a\nb\nc\n");
    // A time that was asked for and is not shown is sorted by.
    for word in ["mtime", "modification", "m"] {
        assert_eq!(ls(folder.path(), &[&format!("--time={word}"), "a", "b", "c"]).out, "c\nb\na\n", "{word}");
    }
    let listed = ls(folder.path(), &["--sort=x"]).err;
    let words: Vec<&str> = listed.lines().filter_map(|line| line.strip_prefix("  - ")).collect();
    assert_eq!(words, ["'none'", "'size'", "'time'", "'version'", "'extension'", "'name'", "'width'"]);
}

#[test]
fn a_link_that_leads_in_a_circle_is_listed() {
    let folder = folder();
    let ran = ls(folder.path(), &["loop"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "loop\n", ""));
    assert_eq!(ls(folder.path(), &["-L", "loop"]).code, Some(2));
}

#[test]
fn case_counts_in_an_ending_that_has_two_colors() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["x.jpg", "x.JPG", "x.Jpg", "y.PNG"] {
        File::create(folder.path().join(name)).unwrap();
    }
    let colored = |colors: &str| {
        let mut command = Command::new(FSBENCH);
        command.args(["ls", "--color"]).current_dir(folder.path()).env("LC_ALL", "C");
        Ran::of(command.env("LS_COLORS", format!("lc=<:rc=>:ec=.:fi=0:{colors}"))).out
    };
    assert_eq!(colored("*.jpg=1:*.JPG=2:*.png=3"), ".<2>x.JPG.\n<0>x.Jpg.\n<1>x.jpg.\n<3>y.PNG.\n<>");
    assert_eq!(colored("*.jpg=1:*.JPG=1"), ".<1>x.JPG.\n<1>x.Jpg.\n<1>x.jpg.\n<0>y.PNG.\n<>");
}

#[test]
fn hyperlinks_end_with_a_string_terminator() {
    let folder = folder();
    let out = ls(folder.path(), &["--hyperlink", "a"]).out;
    assert!(out.ends_with("/a\x1b\\a\x1b]8;;\x1b\\\n"), "{}", out.escape_debug());
}

#[test]
fn dir_and_vdir_are_programs_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let (bin, dir) = (folder.path().join("bin"), folder.path().join("dir"));
    fs::create_dir(&bin).unwrap();
    fs::create_dir(&dir).unwrap();
    for name in ["a b", "new\nline"] {
        File::create(dir.join(name)).unwrap();
    }
    for (name, options) in [("dir", ["-C", "-b"]), ("vdir", ["-l", "-b"])] {
        symlink(FSBENCH, bin.join(name)).unwrap();
        let called = Ran::of(Command::new(bin.join(name)).current_dir(&dir).env("LC_ALL", "C"));
        assert_eq!(called.out, ls(&dir, &options).out, "{name}");
        let wrong = Ran::of(Command::new(bin.join(name)).arg("nothing").env("LC_ALL", "C"));
        assert!(wrong.err.contains(&format!("{name}: cannot access 'nothing'")), "{}", wrong.err);
    }
}

#[test]
fn without_memory_it_says_so_and_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..30_000 {
        File::create(folder.path().join(format!("{number:05}-{}", "x".repeat(200)))).unwrap();
    }
    let listed = |dir: &Path, limit_kib: u32| {
        let mut command = Command::new("sh");
        let script = format!("ulimit -v {limit_kib}; exec \"$@\"");
        command.args(["-c", &script, "sh", FSBENCH, "ls", "--threads=1"]).arg(dir);
        Ran::of(command.env("LC_ALL", "C"))
    };
    // Room for the program, and not for the names, which take 8 MiB. How much the program takes depends on its build.
    let empty = tempfile::tempdir().unwrap();
    let least = (10_000..400_000).step_by(1000).find(|&limit| listed(empty.path(), limit).code == Some(0));
    let ran = listed(folder.path(), least.unwrap() + 2000);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(2), "", "ls: memory exhausted\n"));
}

#[test]
fn random_lines_print_what_gnus_do() {
    let fuzz = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/ls-fuzz");
    let mut command = Command::new("python3");
    command.args([fuzz, "--seeds=1000:1012", "--seconds=40"]).env("FSBENCH", FSBENCH);
    match command.output() {
        Err(why) => skip("random lines against GNU's", format!("python3: {why}")),
        Ok(output) if output.status.code() == Some(77) => {
            skip("random lines against GNU's", String::from_utf8_lossy(&output.stdout));
        }
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
        }
    }
}

#[test]
fn block_sizes_in_the_environment_are_read_as_far_as_they_can_be() {
    let folder = tempfile::tempdir().unwrap();
    File::create(folder.path().join("x")).unwrap().set_len(4096).unwrap();
    for (text, shown) in [("1K", "4"), ("1.5K", "4096"), ("1B", "4096"), ("512x", "8"), ("Z", "1"), ("x", "4")] {
        let mut command = Command::new(FSBENCH);
        command.args(["ls", "-l", "x"]).current_dir(folder.path()).env("LC_ALL", "C");
        let out = Ran::of(command.env("BLOCK_SIZE", text)).out;
        assert_eq!(out.split(' ').nth(4), Some(shown), "{text}: {out}");
    }
    // No block has 0 bytes; that digits stand in groups counts all the same.
    if let Ok(environment) = locale("en_US", "UTF-8") {
        File::create(folder.path().join("x")).unwrap().set_len(4 << 20).unwrap();
        for (text, shown) in [("'0", "4,096"), ("'0KB", "4,096"), ("'x", "4096"), ("0", "4096")] {
            let mut command = Command::new(FSBENCH);
            command.args(["ls", "-l", "x"]).current_dir(folder.path()).envs(environment.clone());
            let out = Ran::of(command.env("BLOCK_SIZE", text)).out;
            assert_eq!(out.split(' ').nth(4), Some(shown), "{text}: {out}");
        }
    }
    assert_eq!(fsbench(&["ls", "--block-size=1.5K"]).err, "ls: invalid suffix in --block-size argument '1.5K'\n");
}
