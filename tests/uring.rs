//! The walk whose calls are batched through io_uring, where descriptors are few and trees deep or broad.

mod kit;

use fsbench::list::digest::Digests;
use fsbench::list::{Options, Want};
use fsbench::strategy::Strategy;
use kit::skip::skip;
use rustix::fs::{Mode, OFlags, mkdirat, openat};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What `name` sees below `root`; why, where it cannot run here.
fn seen(name: &str, root: &Path, want: Want) -> Result<String, String> {
    let strategy = Strategy::by_name(name).unwrap();
    let mut run = strategy.open(want, &Options::default()).map_err(|why| why.to_string())?;
    let sinks = Digests::new(want, strategy.projection(want));
    run.run(root, want, &sinks).unwrap();
    let (digest, seen) = sinks.into_seen();
    assert!(seen.errors.is_empty(), "{name}: {:?}", seen.errors);
    Ok(format!("{digest} {:?}", seen.tally.only(want)))
}

/// A chain of `depth` directories below `root`, each with `beside` more.
fn chain(root: &Path, depth: usize, beside: usize) {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let mut dir = openat(rustix::fs::CWD, root, flags, Mode::empty()).unwrap();
    for _ in 0..depth {
        for number in 0..beside {
            mkdirat(&dir, format!("beside-{number}"), Mode::RWXU).unwrap();
        }
        mkdirat(&dir, "directory", Mode::RWXU).unwrap();
        dir = openat(&dir, "directory", flags, Mode::empty()).unwrap();
    }
}

#[test]
fn a_deep_tree_and_a_broad_one_are_walked_whole_with_64_descriptors() {
    let whole = Rlimit { current: Some(64), maximum: getrlimit(Resource::Nofile).maximum };
    setrlimit(Resource::Nofile, whole).unwrap();
    // 600 deep is past PATH_MAX; where more subdirectories than a wave takes lie beside the chain, all of it waits.
    for (depth, beside) in [(600, 0), (150, 30), (1, 3000)] {
        let folder = tempfile::tempdir().unwrap();
        chain(folder.path(), depth, beside);
        fs::File::create(folder.path().join("file")).unwrap();
        for want in Want::ALL {
            let expected = seen("stealing/fixed", folder.path(), want).unwrap();
            match seen("uring-walk", folder.path(), want) {
                Ok(seen) => assert_eq!(seen, expected, "{depth} deep, {beside} beside, {want}"),
                Err(why) => skip("uring-walk", why),
            }
        }
        // The folder's own removal recurses, and a stack is not as deep as this.
        assert!(Command::new("rm").arg("-rf").arg(folder.path()).status().unwrap().success());
    }
}
