//! LS_COLORS, applied to one entry of each kind and to names with endings. Whatever it says, every name is listed
//! whole.

#![no_main]

use fsbench::ls::{self, Asked, Screen};
use libfuzzer_sys::fuzz_target;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::sync::LazyLock;
use tempfile::TempDir;

const NAMES: [&str; 10] =
    ["a.tar.gz", "b.TAR.GZ", "c.tar", "directory", "executable", "link", "orphan", "plain", "setuid", "sticky"];

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let at = |name| folder.path().join(name);
    for file in ["a.tar.gz", "b.TAR.GZ", "c.tar", "executable", "plain", "setuid"] {
        fs::write(at(file), "").unwrap();
    }
    for directory in ["directory", "sticky"] {
        fs::create_dir(at(directory)).unwrap();
    }
    for (name, mode) in [("executable", 0o755), ("setuid", 0o4755), ("sticky", 0o1777)] {
        fs::set_permissions(at(name), Permissions::from_mode(mode)).unwrap();
    }
    symlink("a.tar.gz", at("link")).unwrap();
    symlink("nothing", at("orphan")).unwrap();
    drop(UnixListener::bind(at("socket")).unwrap());
    folder
});

fuzz_target!(|bytes: &[u8]| {
    if bytes.contains(&0) {
        return;
    }
    // SAFETY: a fuzz target has one thread, and nobody else reads the environment meanwhile.
    unsafe { std::env::set_var("LS_COLORS", OsStr::from_bytes(bytes)) };
    let look = ["-1N", "-lN", "-CN"][bytes.len() % 3];
    let arguments = ["--color=always", look].map(OsString::from);
    let screen = Screen { is_terminal: true, columns: Some(80) };
    let Ok(Asked::Listing(options, _)) = ls::parse_arguments(arguments, b"ls", screen, &mut |_| {}) else {
        panic!("the arguments are sound");
    };
    let mut listed = Vec::new();
    let status = ls::list(&options, &[FOLDER.path().into()], b"ls", &mut listed, &mut std::io::sink());
    assert_eq!(status.unwrap(), 0);
    for name in NAMES {
        assert!(listed.windows(name.len()).any(|window| window == name.as_bytes()), "{name}");
    }
});
