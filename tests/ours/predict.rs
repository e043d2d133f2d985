//! `fsbench predict`: the answers that it says a listing waits for are those that a server gives.

use crate::kit::command::fsbench;
use crate::kit::faults::Faults;
use crate::kit::skip::skip;
use crate::kit::slow::{Asked, Manner, Slow};
use fsbench::list::tally::Tallies;
use fsbench::list::{Options, Want};
use fsbench::strategy::Strategy;
use serde_json::Value;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A small one: 3 levels.
const SLOW: Slow = Slow { latency: Duration::from_millis(2), directories: 12, files: 3 };
const THREADS: usize = 4;

/// The same names as in `SLOW`, on a local disk.
fn local(root: &Path) {
    fn fill(dir: &Path, number: u64) {
        (0..SLOW.files).for_each(|file| drop(File::create(dir.join(format!("f{file}"))).unwrap()));
        for child in SLOW.children(number) {
            let dir = dir.join(format!("d{child}"));
            fs::create_dir(&dir).unwrap();
            fill(&dir, child);
        }
    }
    fill(root, 0);
}

fn predicted(words: &[&str], dir: &Path) -> Value {
    let words = [&["predict", "--rtt", "2ms", "--format", "json"], words, &[dir.to_str().unwrap()]].concat();
    fsbench(&words).json()
}

/// What a server is asked by one listing; `None` where none can be mounted.
fn asked(manner: Manner, strategy: &str, want: Want) -> Option<Vec<(&'static str, u64)>> {
    let folder = tempfile::tempdir().unwrap();
    let asked = Arc::<Asked>::default();
    let session = match SLOW.mount_counted(manner, Faults::default(), Arc::clone(&asked), folder.path()) {
        Ok(session) => session,
        Err(why) => {
            skip("what a server is asked", why);
            return None;
        }
    };
    let options = Options { threads: THREADS, ..Options::default() };
    let sinks = Tallies::default();
    Strategy::by_name(strategy).unwrap().open(want, &options).unwrap().run(folder.path(), want, &sinks).unwrap();
    assert_eq!(sinks.into_seen().tally.entries, SLOW.entries(), "{strategy}");
    let numbers = asked.numbers().to_vec();
    drop(session);
    Some(numbers)
}

/// The steps of the ladders, walkers of ours and others'.
const KINDS: [&str; 10] = [
    "serial:readdir+isdir+isfile",
    "serial:readdir+lstat",
    "serial:readdir+fstatat",
    "serial:readdir",
    "serial:getdents/64k",
    "serial-absolute",
    "rayon:getdents/64k",
    "stealing",
    "walkdir",
    "jwalk",
];
const METADATA: [&str; 6] = [
    "serial:readdir+lstat",
    "serial:getdents+fstatat",
    "serial:getdents+statx-inode",
    "rayon:getdents+statx",
    "stealing/fixed",
    "ignore",
];

#[test]
fn a_server_is_asked_as_often_as_was_predicted() {
    let kept = Duration::from_secs(60);
    let manners: [(&[&str], Manner); 3] = [
        (&[], Manner::default()),
        (&["--cache", "60s"], Manner { validity: kept, ..Manner::default() }),
        (&["--cache", "60s", "--plus"], Manner { validity: kept, plus: true, ..Manner::default() }),
    ];
    let tree = tempfile::tempdir().unwrap();
    local(tree.path());
    let threads = THREADS.to_string();
    let (mut cells, mut wrong) = (0, Vec::new());
    for (options, manner) in manners {
        for (want, strategies) in [(Want::Kinds, &KINDS[..]), (Want::Metadata, &METADATA[..])] {
            let mut words = vec!["--want", want.name(), "--threads", &threads];
            words.extend(strategies.iter().flat_map(|strategy| ["-s", strategy]));
            let prediction = predicted(&[&words[..], options].concat(), tree.path());
            let rows = prediction["subject"]["listing"]["rows"].as_array().unwrap();
            assert_eq!(rows.len(), strategies.len(), "{prediction}");
            for row in rows {
                let strategy = row["strategy"].as_str().unwrap();
                let Some(asked) = asked(manner, strategy, want) else { return };
                let answers = &row["outcome"]["predicted"]["waits"]["answers"];
                let said: Vec<_> = asked.iter().map(|(name, _)| (*name, answers[*name].as_u64().unwrap())).collect();
                cells += 1;
                if said != asked {
                    wrong.push(format!("{strategy}, {want}, {options:?}: {said:?}, and it was asked {asked:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cells}: {wrong:#?}", wrong.len());
    assert_eq!(cells, 3 * (KINDS.len() + METADATA.len()));
}

#[test]
fn threads_are_said_to_wait_less_often_in_a_row_for_the_same_answers() {
    let tree = tempfile::tempdir().unwrap();
    local(tree.path());
    let prediction = predicted(&["--want", "kinds", "--threads", "1,32", "-s", "rayon"], tree.path());
    let waits = |place: usize| &prediction["subject"]["listing"]["rows"][place]["outcome"]["predicted"]["waits"];
    assert_eq!(waits(0)["answers"], waits(1)["answers"]);
    // Each directory: OPENDIR, two READDIRs, and LOOKUP but for the root. There are three levels.
    assert_eq!((&waits(0)["in_a_row"], &waits(1)["in_a_row"]), (&(12 * 4 - 1).into(), &(3 * 4 - 1).into()));
    let ns = 11.0 * 2e6;
    assert!((ns..ns * 2.0).contains(&waits(1)["ns"].as_f64().unwrap()), "{prediction}");
}

#[test]
fn the_page_says_what_a_long_listing_waits_for_and_what_was_assumed() {
    let tree = tempfile::tempdir().unwrap();
    (0..100).for_each(|file| drop(File::create(tree.path().join(format!("f{file}"))).unwrap()));
    let words = ["predict", "--rtt", "8ms", "--flat", "-s", "getdents+statx", tree.path().to_str().unwrap()];
    let ran = fsbench(&words);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    // OPENDIR, GETATTR, a READDIR and the end; an entry: LOOKUP, GETATTR, LOOKUP, GETXATTR.
    let said = "ls -l of these 100 entries (one lookup by path and one ACL each) waits 404 times: at 8.00 ms that is 3.23 s; \
                with 256 in flight, 64.0 ms.\n";
    assert!(ran.out.contains(said), "{}", ran.out);
    assert!(ran.out.contains("no name and no attribute is kept"), "{}", ran.out);
    assert!(ran.out.contains("Fewest waits for metadata: getdents+statx, 203 answers in a row"), "{}", ran.out);
    let markdown = fsbench(&[&words[..], &["--format", "markdown"]].concat()).out;
    assert!(markdown.contains("| getdents+statx |"), "{markdown}");
    let csv = fsbench(&[&words[..], &["--format", "csv"]].concat()).out;
    assert!(csv.lines().nth(1).unwrap().starts_with("getdents+statx,metadata,1,"), "{csv}");
}

#[test]
fn a_commands_calls_are_said_to_wait_and_whether_it_has_threads() {
    let tree = tempfile::tempdir().unwrap();
    local(tree.path());
    let root = tree.path().to_str().unwrap();
    let record = fsbench(&["predict", "--rtt", "1ms", "--format", "json", "--", "ls", "-l", root]).json();
    let command = &record["subject"]["command"];
    assert_eq!(command["concurrency"]["started"], 0);
    assert!(command["rows"]["shared"].is_null());
    let alone = &command["rows"]["alone"];
    assert!(alone["in_a_row"].as_u64().unwrap() > 2 * (SLOW.files + 8), "{record}");
    let ran = fsbench(&["predict", "--rtt", "1ms", "--", "sh", "-c", "ls; ls"]);
    assert!(ran.out.contains("threads and processes") && ran.out.contains("shared evenly"), "{}{}", ran.out, ran.err);
}

#[test]
fn what_cannot_be_predicted_says_why() {
    let tree = tempfile::tempdir().unwrap();
    let ran = fsbench(&["predict", "--rtt", "1ms", "-s", "raw-ext4", tree.path().to_str().unwrap()]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.out.contains("it asks one kind of local file system"), "{}", ran.out);
    let ran = fsbench(&["predict", "--rtt", "1ms", "/nowhere"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("'/nowhere'"), "{}", ran.err);
    for words in [&["predict", "."][..], &["predict", "--rtt", "far", "."], &["predict", "--rtt", "1ms"]] {
        assert_eq!(fsbench(words).code, Some(2), "{words:?}");
    }
}
