//! Bulk interfaces say exactly what a stat an entry does, in every field, where they are easily wrong: what has not reached
//! the disk, what is mounted over, what lies in other trees.

mod kit;

use fsbench::error::Error;
use fsbench::list::{Entry, Meta, Options, Sink, Sinks, Want};
use fsbench::strategy::Strategy;
use fsbench::walk::Run;
use kit::image::Mounted;
use kit::skip::skip;
use rustix::fs::{CWD, FileType, Mode, XattrFlags, lsetxattr, mknodat};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::ops::ControlFlow;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

/// Paths, with what was learnt of each, or the error.
#[derive(Default)]
struct Metas(Mutex<BTreeMap<String, Result<Meta, String>>>);

impl Sinks for Metas {
    fn sink(&self) -> Box<dyn Sink + Send + '_> {
        Box::new(MetasSink(self))
    }
}

struct MetasSink<'m>(&'m Metas);

impl Sink for MetasSink<'_> {
    fn entry(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        let path = format!("{}/{}", String::from_utf8_lossy(entry.dir), String::from_utf8_lossy(entry.name));
        assert_eq!(entry.kind, entry.meta.unwrap().kind(), "{path}");
        let mut meta = *entry.meta.unwrap();
        if meta.ino == 2 {
            // What stands in a btrfs snapshot where a subvolume was has the time at which somebody last came by.
            (meta.mtime_seconds, meta.mtime_nanos) = (0, 0);
        }
        let before = self.0.0.lock().unwrap().insert(path.clone(), Ok(meta));
        assert_eq!(before, None, "{path} twice");
        ControlFlow::Continue(())
    }

    fn error(&mut self, error: Error) -> ControlFlow<()> {
        self.0.0.lock().unwrap().insert(error.path.display().to_string(), Err(error.to_string()));
        ControlFlow::Continue(())
    }
}

fn ready(name: &str, root: &Path) -> Result<Box<dyn Run>, String> {
    let mut run = Strategy::by_name(name).unwrap().open(Want::Metadata, &Options::default()).unwrap();
    run.prepare(root).map_err(|why| why.to_string())?;
    Ok(run)
}

fn listed(run: &mut dyn Run, root: &Path) -> BTreeMap<String, Result<Meta, String>> {
    let metas = Metas::default();
    run.run(root, Want::Metadata, &metas).unwrap();
    metas.0.into_inner().unwrap()
}

/// Both see the same, entry for entry.
fn same(bulk: &str, by_stat: &str, root: &Path) {
    let expected = listed(ready(by_stat, root).unwrap().as_mut(), root);
    assert_eq!(listed(ready(bulk, root).unwrap().as_mut(), root), expected, "{}", root.display());
    assert!(!expected.is_empty(), "{}", root.display());
}

fn on(kind: &str, test: impl FnOnce(&Path)) {
    match Mounted::new(kind) {
        Ok(mounted) => test(&mounted.root()),
        Err(why) => skip(&format!("bulk interfaces of {kind}"), why),
    }
}

fn write(path: &Path, bytes: usize) {
    File::options().append(true).create(true).open(path).unwrap().write_all(&vec![7; bytes]).unwrap();
}

fn run(command: &str, arguments: &[&Path]) {
    let mut words = command.split(' ');
    let status = Command::new(words.next().unwrap()).args(words).args(arguments).status().unwrap();
    assert!(status.success(), "{command}");
}

/// Files of every kind and several sizes, some with extended attributes, none of it on disk yet.
fn fill(dir: &Path) {
    fs::create_dir_all(dir.join("directory/below")).unwrap();
    for number in 0..300 {
        write(&dir.join(format!("file-{number}")), number * 173 % 9000);
    }
    write(&dir.join("large"), 3 << 20);
    File::create(dir.join("sparse")).unwrap().set_len(1 << 30).unwrap();
    fs::hard_link(dir.join("large"), dir.join("again")).unwrap();
    fs::hard_link(dir.join("large"), dir.join("directory/below/again")).unwrap();
    symlink("large", dir.join("link")).unwrap();
    for (name, kind, dev) in [
        ("character", FileType::CharacterDevice, rustix::fs::makedev(259, 70_000)),
        ("block", FileType::BlockDevice, rustix::fs::makedev(7, 200)),
        ("fifo", FileType::Fifo, 0),
    ] {
        mknodat(CWD, dir.join(name), kind, Mode::RUSR, dev).unwrap();
    }
    // Too large for an inode: blocks of their own.
    for name in ["file-9", "link", "character", "directory"] {
        lsetxattr(dir.join(name), "trusted.large", &[b'x'; 3000], XattrFlags::empty()).unwrap();
    }
}

#[test]
fn bulkstat_sees_what_statx_sees() {
    on("xfs", |root| {
        let (bulk, by_stat) = ("getdents+bulkstat", "getdents+statx");
        fill(root);
        same(bulk, by_stat, root);
        same(bulk, by_stat, &root.join("directory"));
        // Inodes of two directories, taken in turn, and few among many.
        let names = ["mine", "other", "few"];
        names.iter().for_each(|name| fs::create_dir(root.join(name)).unwrap());
        for number in 0..4000 {
            write(&root.join(format!("other/{number}")), number % 7);
            if number % 2 == 0 {
                write(&root.join(format!("mine/{number}")), number % 5);
            }
            if number % 150 == 0 {
                write(&root.join(format!("few/{number}")), number % 5);
            }
        }
        names.iter().for_each(|name| same(bulk, by_stat, &root.join(name)));
    });
}

#[test]
fn bulkstat_sees_what_changed_since_the_sync() {
    on("xfs", |root| {
        (0..200).for_each(|number| write(&root.join(format!("{number}")), number));
        let mut bulk = ready("getdents+bulkstat", root).unwrap();
        // Longer than the time in which two changes have the same time.
        std::thread::sleep(std::time::Duration::from_millis(30));
        for number in (0..200).step_by(3) {
            write(&root.join(format!("{number}")), 5000);
        }
        fs::remove_file(root.join("7")).unwrap();
        write(&root.join("new"), 100);
        let expected = listed(ready("getdents+statx", root).unwrap().as_mut(), root);
        assert_eq!(listed(bulk.as_mut(), root), expected);
    });
}

#[test]
fn bulkstat_sees_what_is_mounted_over_an_entry() {
    on("xfs", |root| {
        (0..100).for_each(|number| write(&root.join(format!("file {number}")), number));
        fs::create_dir(root.join("over")).unwrap();
        run("mount --bind /proc/self/mounts", &[&root.join("file 50")]);
        run("mount -t tmpfs tmpfs", &[&root.join("over")]);
        // Its parent's entry is the covered one's; its own is the mounted one's.
        let expected = listed(ready("getdents+statx", root).unwrap().as_mut(), root);
        let seen = listed(ready("getdents+bulkstat", root).unwrap().as_mut(), root);
        run("umount", &[&root.join("file 50"), &root.join("over")]);
        let dev = |name: &str| seen[name].as_ref().unwrap().dev;
        assert_ne!(dev("/over"), dev("/file 51"));
        assert_ne!(dev("/file 50"), dev("/file 51"));
        // The time of a file in /proc is that of the question.
        for name in ["/over", "/file 49", "/file 51"] {
            assert_eq!(seen[name], expected[name], "{name}");
        }
        assert_eq!(seen.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    });
}

#[test]
fn a_tree_search_sees_what_statx_sees() {
    on("btrfs", |root| {
        let (bulk, by_stat) = ("btrfs-search", "serial");
        fill(root);
        same(bulk, by_stat, root);
        same(bulk, by_stat, &root.join("directory"));
        // More entries than an answer has room for.
        fs::create_dir(root.join("broad")).unwrap();
        for number in 0..3000 {
            File::create(root.join(format!("broad/{}-{number}", "long-name".repeat(8)))).unwrap();
        }
        same(bulk, by_stat, root);
        same(bulk, by_stat, &root.join("broad"));
    });
}

#[test]
fn a_tree_search_enters_subvolumes_and_sees_that_a_snapshot_has_none() {
    on("btrfs", |root| {
        run("btrfs --quiet subvolume create", &[&root.join("outer")]);
        fill(&root.join("outer"));
        run("btrfs --quiet subvolume create", &[&root.join("outer/directory/inner")]);
        fill(&root.join("outer/directory/inner"));
        // In the snapshot an empty directory stands where the inner subvolume was.
        run("btrfs --quiet subvolume snapshot", &[&root.join("outer"), &root.join("snapshot")]);
        for below in ["", "outer", "outer/directory", "outer/directory/inner", "snapshot", "snapshot/directory"] {
            same("btrfs-search", "serial", &root.join(below));
        }
        let below = |path: &str| listed(ready("btrfs-search", root).unwrap().as_mut(), root).contains_key(path);
        assert!(below("outer/directory/inner/large") && !below("snapshot/directory/inner/large"));
    });
}

#[test]
fn a_tree_search_is_refused_where_something_is_mounted_below() {
    on("btrfs", |root| {
        let over = root.join("deep/over");
        fs::create_dir_all(&over).unwrap();
        fs::create_dir(root.join("beside")).unwrap();
        run("mount -t tmpfs tmpfs", &[&over]);
        let refused = ready("btrfs-search", root).err();
        let beside = ready("btrfs-search", &root.join("beside")).err();
        run("umount", &[&over]);
        assert!(refused.as_ref().is_some_and(|why| why.contains("deep/over")), "{refused:?}");
        assert_eq!(beside, None);
    });
}

#[test]
fn another_file_system_is_refused_with_the_reason() {
    for (bulk, file_system) in
        [("getdents+bulkstat", "XFS"), ("btrfs-search", "btrfs"), ("raw-ext4", "ext4"), ("raw-ext4/directory", "ext4")]
    {
        match Strategy::by_name(bulk).unwrap().open(Want::Metadata, &Options::default()) {
            Ok(mut run) => {
                let why = run.prepare(Path::new("/proc")).unwrap_err().to_string();
                assert!(why.contains(file_system) && why.contains("another"), "{why}");
                assert!(run.run(Path::new("/proc"), Want::Metadata, &Metas::default()).is_err(), "{bulk}");
            }
            Err(why) => assert!(why.to_string().contains("CAP_SYS_ADMIN"), "{why}"),
        }
    }
}
