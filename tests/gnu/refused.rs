//! What `ls` shows where the kernel, a filter or a file system keeps something to itself, and of owners whose names are no text.

use crate::kit::command::FSBENCH;
use crate::kit::filter::{Refusal, can_refuse, refusing};
use crate::kit::gallery::Gallery;
use crate::kit::gnu::Gnu;
use crate::kit::locales::locale;
use crate::kit::skip::skip;
use rustix::fs::{XattrFlags, setxattr};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

/// Standard output and standard error, escaped, and the exit status.
fn left(command: &mut Command, words: &str, dir: &Path) -> (String, String, Option<i32>) {
    let output = command.args(words.split(' ')).current_dir(dir).output().unwrap();
    (output.stdout.escape_ascii().to_string(), output.stderr.escape_ascii().to_string(), output.status.code())
}

#[test]
fn without_statx_it_asks_as_before_statx_was() {
    let refusals = [Refusal::of(libc::SYS_statx, libc::ENOSYS)];
    if let Err(why) = can_refuse(&refusals) {
        return skip("ls without statx", why);
    }
    let gallery = Gallery::new();
    // Whatever is asked of an entry but its birth, which statx alone knows.
    for words in [
        "-la .",
        "-lRL .",
        "-F .",
        "--color=always .",
        "-ais .",
        "-lHd link dangling .",
        "-lc --time=atime .",
        "--hyperlink=always .",
        "-Rgo --full-time --author .",
    ] {
        let with = left(Command::new(FSBENCH).arg("ls").env("LC_ALL", "C"), words, gallery.path());
        let without = left(refusing(&refusals, FSBENCH).arg("ls").env("LC_ALL", "C"), words, gallery.path());
        assert_eq!(without, with, "ls {words}");
    }
    let born = left(refusing(&refusals, FSBENCH).args(["ls", "-l", "--time=birth"]), "file.c", gallery.path());
    assert!(born.0.contains("? file.c") && born.2 == Some(0), "{born:?}");
}

#[test]
fn a_question_mark_stands_where_attributes_are_kept_back() {
    let folder = tempfile::tempdir().unwrap();
    File::create(folder.path().join("f")).unwrap();
    let every = |errno| {
        let calls = [libc::SYS_listxattr, libc::SYS_llistxattr, libc::SYS_getxattr, libc::SYS_lgetxattr, 464, 465];
        calls.map(|call| Refusal::of(call, errno))
    };
    if let Err(why) = can_refuse(&every(libc::EACCES)) {
        return skip("ls where attributes are kept back", why);
    }
    let listed = |errno, words: &str| left(refusing(&every(errno), FSBENCH).arg("ls"), words, folder.path());
    for words in ["-l f", "-l ."] {
        let kept_back = listed(libc::EACCES, words);
        assert!(kept_back.0.contains("-rw-r--r--? 1 "), "{kept_back:?}");
        assert_eq!((kept_back.1.as_str(), kept_back.2), ("", Some(0)));
        // A file system that has none keeps nothing back.
        let none = listed(libc::EOPNOTSUPP, words);
        assert!(none.0.contains("-rw-r--r-- 1 "), "{none:?}");
        assert_eq!((none.1.as_str(), none.2), ("", Some(0)));
        // What is wrong with the file system is said, and leaves the status alone.
        let broken = listed(libc::EIO, words);
        assert!(broken.0.contains("-rw-r--r-- 1 "), "{broken:?}");
        assert!(broken.1.contains("f: Input/output error"), "{broken:?}");
        assert_eq!(broken.2, Some(0));
    }
}

#[test]
fn a_label_is_marked_whether_its_file_is_named_or_found() {
    let folder = tempfile::tempdir().unwrap();
    File::create(folder.path().join("f")).unwrap();
    if let Err(why) = setxattr(folder.path().join("f"), "security.selinux", b"a:b:c\0", XattrFlags::empty()) {
        return skip("marks of labels", why);
    }
    let ls = |words: &str| left(Command::new(FSBENCH).arg("ls"), words, folder.path());
    for words in ["-l f", "-l .", "-ld f", "-lU ."] {
        assert!(ls(words).0.contains("-rw-r--r--. 1 "), "ls {words}: {}", ls(words).0);
    }
    assert_eq!((ls("-Z f").0.as_str(), ls("-Z .").0.as_str()), ("a:b:c f\\n", "a:b:c f\\n"));
}

#[test]
fn owners_names_are_bytes() {
    let here = tempfile::tempdir().unwrap();
    let owners: [(u32, &[u8]); 4] = [
        (70_001, b"J\xf6rg"),
        (70_002, "J\u{f6}rg".as_bytes()),
        (70_003, b""),
        (70_004, "\u{540d}\u{524d}".as_bytes()),
    ];
    for (id, _) in owners {
        let path = here.path().join(id.to_string());
        File::create(&path).unwrap();
        if let Err(why) = chown(&path, Some(id), Some(id)) {
            return skip("owners' names", why);
        }
    }
    let known = tempfile::tempdir().unwrap();
    let lines = |rest: &str| {
        let line = |(id, name): (u32, &[u8])| [name, format!(":x:{id}{rest}\n").as_bytes()].concat();
        owners.map(line).concat()
    };
    fs::write(known.path().join("passwd"), lines(":1::/:/bin/sh")).unwrap();
    fs::write(known.path().join("group"), lines(":")).unwrap();
    // Only for these programs: in a mount namespace of its own.
    let among = |program: &dyn AsRef<OsStr>| {
        let script =
            "mount --bind \"$0/passwd\" /etc/passwd && mount --bind \"$0/group\" /etc/group || exit 125; exec \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script]).arg(known.path()).arg(program);
        command
    };
    if !among(&"true").status().is_ok_and(|status| status.success()) {
        return skip("owners' names", "no mount namespace");
    }
    let ours = |environment: &[(String, String)], words: &str| {
        left(among(&FSBENCH).arg("ls").envs(environment.iter().cloned()), words, here.path())
    };
    let in_c = [("LC_ALL".to_owned(), "C".to_owned())];
    let in_utf8 = [("LC_ALL".to_owned(), "C.UTF-8".to_owned())];
    // A name that has no width is as wide as it is; one that has none at all is told by its number.
    let fields = |left: (String, String, Option<i32>)| -> Vec<String> {
        left.0.split("\\n").filter_map(|line| Some(line.split_once(" 1 ")?.1.split_once(" 0 ")?.0.to_owned())).collect()
    };
    assert_eq!(fields(ours(&in_c, "-g .")), ["J\\xf6rg", "J\\xc3\\xb6rg", "70003", "\\xe5\\x90\\x8d\\xe5\\x89\\x8d"]);
    assert_eq!(
        fields(ours(&in_utf8, "-g .")),
        ["J\\xf6rg", "J\\xc3\\xb6rg ", "70003", "\\xe5\\x90\\x8d\\xe5\\x89\\x8d "]
    );
    let Ok(gnu) = Gnu::find() else { return skip("owners' names beside GNU's", "there is none") };
    // Before, a name that is no text was as wide as its bytes.
    let words = if gnu.version < (9, 5) { "-l 70002 70003 70004" } else { "-l 70001 70002 70003 70004" };
    for environment in [in_utf8.to_vec(), locale("ja_JP", "UTF-8").unwrap_or_default()] {
        for also in ["", "G", "g", "n", "Z", "s"] {
            let words = words.replacen("-l", &format!("-l{also}"), 1);
            let gnus = left(among(&"ls").envs(environment.clone()), &words, here.path());
            assert_eq!(ours(&environment, &words), gnus, "ls {words} {environment:?}");
        }
    }
}
