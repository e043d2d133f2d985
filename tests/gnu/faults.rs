//! On a file system whose answers are errors and lies, ls says what GNU's says.

use super::ls::{check, gnu};
use crate::kit::command::{FSBENCH, Ran};
use crate::kit::faults::{Call, Fault, Faults};
use crate::kit::skip::skip;
use crate::kit::slow::Slow;
use fuser::{Errno, FileType};
use std::process::Command;
use std::time::Duration;

const TREE: Slow = Slow { latency: Duration::ZERO, directories: 4, files: 3 };
const LINES: [&str; 10] = ["", "-l", "-lR", "-R", "-F", "-i", "-lU", "--color=always", "-l d1 f1", "-lL"];

/// Holds the two side by side with each of `faults`.
fn beside_gnus(faults: impl IntoIterator<Item = (Call, fuser::INodeNo, Fault)>) {
    let Some(gnu) = gnu() else { return };
    for (call, about, fault) in faults {
        let folder = tempfile::tempdir().unwrap();
        let _mounted = match TREE.mount_with(Faults::default().with(call, about, fault), folder.path()) {
            Ok(mounted) => mounted,
            Err(why) => return skip("a file system with faults against GNU's", why),
        };
        check(&gnu, folder.path(), &LINES.map(|line| (line.split_whitespace().collect(), vec![("LC_ALL", "C")])));
    }
}

#[test]
fn errors_of_a_directory_are_told_as_gnus_tells_them() {
    for errno in [Errno::EIO, Errno::EACCES, Errno::ELOOP, Errno::ENOMEM, Errno::ESTALE, Errno::ENOTCONN] {
        let (root, inner) = (TREE.directory(0), TREE.directory(2));
        beside_gnus([
            (Call::Opendir, inner, Fault::Error(errno)),
            (Call::Opendir, root, Fault::Error(errno)),
            (Call::Readdir, inner, Fault::Error(errno)),
            (Call::Readdir, root, Fault::Breaks(3, errno)),
        ]);
    }
}

#[test]
fn errors_of_an_entry_are_told_as_gnus_tells_them() {
    for errno in [Errno::EIO, Errno::EACCES, Errno::ENOENT, Errno::ELOOP, Errno::ESTALE, Errno::ETIMEDOUT] {
        let file = TREE.file(0, 1);
        beside_gnus([
            (Call::Lookup, file, Fault::Error(errno)),
            (Call::Getattr, file, Fault::Error(errno)),
            (Call::Readlink, file, Fault::Error(errno)),
            (Call::Lookup, TREE.directory(1), Fault::Error(errno)),
        ]);
    }
}

#[test]
fn lies_and_repetitions_are_listed_as_gnus_lists_them() {
    beside_gnus([
        (Call::Readdir, TREE.directory(0), Fault::Twice),
        (Call::Readdir, TREE.directory(2), Fault::Short(1)),
        (Call::Entry, TREE.file(0, 1), Fault::Type(FileType::Directory)),
        (Call::Entry, TREE.file(0, 1), Fault::Type(FileType::Symlink)),
        (Call::Entry, TREE.directory(2), Fault::Type(FileType::RegularFile)),
        (Call::Entry, TREE.directory(2), Fault::Type(FileType::Symlink)),
    ]);
}

#[test]
fn an_entry_with_inode_number_0_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let none = Faults::default().with(Call::Entry, TREE.file(0, 1), Fault::NoInode);
    let _mounted = match TREE.mount_with(none, folder.path()) {
        Ok(mounted) => mounted,
        Err(why) => return skip("an entry with inode number 0", why),
    };
    for arguments in [&["ls"][..], &["ls", "-U"]] {
        let listed = Ran::of(Command::new(FSBENCH).args(arguments).arg(folder.path()));
        assert_eq!((listed.code, &*listed.out), (Some(0), "d1\nd2\nd3\nf0\nf1\nf2\n"), "{}", listed.err);
    }
}

#[test]
fn attributes_that_cannot_be_listed_are_told_and_cost_nothing_else() {
    let file = TREE.file(0, 1);
    for (errno, said) in
        [(Errno::EACCES, ""), (Errno::EIO, "Input/output error"), (Errno::ENOMEM, "Cannot allocate memory")]
    {
        let folder = tempfile::tempdir().unwrap();
        let faults = Faults::default().with(Call::Xattr, file, Fault::Error(errno));
        let _mounted = match TREE.mount_with(faults, folder.path()) {
            Ok(mounted) => mounted,
            Err(why) => return skip("attributes that cannot be listed", why),
        };
        let listed = Ran::of(Command::new(FSBENCH).args(["ls", "-l"]).arg(folder.path()));
        let about = format!("ls: {}: {said}\n", folder.path().join("f1").display());
        assert_eq!((listed.code, listed.err), (Some(0), if said.is_empty() { String::new() } else { about }));
        let marks: Vec<(&str, char)> = listed
            .out
            .lines()
            .filter_map(|line| Some((line.rsplit(' ').next()?, line.chars().nth(10)?)))
            .filter(|(name, _)| name.starts_with(['d', 'f']))
            .collect();
        let mark = if said.is_empty() { '?' } else { ' ' };
        let expected = [("d1", ' '), ("d2", ' '), ("d3", ' '), ("f0", ' '), ("f1", mark), ("f2", ' ')];
        assert_eq!(marks, expected, "{errno:?}: {}", listed.out);
    }
}
