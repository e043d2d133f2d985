//! The program, started by mpirun: what each command answers, and what becomes of a job in which something fails.

use fsbench_mpi::digest::Digest;
use fswalk::Kind;
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_fsbench-mpi");

/// Runs `fsbench-mpi` with so many ranks.
fn ranks(ranks: usize, arguments: &[&str]) -> Output {
    let mut command = Command::new("mpirun");
    command.args(["-n", &ranks.to_string(), PROGRAM]).args(arguments);
    command.output().expect("mpirun is there")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What it printed, having found nothing wrong.
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{} {}", output.status, text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    text(&output.stdout).trim_end().to_owned()
}

fn skip(why: &str) {
    let _ = writeln!(io::stderr(), "skipped: {why}");
}

/// A tree with names of every kind: 12 directories, one of them with 3,000 files.
fn tree() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    for number in 0..10 {
        fs::create_dir_all(path(&format!("d{number}"))).unwrap();
        fs::write(path(&format!("d{number}/file.01.{number}")), vec![b'x'; number]).unwrap();
    }
    fs::create_dir_all(path("d1/new\nline")).unwrap();
    fs::create_dir_all(path("large")).unwrap();
    for number in 0..3_000 {
        fs::write(path(&format!("large/f{number}")), "four").unwrap();
    }
    fs::write(root.path().join(std::ffi::OsString::from_vec(b"d1/\xff".to_vec())), "").unwrap();
    std::os::unix::fs::symlink("d1", path("link")).unwrap();
    root
}

const ENTRIES: usize = 12 + 10 + 3_000 + 2;

/// What std sees below a root: paths and kinds.
fn witness(root: &Path) -> Vec<(PathBuf, Kind)> {
    let (mut seen, mut waiting) = (Vec::new(), vec![root.to_owned()]);
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(&dir).unwrap().map(Result::unwrap) {
            let kind = Kind::from(entry.file_type().unwrap());
            if kind.is_dir() {
                waiting.push(entry.path());
            }
            seen.push((entry.path(), kind));
        }
    }
    seen.sort_by(|a, b| a.0.as_os_str().as_bytes().cmp(b.0.as_os_str().as_bytes()));
    seen
}

#[test]
fn count_says_what_std_sees_with_any_number_of_ranks() {
    let root = tree();
    let mut digest = Digest::default();
    let seen = witness(root.path());
    assert_eq!(seen.len(), ENTRIES);
    for (path, kind) in &seen {
        let below = path.strip_prefix(root.path()).unwrap();
        let above = below.parent().unwrap().as_os_str().as_bytes();
        digest.add(above, below.file_name().unwrap().as_bytes(), *kind, None);
    }
    let expected = format!("{ENTRIES} entries: 3011 files, 12 directories, 1 links; digest {:016x}", digest.sum);
    for number in [1, 2, 4, 8] {
        assert_eq!(printed(&ranks(number, &["count", "--digest", root.path().to_str().unwrap()])), expected);
    }
}

#[test]
fn count_adds_up_sizes_of_several_directories() {
    let root = tree();
    let path = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
    let output = ranks(3, &["count", "--size", "--json", &path("large"), &path("d9/")]);
    let counted: serde_json::Value = serde_json::from_str(&printed(&output)).unwrap();
    assert_eq!((&counted["entries"], &counted["size_bytes"]), (&3_001.into(), &(3_000 * 4 + 9).into()));
}

#[test]
fn list_writes_every_entry_once_a_file_each_rank_or_one_sorted() {
    let root = tree();
    let made = tempfile::tempdir().unwrap();
    let seen = witness(root.path());
    let expected: Vec<u8> = seen.iter().flat_map(|(path, _)| [path.as_os_str().as_bytes(), b"\0"].concat()).collect();
    for number in [1, 4] {
        let (parts, sorted) = (made.path().join(format!("parts{number}")), made.path().join(format!("sorted{number}")));
        let of = root.path().to_str().unwrap();
        printed(&ranks(number, &["list", "--format", "null", "-o", parts.to_str().unwrap(), of]));
        let files: Vec<PathBuf> = fs::read_dir(&parts).unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!(files.len(), number, "{files:?}");
        let all: Vec<u8> = files.iter().flat_map(|file| fs::read(file).unwrap()).collect();
        let mut all: Vec<&[u8]> = all.split_inclusive(|&byte| byte == 0).collect();
        all.sort_unstable_by_key(|path| &path[..path.len() - 1]);
        assert!(all.concat() == expected, "{number} ranks");

        printed(&ranks(
            number,
            &["list", "--format", "null", "--sort", "--sort-mib", "1", "-o", sorted.to_str().unwrap(), of],
        ));
        let files: Vec<_> = fs::read_dir(&sorted).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(files, ["sorted"], "nothing else stays");
        assert!(fs::read(sorted.join("sorted")).unwrap() == expected, "{number} ranks, sorted");
    }
}

#[test]
fn list_replaces_nothing() {
    let made = tempfile::tempdir().unwrap();
    fs::write(made.path().join("mine"), "").unwrap();
    let output = ranks(2, &["list", "-o", made.path().to_str().unwrap(), "/"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("it is not empty"), "{}", text(&output.stderr));
}

#[test]
fn find_answers_as_io500_reads_it() {
    let root = tree();
    let of = root.path().to_str().unwrap();
    let old = root.path().join("d0/file.01.0");
    let before = fs::File::options().write(true).open(&old).unwrap();
    before.set_modified(std::time::UNIX_EPOCH).unwrap();
    let reference = tempfile::NamedTempFile::new().unwrap();
    reference.as_file().set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1)).unwrap();
    let newer = reference.path().to_str().unwrap();
    for (predicates, found) in [
        (&["-newer", newer, "-size", "9c", "-name", "*01*"][..], 1),
        (&["-newer", newer, "-name", "*.01.*"], 9),
        (&["-size", "-1c"], 2),
    ] {
        let arguments: Vec<&str> = [&["find", of][..], predicates].concat();
        let answer = printed(&ranks(2, &arguments));
        assert_eq!(answer, format!("MATCHED {found}/{}", ENTRIES - 12), "{predicates:?}");
    }
    let wrong = ranks(2, &["find", of, "-perm", "1"]);
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn a_directory_that_cannot_be_read_costs_itself_and_is_named_with_its_rank() {
    let root = tree();
    let closed = root.path().join("d3");
    fs::set_permissions(&closed, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
    fs::set_permissions(root.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = Command::new("mpirun");
    if rustix::process::geteuid().is_root() {
        command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--clear-groups", "--inh-caps=-all", "mpirun"]);
        // The program where anybody can run it.
        let copy = root.path().parent().unwrap().join(format!("fsbench-mpi-{}", std::process::id()));
        fs::copy(PROGRAM, &copy).unwrap();
        command.args(["-n", "2"]).arg(&copy);
        command.arg("count").arg(root.path()).current_dir("/");
        let output = command.output();
        fs::remove_file(copy).unwrap();
        return match output {
            Ok(output) => told(&output),
            Err(error) => skip(&format!("root reads everything, and setpriv cannot be run: {error}")),
        };
    }
    command.args(["-n", "2", PROGRAM, "count"]).arg(root.path());
    told(&command.output().unwrap());

    fn told(output: &Output) {
        let said = text(&output.stderr);
        assert!(said.contains("rank ") && said.contains("openat '") && said.contains("/d3'"), "{said}");
        assert_eq!(text(&output.stdout).split(':').next(), Some(&*format!("{} entries", ENTRIES - 1)));
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn ranks_that_see_different_trees_are_refused() {
    let (one, other) = (tree(), tree());
    let mut command = Command::new("mpirun");
    command.args(["-n", "2", PROGRAM, "count"]).arg(one.path());
    command.args([":", "-n", "1", PROGRAM, "count"]).arg(other.path());
    let output = command.output().unwrap();
    let said = text(&output.stderr);
    assert!(said.contains("rank 2") && said.contains("is not what it is on rank 0"), "{said}");
    assert_eq!((text(&output.stdout).contains("entries"), output.status.code()), (false, Some(2)));
}

#[test]
fn a_root_that_is_missing_is_told_and_nothing_is_counted() {
    let output = ranks(2, &["count", "/no/such/directory"]);
    let said = text(&output.stderr);
    assert!(said.contains("rank 1: openat '/no/such/directory': No such file"), "{said}");
    assert_eq!((text(&output.stdout).contains("entries"), output.status.code()), (false, Some(2)));
}

#[test]
fn a_full_disk_ends_the_job_and_no_file_claims_to_be_whole() {
    let root = tree();
    let full = tempfile::tempdir().unwrap();
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=32k", "tmpfs"]).arg(full.path()).output();
    if !mount.is_ok_and(|output| output.status.success()) {
        return skip("a small tmpfs cannot be mounted here");
    }
    let output = ranks(3, &["list", "-o", full.path().join("out").to_str().unwrap(), root.path().to_str().unwrap()]);
    let left: Vec<String> = match fs::read_dir(full.path().join("out")) {
        Ok(files) => files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect(),
        Err(_) => Vec::new(),
    };
    // mpirun does not wait until all ranks that it killed are gone: one may still hold a file.
    let unmounted = Command::new("umount").arg("--lazy").arg(full.path()).status().unwrap();
    let said = text(&output.stderr);
    assert!(said.contains("rank ") && said.contains("write '") && said.contains("No space left"), "{said}");
    assert!(left.iter().all(|name| name.ends_with(".partial")), "{left:?}");
    assert!(!output.status.success() && !text(&output.stdout).contains("entries"), "{}", output.status);
    assert!(unmounted.success());
}

#[test]
fn a_rank_that_dies_ends_the_job_and_nothing_is_claimed() {
    // Of two programs that mpirun starts as one job, one is killed as soon as it has joined.
    let root = tree();
    let mut command = Command::new("mpirun");
    command.args(["-n", "2", PROGRAM, "count"]).arg(root.path());
    command.args([":", "-n", "1", "sh", "-c", "kill -9 $$"]);
    let output = command.output().unwrap();
    assert!(!output.status.success() && !text(&output.stdout).contains("entries"), "{}", text(&output.stdout));
}

#[test]
fn each_rank_says_which_process_it_is_so_that_one_that_is_killed_can_be_told_by_its_number() {
    let root = tree();
    let output = ranks(3, &["count", "--ranks", root.path().to_str().unwrap()]);
    let said = text(&output.stderr);
    for rank in 0..3 {
        assert_eq!(said.matches(&format!("rank {rank}: process ")).count(), 1, "{said}");
    }
}

#[test]
fn compare_is_a_sweep_of_ranks_measured_by_fsbench() {
    let fsbench = Path::new(PROGRAM).with_file_name("fsbench");
    if !fsbench.exists() {
        return skip("fsbench itself is not built beside it: cargo test --workspace builds both");
    }
    let (root, made) = (tree(), tempfile::tempdir().unwrap());
    let record = made.path().join("ranks.json");
    let mut command = Command::new(PROGRAM);
    command.args(["compare", "--ranks", "1,2", "--threads", "2", "--fsbench"]).arg(&fsbench).arg(root.path());
    let output = command.args(["--", "--rounds", "3", "--save"]).arg(&record).output().unwrap();
    let table = text(&output.stdout);
    assert!(output.status.success(), "{} {table}{}", output.status, text(&output.stderr));
    assert!(table.contains("1 rank") && table.contains("2 ranks") && !table.contains("WRONG"), "{table}");
    assert!(fs::read_to_string(record).unwrap().contains("\"2 ranks\""));
}

#[test]
fn a_wrong_command_line_is_told_once() {
    let output = ranks(4, &["count", "--no-such-option"]);
    assert_eq!(text(&output.stderr).matches("Usage:").count(), 1, "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(2));
}
