//! ext4 read from its block device: every feature that it can have is read exactly, or refused by name; and whatever the bytes
//! of an image, reading them ends, without a panic and in little memory.

mod kit;

use fsbench::error::Error;
use fsbench::list::digest::Digests;
use fsbench::list::raw_ext4::Root;
use fsbench::list::tally::Tallies;
use fsbench::list::{Options, Projection, Want};
use fsbench::measure::oracle;
use fsbench::raw::Image;
use fsbench::raw::ext4::FileSystem;
use fsbench::strategy::{Level, Strategy};
use fsbench::tree::{self, Shape, Spec};
use fsbench::walk::Run;
use fsbench::walk::raw_ext4::walk;
use kit::image::Mounted;
use kit::skip::skip;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustix::fs::{AtFlags, CWD, FileType, Mode, Timespec, Timestamps, chownat, mknodat, utimensat};
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;

const ROWS: [&str; 3] = ["raw-ext4", "raw-ext4/threads", "raw-ext4/directory"];

/// What mke2fs is asked for.
const FEATURES: &[&str] = &[
    "-b 1024",
    "-b 2048",
    "-b 4096",
    "-b 1024 -I 128",
    "-b 4096 -I 128",
    "-b 4096 -I 1024 -O inline_data",
    "-b 1024 -O inline_data",
    "-b 4096 -O inline_data",
    "-b 4096 -O ^dir_index",
    "-b 1024 -O ^extent,^64bit,^flex_bg",
    "-b 4096 -O ^extent,^64bit",
    "-b 4096 -O ^flex_bg,^metadata_csum",
    "-b 1024 -O meta_bg,^resize_inode",
    "-b 4096 -O sparse_super2,meta_bg,64bit,^resize_inode",
    "-b 1024 -O ^filetype,large_dir",
    "-b 4096 -O bigalloc",
    "-b 4096 -O ^has_journal,^huge_file,^dir_nlink,^extra_isize",
    "-b 1024 -g 256 -O mmp",
];

fn ready(name: &str, want: Want, root: &Path) -> Result<Box<dyn Run>, String> {
    let options = Options { threads: 3, ..Options::default() };
    let mut run = Strategy::by_name(name).unwrap().open(want, &options).unwrap();
    run.prepare(root).map_err(|why| why.to_string())?;
    Ok(run)
}

/// Holds the rows against the oracle, whatever is asked; `change` comes between a row's preparation and its listing.
fn hold_after(root: &Path, what: &str, mut change: impl FnMut()) {
    for row in ROWS {
        let level = Strategy::by_name(row).unwrap().level();
        for want in Want::ALL {
            let mut run = ready(row, want, root).unwrap_or_else(|why| panic!("{what}: {row}: {why}"));
            change();
            let question = (want, Projection::Whole);
            let truths = oracle::ask(root, level, &[question], || Ok::<(), Error>(())).unwrap();
            let truth = truths.get(question).unwrap();
            let sinks = Digests::new(want, Projection::Whole);
            run.run(root, want, &sinks).unwrap();
            let (digest, seen) = sinks.into_seen();
            let what = format!("{what}: {row}, {want}, below {}", root.display());
            assert!(seen.errors.is_empty(), "{what}: {:?}", seen.errors);
            assert_eq!(seen.tally.only(want).difference(&truth.tally), None, "{what}");
            assert_eq!(digest, truth.digest, "{what}");
            assert!(level == Level::Directory || seen.tally.entries > 0, "{what}");
        }
    }
}

fn hold(root: &Path, what: &str) {
    hold_after(root, what, || ());
}

/// Everything that a directory can hold and an inode can say.
fn fill(root: &Path) {
    fs::create_dir_all(root.join("many/deep/deeper")).unwrap();
    (0..1500).for_each(|number| drop(File::create(root.join(format!("many/file-{number:05}.dat"))).unwrap()));
    // Half of them go, and leave holes behind.
    (0..1500).step_by(2).for_each(|number| fs::remove_file(root.join(format!("many/file-{number:05}.dat"))).unwrap());
    fs::rename(root.join("many/file-00001.dat"), root.join("many/deep/renamed")).unwrap();
    for number in 0..60 {
        let dir = root.join(format!("small/{number}"));
        fs::create_dir_all(&dir).unwrap();
        for size in 0..number % 7 {
            File::create(dir.join(format!("n{size}"))).unwrap().write_all(&vec![b'y'; size * 40]).unwrap();
        }
    }
    File::create(root.join("large")).unwrap().write_all(&vec![b'x'; 700_000]).unwrap();
    File::create(root.join("sparse")).unwrap().set_len(5 << 30).unwrap();
    fs::hard_link(root.join("large"), root.join("many/again")).unwrap();
    symlink("a".repeat(50), root.join("short")).unwrap();
    symlink("b".repeat(900), root.join("long")).unwrap();
    for (name, kind, dev) in [
        ("character", FileType::CharacterDevice, rustix::fs::makedev(259, 70_000)),
        ("block", FileType::BlockDevice, rustix::fs::makedev(7, 200)),
        ("fifo", FileType::Fifo, 0),
        ("socket", FileType::Socket, 0),
    ] {
        mknodat(CWD, root.join(name), kind, Mode::RUSR, dev).unwrap();
    }
    let (owner, group) = (rustix::process::Uid::from_raw(70_000), rustix::process::Gid::from_raw(1 << 20));
    chownat(CWD, root.join("fifo"), Some(owner), Some(group), AtFlags::empty()).unwrap();
    for (name, tv_sec) in [("fifo", -5_000_000), ("block", 5_000_000_000)] {
        let time = Timespec { tv_sec, tv_nsec: 123_456_789 };
        let times = Timestamps { last_access: time, last_modification: time };
        utimensat(CWD, root.join(name), &times, AtFlags::empty()).unwrap();
    }
    for name in ["é".repeat(120), "a b\n".to_owned(), "-".to_owned(), "...".to_owned(), "x".repeat(255)] {
        File::create(root.join(name)).unwrap();
    }
}

#[test]
fn every_feature_is_read_as_the_oracle_reads_it() {
    for features in FEATURES {
        let options: Vec<&str> = ["-N", "8000"].into_iter().chain(features.split(' ')).collect();
        let mounted = match Mounted::with("ext4", &options, 96 << 20) {
            Ok(mounted) => mounted,
            Err(why) => {
                skip(&format!("ext4 read from its device, {features}"), why);
                continue;
            }
        };
        fill(&mounted.root());
        hold(&mounted.root(), features);
        hold(&mounted.root().join("many"), features);
        hold(&mounted.root().join("small/6"), features);
        hold(&mounted.root().join("small/.."), features);
    }
}

#[test]
fn every_standard_shape_is_read_as_the_oracle_reads_it() {
    let mounted = match Mounted::new("ext4") {
        Ok(mounted) => mounted,
        Err(why) => return skip("standard shapes read from the device", why),
    };
    for shape in Shape::ALL {
        let root = mounted.root().join(shape.to_string());
        let spec = Spec { shape, entries: 3000, seed: 11 };
        tree::generate(&root, &spec, &|_| (), &AtomicBool::new(false)).unwrap();
        if fs::read_dir(&root).unwrap().next().is_some() {
            hold(&root, &shape.to_string());
        }
    }
}

#[test]
fn names_and_modes_are_seen_as_they_are_without_another_sync() {
    let mounted = match Mounted::new("ext4") {
        Ok(mounted) => mounted,
        Err(why) => return skip("changes read from the device", why),
    };
    let root = mounted.root();
    fill(&root);
    let mut number = 0;
    hold_after(&root, "after changes", || {
        number += 1;
        fs::rename(root.join("short"), root.join("other")).unwrap();
        fs::rename(root.join("other"), root.join("short")).unwrap();
        fs::set_permissions(root.join("large"), Permissions::from_mode(0o600 + number)).unwrap();
        fs::create_dir(root.join(format!("new-{number}"))).unwrap();
        let _ = fs::remove_dir(root.join(format!("new-{}", number - 1)));
        let _ = fs::remove_file(root.join(format!("many/file-{:05}.dat", 2 * number + 1)));
    });
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    match Mounted::with("ext4", &["-O", "encrypt"], 16 << 20) {
        Ok(mounted) => {
            let why = ready("raw-ext4", Want::Kinds, &mounted.root()).err().unwrap();
            assert!(why.contains("the feature encrypt"), "{why}");
        }
        Err(why) => skip("a file system with encryption", why),
    }
    match Mounted::new("ext4") {
        Ok(mounted) => {
            fs::create_dir_all(mounted.root().join("deep/over")).unwrap();
            let over = mounted.root().join("deep/over");
            let _mount = kit::mount::Mount::new(&["-t", "tmpfs", "tmpfs"], &over).unwrap();
            let why = |row, root: &Path| ready(row, Want::Kinds, root).err();
            assert!(why("raw-ext4", &mounted.root()).unwrap().contains("deep/over"));
            assert!(why("raw-ext4/directory", &mounted.root().join("deep")).unwrap().contains("deep/over"));
            assert_eq!(why("raw-ext4/directory", &mounted.root()), None);
            assert!(why("raw-ext4", &over).unwrap().contains("another file system"));
        }
        Err(why) => skip("a mount below", why),
    }
}

#[test]
fn no_default_and_nothing_that_ls_takes_reads_from_a_device() {
    for row in ROWS {
        let strategy = Strategy::by_name(row).unwrap();
        assert!(strategy.factors(Want::Metadata).is_below_system_calls());
        assert!(Strategy::combinations().all(|other| !other.name().contains("raw-ext4")));
    }
    let ran = kit::command::fsbench(&["ls", "--strategy", "raw-ext4/directory", "/"]);
    assert_ne!(ran.code, Some(0));
    assert!(ran.err.contains("cannot deliver this listing") && !ran.err.contains(", raw-ext4"), "{}", ran.err);
}

/// A small image with a tree in it, without a mount; or why there is none.
fn image(options: &str) -> Result<Vec<u8>, String> {
    let folder = tempfile::tempdir().unwrap();
    let (tree, image) = (folder.path().join("tree"), folder.path().join("image"));
    fs::create_dir_all(tree.join("a/b/c")).unwrap();
    for number in 0..120 {
        File::create(tree.join(format!("a/a-name-of-some-length-{number}"))).unwrap();
    }
    for name in ["a/b/x", "a/b/c/y", "z"] {
        fs::write(tree.join(name), name).unwrap();
    }
    symlink("z", tree.join("link")).unwrap();
    let mut command = Command::new("mke2fs");
    command.args(["-q", "-t", "ext4", "-N", "256"]).args(options.split(' ')).arg("-d").args([&tree, &image]).arg("1M");
    let output = command.output().map_err(|error| format!("mke2fs: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(fs::read(&image).unwrap())
}

/// Walks an image from its root directory; how many entries and errors there are, if it is taken for a file system.
fn walked(bytes: Vec<u8>, want: Want) -> Option<(u64, u64)> {
    let image = Image(bytes);
    let file_system = FileSystem::open(&image).ok()?;
    let tallies = Tallies::default();
    let root = Root { ino: 2, dev: 1 };
    let outcome = walk(&file_system, &image, root, Path::new("root"), want, 1, &tallies);
    let seen = tallies.into_seen().tally;
    Some((seen.entries, seen.errors + u64::from(outcome.is_err())))
}

const SMALL: [&str; 4] = [
    "-b 1024 -O ^has_journal",
    "-b 1024 -O ^has_journal,^extent,^64bit",
    "-b 1024 -O ^has_journal,inline_data",
    "-b 4096 -O ^has_journal",
];

#[test]
fn whatever_the_bytes_reading_them_ends() {
    for options in SMALL {
        let whole = match image(options) {
            Ok(whole) => whole,
            Err(why) => {
                skip(&format!("damaged images, {options}"), why);
                continue;
            }
        };
        // lost+found, and the tree.
        assert_eq!(walked(whole.clone(), Want::Metadata), Some((128, 0)), "{options}");
        let used: Vec<usize> = (0..whole.len()).filter(|&at| whole[at] != 0).collect();
        let mut opened = 0;
        for seed in 0..600 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut changed = whole.clone();
            for _ in 0..random.random_range(1..12) {
                let at = used[random.random_range(0..used.len())];
                match random.random_range(0..4) {
                    0 => changed[at] ^= 1 << random.random_range(0..8),
                    1 => changed[at] = random.random(),
                    // A structure in the place of another.
                    2 => {
                        let from = used[random.random_range(0..used.len())] & !63;
                        let piece: [u8; 64] = changed[from..from + 64].try_into().unwrap();
                        changed[at & !63..(at & !63) + 64].copy_from_slice(&piece);
                    }
                    _ => changed[at & !3..(at & !3) + 4].fill(random.random_range(0..2) * 0xff),
                }
            }
            if random.random_range(0..8) == 0 {
                changed.truncate(random.random_range(0..changed.len()));
            }
            for want in [Want::Kinds, Want::Metadata] {
                if let Some((entries, _)) = walked(changed.clone(), want) {
                    opened += 1;
                    // Each block is read once at most.
                    assert!(entries <= whole.len() as u64 / 12 + 256 * 20, "{options}, seed {seed}: {entries} entries");
                }
            }
        }
        assert!(opened > 300, "most must be read, or nothing is tested: {opened}");
    }
}

/// The byte in an image at which the entry of that name begins.
fn entry(bytes: &[u8], name: &[u8]) -> usize {
    let is_it = |window: &[u8]| window[6] as usize == name.len() && &window[8..] == name;
    bytes.windows(8 + name.len()).position(is_it).unwrap()
}

#[test]
fn a_directory_that_contains_itself_is_an_error_and_no_endless_walk() {
    let Ok(mut bytes) = image(SMALL[0]) else { return skip("a loop of directories", "mke2fs cannot make one") };
    let (a, c) = (entry(&bytes, b"a"), entry(&bytes, b"c"));
    let ino: [u8; 4] = bytes[a..a + 4].try_into().unwrap();
    bytes[c..c + 4].copy_from_slice(&ino);
    // One entry less, that of the directory which nobody names any more.
    assert_eq!(walked(bytes, Want::Kinds), Some((127, 1)));
}

#[test]
fn a_block_that_makes_no_sense_costs_what_is_in_it_and_is_said() {
    let Ok(mut bytes) = image(SMALL[0]) else { return skip("a damaged block", "mke2fs cannot make one") };
    let x = entry(&bytes, b"x");
    bytes[x + 4..x + 6].copy_from_slice(&7_u16.to_le_bytes());
    let (entries, errors) = walked(bytes, Want::Metadata).unwrap();
    assert!(errors == 1 && (125..128).contains(&entries), "{entries} entries, {errors} errors");
}
