//! The walker among fsbench's strategies, in its command, and on file systems of its own: every entry once. What it promises to those who
//! use it as a library is held in `crates/fswalk/tests`.

mod kit;

use fsbench::list::digest::{Digest, Digests};
use fsbench::list::tally::Tally;
use fsbench::list::{Options, Want};
use fsbench::strategy::Strategy;
use fswalk::{Threads, Walk};
use kit::image::Mounted;
use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::os::fd::AsFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A tree with a large directory, a deep one, a broad one, and everything that is not a directory.
fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let large = root.join("large");
    fs::create_dir(&large).unwrap();
    for number in 0..6000 {
        File::create(large.join(format!("{number:04}-{}", "x".repeat(60)))).unwrap();
    }
    for number in 0..40 {
        fs::create_dir(large.join(format!("sub-{number}"))).unwrap();
        File::create(large.join(format!("sub-{number}/inside"))).unwrap();
    }
    fs::create_dir_all(root.join((0..60).map(|depth| depth.to_string()).collect::<PathBuf>())).unwrap();
    for number in 0..300 {
        fs::create_dir_all(root.join(format!("broad/{number}/{}", number % 7))).unwrap();
    }
    symlink("broad", root.join("link to a directory")).unwrap();
    symlink("nowhere", root.join("link to nothing")).unwrap();
    std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    folder
}

fn run(name: &str, root: &Path, want: Want, threads: usize) -> (Digest, Tally) {
    let strategy = Strategy::by_name(name).unwrap();
    let sinks = Digests::new(want, strategy.projection(want));
    let options = Options { threads, ..Options::default() };
    strategy.open(want, &options).unwrap().run(root, want, &sinks).unwrap();
    let (digest, seen) = sinks.into_seen();
    (digest, seen.tally.only(want))
}

#[test]
fn stealing_sees_what_a_serial_walk_sees() {
    let folder = tree();
    for want in Want::ALL {
        let expected = run("serial-absolute:std", folder.path(), want, 1);
        for threads in [1, 2, 3, 8, 64] {
            assert_eq!(run("stealing/fixed", folder.path(), want, threads), expected, "{want} {threads}");
        }
        assert_eq!(run("stealing", folder.path(), want, 1), expected, "{want}");
    }
}

/// Paths below the root, each once; no error.
fn find(walk: &Walk) -> BTreeSet<PathBuf> {
    let states = walk.fold(BTreeSet::new, |paths, found| {
        let path = found.expect("everything can be read").path();
        assert!(paths.insert(path.clone()), "{} twice", path.display());
    });
    let count: usize = states.iter().map(BTreeSet::len).sum();
    let all: BTreeSet<_> = states.into_iter().flatten().collect();
    assert_eq!(all.len(), count, "two threads found the same");
    all
}

#[test]
fn another_file_system_is_reported_and_not_entered_when_so_asked() {
    let mounted = match Mounted::new("ext4") {
        Ok(mounted) => mounted,
        Err(why) => return kit::skip::skip("a walk across a mount", why),
    };
    let root = mounted.root();
    let above = root.parent().unwrap();
    let walk = Walk::new(above).min_depth(1);
    let (image, inside) = (above.join("image"), root.join("lost+found"));
    assert!(find(&walk).is_superset(&BTreeSet::from([root.clone(), image.clone(), inside])));
    assert_eq!(find(&walk.same_file_system(true)), BTreeSet::from([root, image]));
}

#[test]
fn a_large_directory_is_walked_whole_on_file_systems_where_it_is_cut_and_where_it_is_not() {
    for kind in ["ext4", "xfs", "btrfs"] {
        let mounted = match Mounted::new(kind) {
            Ok(mounted) => mounted,
            Err(why) => {
                kit::skip::skip(&format!("a large directory on {kind}"), why);
                continue;
            }
        };
        let large = mounted.root().join("large");
        let mut expected = BTreeSet::from([large.clone()]);
        fs::create_dir(&large).unwrap();
        for number in 0..10_000 {
            let file = large.join(format!("{number:05}-{}", "x".repeat(40)));
            File::create(&file).unwrap();
            expected.insert(file);
            if number % 200 == 0 {
                let dir = large.join(format!("sub-{number}"));
                fs::create_dir_all(dir.join("inside")).unwrap();
                expected.extend([dir.join("inside"), dir]);
            }
        }
        for threads in [1, 2, 8].map(|threads| Threads::Fixed(NonZeroUsize::new(threads).unwrap())) {
            let walk = Walk::new(&large).threads(threads);
            assert!(find(&walk) == expected, "{kind} {threads:?}");
            let iterated: Vec<_> = walk.clone().into_iter().map(|entry| entry.unwrap().into_path()).collect();
            assert_eq!(iterated.len(), expected.len(), "{kind} {threads:?}");
            assert!(iterated.into_iter().collect::<BTreeSet<_>>() == expected, "{kind} {threads:?}");
        }
    }
}

/// A chain of `depth` directories below `root`, each with a file and, `beside`, a directory.
fn chain(root: &Path, depth: usize, beside: bool) {
    let mut dir = openat(CWD, root, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
    for _ in 0..depth {
        if beside {
            mkdirat(dir.as_fd(), "beside", Mode::RWXU).unwrap();
        }
        mkdirat(dir.as_fd(), "directory", Mode::RWXU).unwrap();
        dir = openat(dir.as_fd(), "directory", OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
    }
}

#[test]
fn a_tree_10_000_deep_is_walked_whole_with_64_descriptors() {
    // With a directory beside each, all of the chain waits at once: parents are closed, and opened again on the way back.
    for (depth, beside, entries) in [(10_000, false, 10_000), (1500, true, 3000)] {
        let folder = tempfile::tempdir().unwrap();
        chain(folder.path(), depth, beside);
        let count = |limit: &str, threads: &[&str]| {
            let script = format!("ulimit -n {limit}; exec \"$0\" count \"$@\"");
            let mut command = Command::new("sh");
            command.args(["-c", &script, env!("CARGO_BIN_EXE_fsbench")]).args(threads).arg(folder.path());
            let output = command.output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{text} {}", String::from_utf8_lossy(&output.stderr));
            text
        };
        let expected = fsbench::report::count(entries);
        for (limit, threads) in [("64", &[][..]), ("64", &["--threads", "64"]), ("20", &["--threads", "1"])] {
            let text = count(limit, threads);
            assert!(text.starts_with(&format!("{expected} entries")), "{limit} {threads:?}: {text}");
        }
        // The folder's own removal recurses, and a stack is not as deep as this.
        assert!(Command::new("rm").arg("-rf").arg(folder.path()).status().unwrap().success());
    }
}
