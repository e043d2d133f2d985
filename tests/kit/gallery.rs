//! A directory with every kind of file, every kind of name, and what cannot be read.

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, Timespec, Timestamps, XattrFlags, makedev, mknodat, setxattr, utimensat,
};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Names that somebody has trouble with: a shell, a terminal, a locale, a sort.
const NAMES: &[&[u8]] = &[
    b"a",
    b"B",
    b"A",
    b"b.txt",
    b"c.TXT",
    b".hidden",
    b".hid~",
    b"back~",
    b"sp ace",
    b"it's",
    b"\"dq\"",
    b"a\"b'c",
    b"new\nline",
    b"tab\there",
    b"\x01ctl",
    b"esc\x1b[31m",
    b"z\x7f",
    b"\xff\xfeinvalid",
    b"half\xe6\x97",
    b"\x80",
    "äö".as_bytes(),
    "Ä".as_bytes(),
    "日本".as_bytes(),
    "e\u{301}".as_bytes(),
    "\u{202e} rtl".as_bytes(),
    "\u{a0}nbsp".as_bytes(),
    "\u{2019}quote".as_bytes(),
    "\u{1f600}".as_bytes(),
    "zero\u{200b}w".as_bytes(),
    "\u{85}nel".as_bytes(),
    b"-dash",
    b"--help",
    b"#hash",
    b"~tilde",
    b"{",
    b"}",
    b"a{b",
    b"st*r",
    b"q?",
    b"$dollar",
    b"back\\slash",
    b"back`tick",
    b"semi;",
    b"pipe|",
    b"eq=",
    b"at@",
    b"gt>",
    b"<lt",
    b"&amp",
    b"(p)",
    b"!bang",
    b"[br]",
    b"^c",
    b"colon:x",
    b"100%",
    b"a,b",
    b"_u",
    b"ab",
    b"a b",
    b"a-b",
    b"aB",
    b"a01",
    b"a1",
    b"foo-1.2.tar.gz",
    b"foo-1.10.tar.gz",
    b"foo-1.9.tar.gz",
    b"img1.png",
    b"img10.png",
    b"img2.png",
    b"file.c",
    b"file.h",
];

/// The directory; it goes when this is dropped.
pub(crate) struct Gallery {
    path: PathBuf,
    /// Goes last.
    folder: TempDir,
}

impl Gallery {
    /// Makes it. What only root may make is left out for others.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // One further down: what is beside it, `..` shows too.
        fs::create_dir(folder.path().join("gallery")).unwrap();
        let this = Self { path: folder.path().join("gallery"), folder };
        let dir = this.path();
        for (name, number) in NAMES.iter().zip(0_u64..) {
            let path = dir.join(OsStr::from_bytes(name));
            fs::write(&path, vec![b'x'; (number * number * 37 % 5000) as usize]).unwrap();
            set_time(&path, 1_700_000_000 - number as i64 * 86_400 * 11, 123_456_789);
        }
        fs::write(dir.join("x".repeat(255)), "").unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
        for (name, seconds) in
            [("epoch", 0), ("before", -86_400 * 7000 - 1), ("future", now + 86_400 * 30), ("recent", now)]
        {
            fs::write(dir.join(name), "").unwrap();
            set_time(&dir.join(name), seconds, 0);
        }
        for (name, mode) in
            [("exe", 0o755), ("suid", 0o4755), ("sgid", 0o2755), ("Suid", 0o4644), ("Sgid", 0o2644), ("none", 0)]
        {
            fs::write(dir.join(name), "#!/bin/sh\n").unwrap();
            fs::set_permissions(dir.join(name), PermissionsExt::from_mode(mode)).unwrap();
        }
        File::create(dir.join("sparse")).unwrap().set_len(5 << 40).unwrap();
        File::create(dir.join("nearly1M")).unwrap().set_len((1 << 20) - 1).unwrap();
        fs::hard_link(dir.join("a"), dir.join("hard1")).unwrap();
        this.directories();
        this.links();
        this.special();
        this.settle(now);
        this
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn directories(&self) {
        for (name, mode) in [
            ("dir", 0o755),
            ("sticky", 0o1755),
            ("ow", 0o777),
            ("tw", 0o1777),
            ("noread", 0),
            ("noexec", 0o744),
            ("T", 0o1644),
        ] {
            let path = self.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::write(path.join("in"), "").unwrap();
            fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        }
        let deep = self.path().join("deep");
        fs::create_dir_all(deep.join("er/est/.h")).unwrap();
        fs::create_dir(deep.join("empty")).unwrap();
        fs::write(deep.join("er/est/f"), "").unwrap();
        fs::write(deep.join("z y"), "").unwrap();
        symlink("..", deep.join("up")).unwrap();
    }

    /// Looking at links and directories moves their times of access, unless these lie ahead.
    fn settle(&self, now: i64) {
        let ahead = |path: &Path| {
            let time = |tv_sec| Timespec { tv_sec, tv_nsec: 0 };
            let times = Timestamps { last_access: time(now + 7200), last_modification: time(now - 7200) };
            let _ = utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW);
        };
        for below in ["", "deep", "deep/er", "deep/er/est", "deep/er/est/.h"] {
            for entry in fs::read_dir(self.path().join(below)).unwrap() {
                let entry = entry.unwrap();
                if !entry.file_type().unwrap().is_file() {
                    ahead(&entry.path());
                }
            }
        }
        ahead(self.path());
        ahead(self.folder.path());
    }

    fn links(&self) {
        for (target, name) in [
            ("a", "ln"),
            ("nowhere", "broken"),
            ("dir", "lndir"),
            ("loop", "loop"),
            ("exe", "lnexe"),
            ("sp ace", "ln sp"),
            ("/nonexist/x y", "abs"),
            ("new\nline", "lnnl"),
        ] {
            symlink(target, self.path().join(name)).unwrap();
        }
    }

    fn special(&self) {
        let at = |name: &str| self.path().join(name);
        drop(UnixListener::bind(at("sock")).unwrap());
        let make = |name, kind, device| mknodat(CWD, at(name), kind, Mode::from_raw_mode(0o644), device);
        make("fifo", FileType::Fifo, 0).unwrap();
        // An access list that is more than a mode: version 2, five entries of tag, permissions, ID.
        let entries: [(u16, u16, u32); 5] =
            [(1, 6, u32::MAX), (2, 4, 1), (4, 4, u32::MAX), (16, 4, u32::MAX), (32, 4, u32::MAX)];
        let mut list = 2_u32.to_le_bytes().to_vec();
        for (tag, permissions, id) in entries {
            list.extend(tag.to_le_bytes());
            list.extend(permissions.to_le_bytes());
            list.extend(id.to_le_bytes());
        }
        for (name, key) in [("file.c", "system.posix_acl_access"), ("deep", "system.posix_acl_default")] {
            if let Err(why) = setxattr(at(name), key, &list, XattrFlags::empty()) {
                super::skip::skip("access control lists", why);
            }
        }
        if rustix::process::geteuid().is_root() {
            for (name, kind, major, minor) in [
                ("blk", FileType::BlockDevice, 7, 200),
                ("chr", FileType::CharacterDevice, 1, 3),
                ("big", FileType::CharacterDevice, 300, 70_000),
            ] {
                if let Err(why) = make(name, kind, makedev(major, minor)) {
                    super::skip::skip("device files", why);
                }
            }
            let _ = chown(at("b.txt"), Some(12_345), Some(54_321));
            let _ = chown(at("img1.png"), Some(1), Some(1));
        }
    }
}

impl Drop for Gallery {
    fn drop(&mut self) {
        // Without these nobody but root could remove what is in them.
        for name in ["noread", "noexec", "T"] {
            let _ = fs::set_permissions(self.path().join(name), PermissionsExt::from_mode(0o755));
        }
    }
}

fn set_time(path: &PathBuf, seconds: i64, nanos: i64) {
    let time = Timespec { tv_sec: seconds, tv_nsec: nanos };
    let times = Timestamps { last_access: Timespec { tv_sec: seconds / 2, tv_nsec: 0 }, last_modification: time };
    utimensat(CWD, path, &times, AtFlags::empty()).unwrap();
}
