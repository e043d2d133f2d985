//! A file that `fsbench report` replaces stays whose it was, with the rights that it had.

use crate::kit::command::{FSBENCH, Ran, Unprivileged, fsbench};
use crate::kit::skip::skip;
use rustix::fs::{CWD, FileType, Mode, XattrFlags, getxattr, mknodat, setxattr};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const OLD: &str = "<!-- fsbench:r -->\nold\n<!-- /fsbench -->\n";
const ACL: &str = "system.posix_acl_access";

struct Desk(TempDir);

impl Desk {
    /// A record, and a text to splice it into.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
        let tree = folder.path().join("tree");
        fs::create_dir(&tree).unwrap();
        fs::write(tree.join("file"), "").unwrap();
        let ran = fsbench(
            &["compare", "--flat", "-s", "getdents/64k", "--rounds", "2", "--calls", "none", "--format"]
                .map(Path::new)
                .into_iter()
                .chain([Path::new("json"), &tree])
                .collect::<Vec<_>>(),
        );
        fs::write(folder.path().join("r.json"), ran.out).unwrap();
        let desk = Self(folder);
        fs::write(desk.at("text.md"), OLD).unwrap();
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn splice_by(&self, mut command: Command, name: &str) -> Ran {
        Ran::of(command.arg("report").arg(self.at("r.json")).arg("--splice").arg(self.at(name)))
    }

    fn splice(&self, name: &str) -> Ran {
        self.splice_by(Command::new(FSBENCH), name)
    }

    fn output(&self, name: &str) -> Ran {
        Ran::of(
            Command::new(FSBENCH)
                .args(["report", "--format", "markdown", "-o"])
                .args([self.at(name), self.at("r.json")]),
        )
    }

    fn is_new(&self, name: &str) -> bool {
        let text = fs::read_to_string(self.at(name)).unwrap();
        text.contains("getdents/64k") && !text.contains("old\n")
    }

    /// Nothing lies about that was not there.
    fn is_tidy(&self) -> bool {
        fs::read_dir(self.0.path())
            .unwrap()
            .all(|entry| !entry.unwrap().file_name().as_encoded_bytes().starts_with(b"."))
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

/// An access control list in which user 4321 may read, and the group nothing.
fn list() -> Vec<u8> {
    let entries = [(1_u16, 6_u16, u32::MAX), (2, 4, 4321), (4, 0, u32::MAX), (0x10, 4, u32::MAX), (0x20, 0, u32::MAX)];
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, rights, id) in entries {
        list.extend([tag.to_le_bytes(), rights.to_le_bytes()].concat());
        list.extend(id.to_le_bytes());
    }
    list
}

#[test]
fn owner_and_group_stay_and_set_id_bits_go_and_it_is_said() {
    if !rustix::process::geteuid().is_root() {
        return skip("owners", "not root");
    }
    let desk = Desk::new();
    let text = desk.at("text.md");
    chown(&text, Some(1234), Some(4321)).unwrap();
    fs::set_permissions(&text, Permissions::from_mode(0o6755)).unwrap();
    let ran = desk.splice("text.md");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(desk.is_new("text.md"));
    let meta = fs::metadata(&text).unwrap();
    assert_eq!((meta.uid(), meta.gid(), meta.mode() & 0o7777), (1234, 4321, 0o755));
    assert!(ran.err.contains("set-user-ID") && ran.err.contains("not kept"), "{}", ran.err);
    assert!(desk.is_tidy());
}

#[test]
fn lists_and_attributes_stay_and_a_folders_default_list_gives_nobody_more() {
    let desk = Desk::new();
    let text = desk.at("text.md");
    if let Err(errno) = setxattr(&text, ACL, &list(), XattrFlags::empty()) {
        return skip("access control lists", errno);
    }
    setxattr(&text, "user.mine", b"1", XattrFlags::empty()).unwrap();
    let plain = desk.at("plain.md");
    fs::write(&plain, OLD).unwrap();
    fs::set_permissions(&plain, Permissions::from_mode(0o640)).unwrap();
    setxattr(desk.0.path(), "system.posix_acl_default", &list(), XattrFlags::empty()).unwrap();
    for name in ["text.md", "plain.md"] {
        let ran = desk.splice(name);
        assert!(ran.code == Some(0) && !ran.err.contains("not kept"), "{name}: {}", ran.err);
        assert!(desk.is_new(name));
    }
    let mut value = [0; 256];
    let length = getxattr(&text, ACL, &mut value).unwrap();
    assert_eq!(value[..length], list());
    assert_eq!(mode(&text), 0o640);
    assert_eq!(getxattr(&text, "user.mine", &mut value), Ok(1));
    assert!(getxattr(&plain, ACL, &mut value).is_err());
    assert_eq!(mode(&plain), 0o640);
}

#[test]
fn all_names_of_a_file_have_the_new_text() {
    let desk = Desk::new();
    fs::hard_link(desk.at("text.md"), desk.at("other.md")).unwrap();
    symlink("text.md", desk.at("link.md")).unwrap();
    assert_eq!(desk.splice("link.md").code, Some(0));
    assert!(desk.is_new("other.md") && desk.is_new("text.md"));
    assert!(fs::symlink_metadata(desk.at("link.md")).unwrap().is_symlink());
    assert_eq!(fs::metadata(desk.at("text.md")).unwrap().nlink(), 2);
    assert!(desk.is_tidy());
}

#[test]
fn a_file_of_another_owner_is_written_to_and_stays_theirs() {
    if !rustix::process::geteuid().is_root() {
        return skip("another owner", "not root");
    }
    let desk = Desk::new();
    let text = desk.at("text.md");
    fs::set_permissions(&text, Permissions::from_mode(0o666)).unwrap();
    let ran = desk.splice_by(Unprivileged::new().command(), "text.md");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(desk.is_new("text.md"));
    assert_eq!((fs::metadata(&text).unwrap().uid(), mode(&text)), (0, 0o666));
    assert!(desk.is_tidy());
}

#[test]
fn what_is_protected_or_no_regular_file_is_refused_at_once_and_stays() {
    let desk = Desk::new();
    fs::set_permissions(desk.at("text.md"), Permissions::from_mode(0o444)).unwrap();
    mknodat(CWD, desk.at("pipe"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    symlink("nothing", desk.at("dangling")).unwrap();
    for (name, why) in [
        ("text.md", "read-only"),
        ("pipe", "not a regular file"),
        ("tree", "not a regular file"),
        ("dangling", "a symbolic link to nothing"),
    ] {
        for ran in [desk.splice(name), desk.output(name)] {
            assert_eq!(ran.code, Some(2), "{name}");
            assert!(ran.err.contains(why), "{name}: {}", ran.err);
        }
    }
    assert_eq!(fs::read_to_string(desk.at("text.md")).unwrap(), OLD);
    assert_eq!(desk.output("new.md").code, Some(0));
    assert!(desk.is_new("new.md") && desk.is_tidy());
}
