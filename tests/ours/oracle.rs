//! The oracle sees at least what any row sees, and its verdicts are right: held against find(1), on trees that have broken it.

use crate::kit::command::{Ran, Unprivileged, fsbench};
use crate::kit::mount::Mount;
use crate::kit::skip::skip;
use fsbench::error::Error;
use fsbench::list::{Projection, Want};
use fsbench::measure::oracle::{self, Asking, Look, Question, Truths};
use fsbench::strategy::Level;
use proptest::prelude::{ProptestConfig, any, prop, proptest};
use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

const QUESTIONS: [Question; 3] =
    [(Want::Names, Projection::Whole), (Want::Kinds, Projection::Whole), (Want::Metadata, Projection::Whole)];

fn look(root: &Path, level: Level, asking: Asking) -> Truths {
    let look = Look { root: root.to_owned().into(), level, asking, questions: QUESTIONS.to_vec() };
    oracle::look(&look, || Ok::<(), Error>(())).unwrap()
}

/// A chain of directories, made and removed by descriptors: its paths are longer than any call takes.
struct Chain {
    folder: TempDir,
    first: String,
}

impl Chain {
    /// Each name once, one in the other; beside each directory lie so many files.
    fn new(names: Vec<String>, files: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let mut dir = open(folder.path());
        for name in &names {
            for file in 0..files {
                openat(&dir, format!("f{file}"), OFlags::CREATE | OFlags::WRONLY, Mode::RUSR | Mode::WUSR).unwrap();
            }
            mkdirat(&dir, name, Mode::RWXU).unwrap();
            dir = openat(&dir, name, OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty()).unwrap();
        }
        Self { folder, first: names.first().cloned().unwrap_or_default() }
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        remove(&self.folder.path().join(&self.first));
    }
}

/// Removes what lies too deep for `remove_dir_all`, which recurses: rm(1) goes by descriptors.
fn remove(path: &Path) {
    Command::new("rm").arg("-rf").arg(path).status().unwrap();
}

fn open(path: &Path) -> OwnedFd {
    openat(CWD, path, OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty()).unwrap()
}

#[test]
fn the_oracle_sees_what_find_prints() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    for dir in ["a", "a/b", "empty", "a/b/c"] {
        fs::create_dir(root.join(dir)).unwrap();
    }
    for (file, length) in [("one", 1), ("a/two", 2000), ("a/b/new\nline", 0), ("a/b/c/\u{fffd}", 7)] {
        fs::write(root.join(file), vec![0; length]).unwrap();
    }
    symlink("one", root.join("link")).unwrap();
    symlink("nowhere", root.join("a/dangling")).unwrap();
    Command::new("mkfifo").arg(root.join("fifo")).status().unwrap();
    for root in [root, Path::new("/etc"), Path::new("/dev")] {
        let found = Command::new("find").arg(root).args(["-mindepth", "1", "-printf", "%y %s %f\\0"]).output().unwrap();
        let lines: Vec<&[u8]> = found.stdout.split(|&byte| byte == 0).filter(|line| !line.is_empty()).collect();
        let (mut sizes, mut name_bytes, mut directories) = (0u64, 0, 0);
        for line in &lines {
            let text = String::from_utf8_lossy(line).into_owned();
            let mut fields = text.splitn(3, ' ');
            directories += u64::from(fields.next() == Some("d"));
            sizes += fields.next().unwrap().parse::<u64>().unwrap();
            name_bytes += line.len() - line.iter().position(|&byte| byte == b' ').unwrap() - 1;
            name_bytes -= text.split(' ').nth(1).unwrap().len() + 1;
        }
        for asking in [Asking::Type, Asking::Lookup] {
            let truths = look(root, Level::Tree, asking);
            let tally = truths.get(QUESTIONS[2]).unwrap().tally;
            assert_eq!(tally.entries, lines.len() as u64, "{}", root.display());
            assert_eq!(tally.size_bytes, sizes, "{}", root.display());
            assert_eq!(tally.name_bytes, name_bytes as u64, "{}", root.display());
            assert_eq!(truths.directories, directories, "{}", root.display());
        }
    }
}

/// The rows of a quick comparison, and why those are out that are wrong or broke.
fn verdicts(ran: &Ran) -> Vec<(String, Option<String>)> {
    let record = ran.json();
    let cases = record["cases"].as_array().unwrap().iter();
    let verdict = |case: &serde_json::Value| {
        let outcome = case["outcome"].as_object().unwrap();
        let why = outcome.get("wrong").or(outcome.get("failed")).map(ToString::to_string);
        (case["strategy"].as_str().unwrap().to_owned(), why)
    };
    cases.map(verdict).collect()
}

fn compare(root: &Path, more: &[&str]) -> Ran {
    let quick = ["compare", "--rounds", "1", "--calls", "none", "--format", "json"];
    let words: Vec<&std::ffi::OsStr> =
        quick.iter().chain(more).map(|word| word.as_ref()).chain([root.as_os_str()]).collect();
    fsbench(&words)
}

#[test]
fn paths_longer_than_path_max_make_only_those_rows_wrong_that_miss_entries() {
    let chain = Chain::new(vec!["d".repeat(255); 17], 3);
    let ran = compare(chain.folder.path(), &["--want", "names"]);
    let record = ran.json();
    assert_eq!(record["targets"][0]["entries"], 17 * 4);
    assert_eq!(record["targets"][0]["errors"][0], 0, "{}", ran.err);
    let verdicts = verdicts(&ran);
    let of = |name: &str| verdicts.iter().find(|(row, _)| row == name).unwrap_or_else(|| panic!("no {name}")).1.clone();
    for right in ["serial", "stealing", "rayon", "fts"] {
        assert_eq!(of(right), None, "{right}");
    }
    for (row, why) in &verdicts {
        if let Some(why) = why {
            assert!(why.contains("entries"), "{row}: {why}");
            assert!(why.contains("the oracle alone has '"), "{row} names what it misses: {why}");
        }
    }
    assert!(verdicts.iter().any(|(_, why)| why.is_some()), "some walker resolves full paths");
}

#[test]
fn a_chain_of_12000_directories_is_seen_to_its_end() {
    let chain = Chain::new(vec!["d".to_owned(); 12_000], 0);
    // Paths are hashed whole: one question is enough.
    let truths = oracle::ask(chain.folder.path(), Level::Tree, &QUESTIONS[..1], || Ok::<(), Error>(())).unwrap();
    assert_eq!((truths.any().unwrap().tally.entries, truths.directories), (12_000, 12_000));
    assert!(truths.errors.is_empty(), "{:?}", truths.errors);
}

#[test]
fn where_a_kind_depends_on_who_is_asked_neither_row_is_wrong_and_the_path_is_told() {
    let folder = TempDir::new().unwrap();
    for file in ["plain", "covered"] {
        fs::write(folder.path().join(file), "x").unwrap();
    }
    // `d_type` tells the file, a lookup the device.
    let _mounted = match Mount::new(&["--bind", "/dev/null"], &folder.path().join("covered")) {
        Ok(mounted) => mounted,
        Err(why) => return skip("a device mounted on a file", why),
    };
    for more in [["--want", "metadata"], ["--want", "kinds"]] {
        for flat in [&["--flat"][..], &[]] {
            let ran = compare(folder.path(), &[&more[..], flat].concat());
            for (row, why) in verdicts(&ran) {
                assert_eq!(why, None, "{row}, {more:?} {flat:?}");
            }
            let advice = ran.json()["advice"].to_string();
            let told = "covered' is a file by d_type and a character device by a lookup";
            assert!(advice.contains(told), "{more:?} {flat:?}: {advice}");
        }
    }
}

#[test]
fn entries_that_may_be_listed_and_not_looked_up_count_where_no_lookup_is_wanted() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().join("readable");
    fs::create_dir(&dir).unwrap();
    for file in ["x", "y"] {
        fs::write(dir.join(file), "").unwrap();
    }
    fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    fs::set_permissions(&dir, PermissionsExt::from_mode(0o744)).unwrap();
    let nobody = Unprivileged::new();
    for (want, entries) in [("names", 3), ("kinds", 3), ("metadata", 1)] {
        let mut command = nobody.command();
        command
            .args(["compare", "--rounds", "1", "--calls", "none", "--format", "json", "-s", "serial", "--want", want]);
        let ran = Ran::of(command.arg(folder.path()));
        assert_eq!(verdicts(&ran)[0], ("serial".to_owned(), None), "{want}: {}", ran.err);
        assert_eq!(ran.json()["targets"][0]["truths"].as_array().unwrap().last().unwrap()["tally"]["entries"], entries);
    }
}

/// A random tree: directories of random rights, one in the other, some files in each, and what is below which.
#[derive(Debug, Clone)]
struct Grown {
    /// Each directory's parent (an earlier one; 0 is the root), rights for others, files, and length of its name.
    directories: Vec<(usize, u32, usize, usize)>,
    /// Levels of a chain below the last of them.
    chain: usize,
    covered: bool,
}

impl Grown {
    /// Makes it, and counts what somebody sees who is not its owner, and what root sees.
    fn make(&self, root: &Path) -> (u64, u64) {
        let mut made = vec![(root.to_owned(), true)];
        let (mut seen, mut all) = (0, 0);
        for (index, &(parent, mode, files, length)) in self.directories.iter().enumerate() {
            let (above, reached) = made[parent % made.len()].clone();
            let path = above.join(format!("{index}{}", "n".repeat(length)));
            fs::create_dir(&path).unwrap();
            for file in 0..files {
                fs::write(path.join(format!("f{file}")), "").unwrap();
            }
            // Its directories are found by who may read it, and opened by who may search it.
            made.push((path.clone(), reached && mode & 5 == 5));
            let children = self
                .directories
                .iter()
                .enumerate()
                .filter(|(other, (parent, ..))| *other > index && parent % (other + 1) == index + 1);
            let entries = files as u64 + children.count() as u64;
            all += entries;
            seen += if reached && mode & 4 != 0 { entries } else { 0 };
        }
        let below_root = self.directories.iter().enumerate().filter(|(index, (parent, ..))| parent % (index + 1) == 0);
        let below_root = below_root.count() as u64 + self.chain.min(1) as u64 + u64::from(self.covered);
        let mut dir = open(root);
        for _ in 0..self.chain {
            mkdirat(&dir, "c".repeat(200), Mode::RWXU | Mode::RGRP | Mode::XGRP | Mode::ROTH | Mode::XOTH).unwrap();
            dir = openat(&dir, "c".repeat(200), OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty()).unwrap();
        }
        let chain = self.chain.saturating_sub(1) as u64;
        // Rights last, and from the leaves up.
        for ((path, _), &(_, mode, ..)) in made.iter().skip(1).zip(&self.directories).rev() {
            fs::set_permissions(path, PermissionsExt::from_mode(0o700 | mode)).unwrap();
        }
        (seen + below_root + chain, all + below_root + chain)
    }
}

/// Strategies that list whatever there is.
const SEE_ALL: [&str; 3] = ["serial", "stealing", "rayon"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_right_row_is_wrong_and_no_blind_one_is_ranked(
        directories in prop::collection::vec((0..100_usize, 0..8_u32, 0..4_usize, 0..100_usize), 0..12),
        chain in prop::sample::select(vec![0, 0, 3, 40]),
        covered in any::<bool>(),
    ) {
        let folder = TempDir::new().unwrap();
        fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let grown = Grown { directories, chain, covered };
        let (seen, all) = grown.make(folder.path());
        let cover = folder.path().join("covered");
        let _mounted = covered.then(|| {
            fs::write(&cover, "").unwrap();
            Mount::new(&["--bind", "/dev/null"], &cover)
        });
        let nobody = Unprivileged::new();
        for want in ["names", "kinds"] {
            let words = ["compare", "--rounds", "1", "--calls", "none", "--format", "json", "--want", want];
            let as_root = Ran::of(Command::new(crate::kit::command::FSBENCH).args(words).arg(folder.path()));
            let as_nobody = Ran::of(nobody.command().args(words).arg(folder.path()));
            let is_root = rustix::process::geteuid().is_root();
            for (ran, entries) in [(as_root, if is_root { all } else { seen }), (as_nobody, seen)] {
                let record = ran.json();
                for case in record["cases"].as_array().unwrap().iter().filter(|case| case["ruler"] != true) {
                    let measured = &case["outcome"]["measured"];
                    let name = case["strategy"].as_str().unwrap();
                    if SEE_ALL.contains(&name) {
                        assert!(measured.is_object(), "{want}: {grown:?}: {case}");
                    }
                    if measured.is_object() {
                        assert_eq!(measured["entries"], entries, "{want}: {name}, {grown:?}");
                    }
                }
            }
        }
        drop(_mounted);
        remove(&folder.path().join("c".repeat(200)));
    }
}

#[test]
fn entries_that_come_and_go_make_no_row_wrong() {
    let folder = TempDir::new().unwrap();
    for file in 0..300 {
        fs::write(folder.path().join(format!("f{file}")), "").unwrap();
    }
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let path = folder.path().join("sometimes");
                fs::write(&path, "").unwrap();
                thread::sleep(Duration::from_millis(9));
                fs::remove_file(&path).unwrap();
                thread::sleep(Duration::from_millis(9));
            }
        });
        for _ in 0..6 {
            let ran = compare(folder.path(), &["--want", "names"]);
            if ran.code == Some(2) {
                assert!(ran.err.contains("what is listed must keep still"), "{}", ran.err);
                continue;
            }
            for (row, why) in verdicts(&ran) {
                assert_eq!(why, None, "{row}");
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}
