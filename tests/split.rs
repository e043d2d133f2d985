//! One directory read in ranges: every entry exactly once, however many ranges, on every file system there is to try.

mod kit;

use fsbench::list::digest::Digests;
use fsbench::list::getdents::Getdents;
use fsbench::list::range::Ranges;
use fsbench::list::{Found, Options, Want};
use fsbench::strategy::Strategy;
use kit::image::Mounted;
use kit::skip::skip;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::ops::ControlFlow;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Runs `test` in a folder of each file system. The flag says whether large directories can be cut there; of the temporary
/// folder's nobody knows.
fn everywhere(test: impl Fn(&Path, Option<bool>)) {
    test(tempfile::tempdir().unwrap().path(), None);
    for (kind, can_be_cut) in [("ext4", true), ("xfs", true), ("btrfs", false)] {
        match Mounted::new(kind) {
            Ok(mounted) => test(&mounted.root(), Some(can_be_cut)),
            Err(why) => skip(kind, why),
        }
    }
}

fn fill(dir: &Path, prefix: &str, files: usize) {
    fs::create_dir_all(dir).unwrap();
    for number in 0..files {
        File::create(dir.join(format!("{prefix}-{number:05}"))).unwrap();
    }
}

/// How often each name is found by reading `dir` in `count` ranges, and how many ranges that were.
fn read_in_ranges(dir: &Path, count: usize, buffer_bytes: usize) -> (BTreeMap<Vec<u8>, usize>, usize) {
    let open = File::open(dir).unwrap();
    let ranges = Ranges::of(open.as_fd(), 0, count);
    let mut reader = Getdents::new(buffer_bytes);
    let mut seen = BTreeMap::new();
    for index in 0..ranges.count() {
        let count = |found: &Found<'_>| {
            *seen.entry(found.name.to_bytes().to_vec()).or_default() += 1;
            ControlFlow::Continue(())
        };
        reader.read_range(open.as_fd(), ranges.get(index).unwrap(), count).unwrap();
    }
    assert_eq!(ranges.get(ranges.count()), None);
    (seen, ranges.count())
}

#[test]
fn every_entry_is_in_exactly_one_range() {
    everywhere(|root, can_be_cut| {
        for entries in [0, 1, 5, 302, 6000] {
            let dir = root.join(format!("{entries}"));
            fill(&dir, "entry", entries);
            for count in [1, 2, 7, 16, 300, 5000] {
                for buffer_bytes in [512, 65536] {
                    let (seen, ranges) = read_in_ranges(&dir, count, buffer_bytes);
                    let what = format!("{}: {entries} entries, {count} ranges, {buffer_bytes} B", root.display());
                    assert_eq!(seen.len(), entries, "{what}");
                    assert!(seen.values().all(|&times| times == 1), "{what}");
                    match can_be_cut {
                        Some(true) if entries == 6000 => assert_eq!(ranges, count, "{what}"),
                        Some(false) => assert_eq!(ranges, 1, "{what}"),
                        _ => {}
                    }
                }
            }
        }
    });
}

#[test]
fn ranges_are_in_directory_order() {
    everywhere(|root, _| {
        let dir = root.join("order");
        fill(&dir, "entry", 3000);
        let names = |count| {
            let open = File::open(&dir).unwrap();
            let ranges = Ranges::of(open.as_fd(), 0, count);
            let mut names = Vec::new();
            for range in (0..ranges.count()).filter_map(|index| ranges.get(index)) {
                let keep = |found: &Found<'_>| {
                    names.push(found.name.to_owned());
                    ControlFlow::Continue(())
                };
                Getdents::new(4096).read_range(open.as_fd(), range, keep).unwrap();
            }
            names
        };
        assert_eq!(names(1), names(40), "{}", root.display());
    });
}

#[test]
fn what_stays_is_seen_once_while_other_entries_come_and_go() {
    everywhere(|root, _| {
        let dir = root.join("churn");
        fill(&dir, "stays", 2000);
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                for round in 0_usize.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let _ = File::create(dir.join(format!("goes-{}", round % 500)));
                    let _ = fs::remove_file(dir.join(format!("goes-{}", round * 7 % 500)));
                }
            });
            for round in 0..24 {
                let (mut seen, _) = read_in_ranges(&dir, [3, 64, 2500][round % 3], 512);
                seen.retain(|name, _| name.starts_with(b"stays"));
                assert_eq!(seen.len(), 2000, "{} round {round}", root.display());
                assert!(seen.values().all(|&times| times == 1), "{} round {round}", root.display());
            }
            stop.store(true, Ordering::Relaxed);
        });
    });
}

#[test]
fn the_split_rows_see_what_std_sees_at_any_number_of_threads() {
    everywhere(|root, _| {
        // ext4 takes 4 KiB for about 100 names of 8 bytes: enough for several ranges of 64 KiB.
        let dir = root.join("rows");
        fill(&dir, &"long-name-".repeat(10), 5000);
        let digest = |name: &str, want: Want, threads: usize| {
            let strategy = Strategy::by_name(name).unwrap();
            let sinks = Digests::new(want, strategy.projection(want));
            let options = Options { threads, ..Options::default() };
            strategy.open(want, &options).unwrap().run(&dir, want, &sinks).unwrap();
            let (digest, seen) = sinks.into_seen();
            (digest, seen.tally.only(want))
        };
        for (name, want) in [("getdents/split", Want::Kinds), ("getdents+statx/split", Want::Metadata)] {
            for threads in [1, 2, 3, 8] {
                assert_eq!(digest(name, want, threads), digest("std", want, 1), "{name} {threads} {}", root.display());
            }
        }
    });
}

#[test]
fn an_error_names_the_call_that_failed() {
    let (pipe, _writer) = std::io::pipe().unwrap();
    let mut reader = Getdents::new(4096);
    let range = Ranges::WHOLE.get(0).unwrap();
    let refused = reader.read_range(pipe.as_fd(), range, |_| ControlFlow::Continue(())).unwrap_err();
    assert_eq!((refused.call, refused.errno), ("lseek", rustix::io::Errno::SPIPE));
    let file = tempfile::tempfile().unwrap();
    let refused = reader.read_range(file.as_fd(), range, |_| ControlFlow::Continue(())).unwrap_err();
    assert_eq!((refused.call, refused.errno), ("getdents64", rustix::io::Errno::NOTDIR));
}
