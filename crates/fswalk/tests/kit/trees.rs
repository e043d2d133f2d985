//! Trees to walk.

use rustix::fs::{CWD, FileType, Mode, OFlags, mkdirat, mknodat, openat};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, set_permissions};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A folder that is removed in the end, whatever rights and however many levels what is in it has.
pub(crate) struct Tree(TempDir);

impl Tree {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A path in it.
    pub(crate) fn at(&self, below: impl AsRef<Path>) -> PathBuf {
        self.path().join(below)
    }

    /// Makes a directory and those it is in.
    pub(crate) fn dir(&self, below: impl AsRef<Path>) -> PathBuf {
        let path = self.at(below);
        fs::create_dir_all(&path).unwrap();
        path
    }

    /// Makes a file of `bytes` bytes, and the directories that it is in.
    pub(crate) fn file(&self, below: impl AsRef<Path>, bytes: usize) -> PathBuf {
        let path = self.at(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, vec![b'x'; bytes]).unwrap();
        path
    }

    /// Makes a link that says `target`.
    pub(crate) fn link(&self, target: impl AsRef<Path>, below: impl AsRef<Path>) -> PathBuf {
        let path = self.at(below);
        symlink(target, &path).unwrap();
        path
    }

    /// Changes rights.
    pub(crate) fn mode(&self, below: impl AsRef<Path>, mode: u32) {
        set_permissions(self.at(below), PermissionsExt::from_mode(mode)).unwrap();
    }
}

impl Drop for Tree {
    /// By programs that go down any number of levels: what removes a `TempDir` recurses.
    fn drop(&mut self) {
        for (program, arguments) in [("chmod", ["-R", "u+rwx"]), ("rm", ["-rf", "--"])] {
            let mut command = Command::new(program);
            let _ = command.args(arguments).arg(self.0.path()).stderr(Stdio::null()).status();
        }
    }
}

/// A directory with nothing in it.
pub(crate) fn empty() -> Tree {
    Tree::new()
}

/// A directory of `files` files and `dirs` directories, each with a file of a byte; large ones are cut into ranges where the
/// file system allows it. Every tenth file has a byte, too.
pub(crate) fn flat(files: usize, dirs: usize) -> Tree {
    let tree = Tree::new();
    let padding = "x".repeat(20);
    for number in 0..files {
        let file = File::create(tree.at(format!("{number:06}-{padding}"))).unwrap();
        if number % 10 == 0 {
            file.set_len(1).unwrap();
        }
    }
    for number in 0..dirs {
        tree.file(format!("dir-{number}/inside"), 1);
    }
    tree
}

/// A chain of 60 directories, each with a file.
pub(crate) fn deep() -> Tree {
    let tree = Tree::new();
    let mut dir = PathBuf::new();
    for level in 0..60_usize {
        dir.push(level.to_string());
        tree.file(dir.join("file"), level);
    }
    tree
}

/// 100 directories with up to 6 files each, in one.
pub(crate) fn broad() -> Tree {
    let tree = Tree::new();
    for number in 0..100 {
        tree.dir(format!("{number}/in/it"));
        for file in 0..number % 7 {
            tree.file(format!("{number}/{file}"), file);
        }
    }
    tree
}

/// Every kind of link: to a file, to directories, to nothing, to itself, up to a directory that it is in, in chains.
pub(crate) fn links() -> Tree {
    let tree = Tree::new();
    tree.file("real/deep/er/file", 5);
    tree.file("real/file", 7);
    tree.link("real/file", "to a file");
    tree.link("real", "to a directory");
    tree.link("real/deep", "to a deeper directory");
    tree.link("nowhere", "to nothing");
    tree.link("itself", "itself");
    tree.link("there", "back");
    tree.link("back", "there");
    tree.link(".", "to the root");
    tree.link("..", "real/up");
    tree.link("../../..", "real/deep/er/up");
    tree.link("up", "real/deep/er/up by another link");
    tree.link("to a directory", "chain of two");
    tree.link("chain of two", "chain of three");
    tree.link("to nothing", "chain to nothing");
    tree.link("to a file/", "through a file");
    tree.link(tree.path().join("real/deep"), "absolute");
    tree.link("../real", "real/deep/beside");
    tree
}

/// Names of every byte that a name may have, and names that look like something else.
pub(crate) fn names() -> Tree {
    let tree = Tree::new();
    let bytes = (1..=255).filter(|&byte| byte != b'/');
    let special: [&[u8]; 9] =
        [b"..a", b"...", b". ", b"-", b"\xff\xfe\x80", b"new\nline\n", "\u{e4}\u{f6}".as_bytes(), b"a\\b", b"~"];
    let longest = vec![b'n'; 255];
    let singles = bytes.filter(|&byte| byte != b'.').map(|byte| vec![byte]);
    let names = singles.chain(special.iter().map(|name| name.to_vec())).chain([longest]);
    for (number, name) in names.enumerate() {
        let name = OsString::from_vec(name);
        if number % 2 == 0 {
            tree.file(&name, number);
        } else {
            tree.file(Path::new(&name).join(&name), number);
        }
    }
    tree
}

/// A fifo, a socket, a file with a hole, and, for root, devices.
pub(crate) fn special() -> Tree {
    let tree = Tree::new();
    tree.file("file", 3);
    tree.dir("dir");
    let make = |name: &str, kind, device| mknodat(CWD, tree.at(name), kind, Mode::from_raw_mode(0o644), device);
    make("fifo", FileType::Fifo, 0).unwrap();
    tree.link("fifo", "to the fifo");
    drop(UnixListener::bind(tree.at("socket")).unwrap());
    File::create(tree.at("hole")).unwrap().set_len(1 << 40).unwrap();
    let device = make("null", FileType::CharacterDevice, rustix::fs::makedev(1, 3));
    if let Err(why) = device {
        super::skip("a device file", why);
    }
    tree
}

/// Directories of other rights than to read and to search them, which stop an ordinary user.
pub(crate) fn closed() -> Tree {
    let tree = Tree::new();
    for (name, mode) in [("none", 0), ("read", 0o444), ("search", 0o111), ("write", 0o222), ("all", 0o755)] {
        tree.file(format!("{name}/file"), 2);
        tree.file(format!("{name}/dir/file"), 2);
        tree.link("file", format!("{name}/link"));
        tree.link("dir", format!("{name}/to a directory"));
        tree.link(format!("{name}/dir"), format!("into {name}"));
        tree.mode(name, mode);
    }
    tree.file("file of no rights", 1);
    tree.mode("file of no rights", 0);
    tree
}

/// A tree of `2^(levels + 1)` paths and more, of few files, for those who follow links: whoever does not end early has a long
/// way to go.
pub(crate) fn endless(levels: usize) -> Tree {
    let tree = Tree::new();
    for level in 0..levels {
        tree.dir(level.to_string());
        for name in ["a", "b"] {
            tree.link(format!("../{}", level + 1), format!("{level}/{name}"));
        }
    }
    tree.file(format!("{levels}/file"), 1);
    tree
}

/// A chain of `levels` directories, each with a file and, where `beside` says so, one more directory.
pub(crate) fn chain(levels: usize, beside: bool) -> Tree {
    let tree = Tree::new();
    let open = |at: &OwnedFd, name: &str, flags| openat(at.as_fd(), name, flags, Mode::RWXU).unwrap();
    let mut dir = openat(CWD, tree.path(), OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
    for _ in 0..levels {
        open(&dir, "f", OFlags::CREATE | OFlags::WRONLY);
        if beside {
            mkdirat(dir.as_fd(), "b", Mode::RWXU).unwrap();
        }
        mkdirat(dir.as_fd(), "d", Mode::RWXU).unwrap();
        dir = open(&dir, "d", OFlags::RDONLY | OFlags::DIRECTORY);
    }
    tree
}

/// Makes a tree of directories, files and links of a plan.
pub(crate) fn make(at: &Path, nodes: &[Node]) {
    for Node { name, what } in nodes {
        let path = at.join(OsStr::from_bytes(name));
        match what {
            _ if path.symlink_metadata().is_ok() => {}
            What::File(mode) => {
                fs::write(&path, name).unwrap();
                set_permissions(&path, PermissionsExt::from_mode(*mode)).unwrap();
            }
            What::Link(target) => symlink(OsStr::from_bytes(target), &path).unwrap(),
            What::Directory(mode, nodes) => {
                fs::create_dir(&path).unwrap();
                make(&path, nodes);
                set_permissions(&path, PermissionsExt::from_mode(*mode)).unwrap();
            }
        }
    }
}

/// An entry of a plan. One whose name is taken is left out.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Its name.
    pub(crate) name: Vec<u8>,
    /// What it is.
    pub(crate) what: What,
}

/// What an entry of a plan is.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A file with these rights.
    File(u32),
    /// A link that says this.
    Link(Vec<u8>),
    /// A directory with these rights, and what is in it.
    Directory(u32, Vec<Node>),
}
