//! `fsbench gen` from outside: what it makes, what it notices, what it leaves alone.

use crate::kit::command::{FSBENCH, Ran, Unprivileged};
use crate::kit::skip::skip;
use crate::kit::strace::Strace;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

fn r#gen(arguments: &[&str], dir: &Path) -> Ran {
    Ran::of(Command::new(FSBENCH).arg("gen").args(arguments).arg(dir))
}

fn verify(dir: &Path) -> Ran {
    r#gen(&["--verify"], dir)
}

fn remove(dir: &Path) -> Ran {
    r#gen(&["--remove"], dir)
}

/// A tree in a folder of its own.
fn tree(shape: &str, entries: u32) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tree");
    let made = r#gen(&[shape, "--seed", "7", "--entries", &entries.to_string()], &root);
    assert_eq!(made.code, Some(0), "{}", made.err);
    (folder, root)
}

fn names_in(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_shape_is_made_verified_and_removed() {
    for shape in ["flat", "wide", "deep", "source", "modules", "mail", "mixed", "empty"] {
        let (folder, root) = tree(shape, 700);
        assert_eq!(names_in(folder.path()), ["tree", "tree.fsbench.json"], "{shape}");
        let verified = verify(&root);
        assert_eq!(verified.code, Some(0), "{shape}: {}", verified.out);
        assert!(verified.out.contains("as it was made"), "{shape}: {}", verified.out);
        let removed = remove(&root);
        assert_eq!(removed.code, Some(0), "{shape}: {}{}", removed.out, removed.err);
        assert!(names_in(folder.path()).is_empty(), "{shape}");
    }
}

#[test]
fn a_flat_trees_names_are_numbered() {
    let (_folder, root) = tree("flat", 3);
    assert_eq!(names_in(&root), ["file-00000000.dat", "file-00000001.dat", "file-00000002.dat"]);
}

#[test]
fn the_same_seed_makes_the_same_tree_and_another_another() {
    let manifest = |root: &Path| {
        let text = fs::read_to_string(root.with_extension("fsbench.json")).unwrap();
        let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        // Which directory it is for is all that differs.
        assert!(manifest.as_object_mut().unwrap().remove("identity").is_some());
        manifest
    };
    let (folder, root) = tree("source", 300);
    let (_other_folder, other) = tree("source", 300);
    assert_eq!(manifest(&root), manifest(&other));
    let third = folder.path().join("third");
    assert_eq!(r#gen(&["source", "--entries", "300", "--seed", "8"], &third).code, Some(0));
    assert_ne!(manifest(&root), manifest(&third));
}

#[test]
fn verify_names_each_kind_of_change() {
    let (_folder, root) = tree("wide", 100);
    let at = |name: &str| root.join("dir-00000000").join(name);
    let changes: [(&str, &dyn Fn()); 7] = [
        ("dir-00000000/file-00000000.dat' is missing", &|| fs::remove_file(at("file-00000000.dat")).unwrap()),
        ("dir-00000000/new' is not of this tree", &|| fs::write(at("new"), "").unwrap()),
        ("has 4 bytes now", &|| fs::write(at("file-00000001.dat"), "mine").unwrap()),
        ("a directory now, made as a file", &|| {
            fs::remove_file(at("file-00000002.dat")).unwrap();
            fs::create_dir(at("file-00000002.dat")).unwrap();
        }),
        ("dir-00000001' is of another kind: a symbolic link now, made as a directory", &|| {
            fs::remove_dir_all(root.join("dir-00000001")).unwrap();
            symlink("dir-00000000", root.join("dir-00000001")).unwrap();
        }),
        ("dir-00000002' is missing", &|| fs::remove_dir_all(root.join("dir-00000002")).unwrap()),
        // One directory fewer and one more: the count is the same.
        ("tree/extra' is not of this tree", &|| fs::create_dir(root.join("extra")).unwrap()),
    ];
    for (number, (said, change)) in changes.iter().enumerate() {
        change();
        let verified = verify(&root);
        assert_eq!(verified.code, Some(1), "{said}: {}", verified.out);
        assert!(verified.out.contains(said), "{said}: {}", verified.out);
        assert!(verified.out.contains(&format!("{} of wide", number + 1)), "{said}: {}", verified.out);
    }
}

#[test]
fn verify_sees_where_links_lead() {
    let (_folder, root) = tree("mixed", 200);
    let of_kind = |wanted: &dyn Fn(&fs::Metadata, &Path) -> bool| {
        let mut paths: Vec<PathBuf> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.into_iter().find(|path| wanted(&fs::symlink_metadata(path).unwrap(), path)).unwrap()
    };
    let link = of_kind(&|meta, path| meta.is_symlink() && fs::read_link(path).unwrap() == Path::new("target"));
    fs::remove_file(&link).unwrap();
    symlink("elsewhere", &link).unwrap();
    let hard = of_kind(&|meta, path| {
        use std::os::unix::fs::MetadataExt;
        meta.is_file() && meta.nlink() > 1 && path.file_name().unwrap() != "target"
    });
    fs::remove_file(&hard).unwrap();
    fs::write(&hard, "").unwrap();
    let verified = verify(&root);
    assert_eq!(verified.code, Some(1));
    assert!(verified.out.contains("is a link to somewhere else"), "{}", verified.out);
    assert!(verified.out.contains("was made as a hard link"), "{}", verified.out);
    assert!(verified.out.contains("2 of mixed"), "{}", verified.out);
}

#[test]
fn remove_leaves_what_is_not_ours_and_names_it() {
    let (folder, root) = tree("wide", 100);
    let outside = folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("file-00000000.dat"), "").unwrap();
    fs::write(root.join("dir-00000000/mine"), "").unwrap();
    fs::write(root.join("dir-00000001/file-00000000.dat"), "text").unwrap();
    fs::remove_dir_all(root.join("dir-00000002")).unwrap();
    symlink(&outside, root.join("dir-00000002")).unwrap();
    let removed = remove(&root);
    assert_eq!(removed.code, Some(1), "{}", removed.out);
    for said in ["dir-00000000/mine' is not of this tree", "has 4 bytes now", "dir-00000002' is of another kind"] {
        assert!(removed.out.contains(said), "{said}: {}", removed.out);
    }
    assert!(removed.out.contains("3 stay"), "{}", removed.out);
    assert_eq!(names_in(&root), ["dir-00000000", "dir-00000001", "dir-00000002"]);
    assert_eq!(names_in(&root.join("dir-00000000")), ["mine"]);
    assert_eq!(fs::read_to_string(root.join("dir-00000001/file-00000000.dat")).unwrap(), "text");
    assert_eq!(names_in(&outside), ["file-00000000.dat"], "no link is followed");

    fs::remove_file(root.join("dir-00000000/mine")).unwrap();
    fs::write(root.join("dir-00000001/file-00000000.dat"), "").unwrap();
    fs::remove_file(root.join("dir-00000002")).unwrap();
    assert_eq!(remove(&root).code, Some(0), "what stayed was ours to remove once it was as it was made");
    assert_eq!(names_in(folder.path()), ["outside"]);
}

#[test]
fn remove_follows_no_link_in_the_roots_place() {
    let (folder, root) = tree("flat", 5);
    let moved = folder.path().join("moved");
    fs::rename(&root, &moved).unwrap();
    symlink("moved", &root).unwrap();
    for dir in [root.clone(), root.join("")] {
        let removed = remove(&dir);
        assert_eq!(removed.code, Some(2), "{}", removed.out);
        assert!(removed.err.contains("symbolic link"), "{}", removed.err);
    }
    assert_eq!(names_in(&moved).len(), 5);
}

#[test]
fn a_root_that_was_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tree");
    fs::create_dir(&root).unwrap();
    assert_eq!(r#gen(&["flat", "--entries", "5"], &root).code, Some(0));
    assert_eq!(remove(&root).code, Some(0));
    assert_eq!(names_in(folder.path()), ["tree"]);
}

#[test]
fn a_tree_that_is_gone_has_its_manifest_removed() {
    let (folder, root) = tree("flat", 5);
    fs::remove_dir_all(&root).unwrap();
    assert_eq!(verify(&root).code, Some(2));
    assert_eq!(remove(&root).code, Some(0));
    assert!(names_in(folder.path()).is_empty());
}

#[test]
fn a_manifest_proves_nothing_once_it_is_edited() {
    let (folder, root) = tree("flat", 5);
    let path = folder.path().join("tree.fsbench.json");
    let text = fs::read_to_string(&path).unwrap();
    let edits = [
        (text.replace("\"entries\": 5", "\"entries\": 4"), "it was edited"),
        (text.replace("\"flat\"", "\"../../etc\""), "no manifest of a tree"),
        (text.replace("\"schema\": 1", "\"schema\": 99"), "version 99"),
        (text.replace("\"entries\": 5", "\"entries\": 5000000000"), "at most"),
        ("{}".to_owned(), "no manifest of a tree"),
    ];
    for (edited, said) in edits {
        assert_ne!(edited, text);
        fs::write(&path, &edited).unwrap();
        for ended in [remove(&root), verify(&root)] {
            assert_eq!(ended.code, Some(2), "{said}");
            assert!(ended.err.contains(said), "{said}: {}", ended.err);
        }
    }
    fs::remove_file(&path).unwrap();
    let removed = remove(&root);
    assert!(removed.code == Some(2) && removed.err.contains("tree.fsbench.json"), "{}", removed.err);
    assert_eq!(names_in(&root).len(), 5);
}

#[test]
fn a_manifest_removes_the_directory_that_it_was_written_for_and_no_other() {
    let (folder, root) = tree("flat", 5);
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    for name in names_in(&root) {
        fs::write(other.join(name), "").unwrap();
    }
    let (manifest, forged) = (folder.path().join("tree.fsbench.json"), folder.path().join("other.fsbench.json"));
    fs::copy(&manifest, &forged).unwrap();
    assert_eq!(verify(&other).code, Some(0), "a copy is as it was made");
    let mut unnamed: serde_json::Value = serde_json::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
    unnamed.as_object_mut().unwrap().remove("identity");
    for (text, said) in
        [(fs::read_to_string(&manifest).unwrap(), "another directory"), (unnamed.to_string(), "which directory")]
    {
        fs::write(&forged, text).unwrap();
        let removed = remove(&other);
        assert_eq!(removed.code, Some(2), "{}", removed.out);
        assert!(removed.err.contains(said) && removed.err.contains("rm -r"), "{}", removed.err);
    }
    assert_eq!(names_in(&other).len(), 5);
    // Moved, it is the same directory.
    let moved = folder.path().join("moved");
    fs::rename(&root, &moved).unwrap();
    fs::rename(&manifest, folder.path().join("moved.fsbench.json")).unwrap();
    assert_eq!(remove(&moved).code, Some(0));
}

#[test]
fn a_manifest_that_a_stranger_wrote_is_not_trusted() {
    if !rustix::process::geteuid().is_root() {
        return skip("a stranger's manifest", "not root");
    }
    let (folder, root) = tree("flat", 5);
    std::os::unix::fs::chown(folder.path().join("tree.fsbench.json"), Some(1234), None).unwrap();
    let removed = remove(&root);
    assert_eq!(removed.code, Some(2), "{}", removed.out);
    assert!(removed.err.contains("neither yours nor the tree's owner's"), "{}", removed.err);
    assert_eq!(names_in(&root).len(), 5);
}

#[test]
fn of_several_at_once_one_makes_the_tree_and_no_other_is_told_to_remove_it() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("tree");
        let start = || {
            let mut command = Command::new(FSBENCH);
            command.args(["gen", "flat", "--entries", "3000"]).arg(&root);
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        };
        let started: Vec<_> = (0..4).map(|_| start()).collect();
        let ended: Vec<_> = started.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        assert_eq!(ended.iter().filter(|ended| ended.status.success()).count(), 1, "{ended:?}");
        for ended in ended.iter().filter(|ended| !ended.status.success()) {
            let said = String::from_utf8_lossy(&ended.stderr);
            assert!(said.contains("another fsbench is making") || said.contains("not empty"), "{said}");
            assert!(!said.contains("--remove"), "{said}");
        }
        assert_eq!(verify(&root).code, Some(0));
    }
}

#[test]
fn where_nothing_can_be_locked_a_tree_is_made_under_a_new_name_and_removed_with_a_word() {
    if let Err(why) = Strace::can_attach() {
        return skip("gen without locks", why);
    }
    let folder = tempfile::tempdir().unwrap();
    for error in ["ENOLCK", "EOPNOTSUPP"] {
        let unlockable = |arguments: &[&str], dir: &Path| {
            let inject = format!("inject=flock:error={error}");
            let mut command = Command::new("strace");
            command.args(["-f", "-o", "/dev/null", "-e", "trace=flock", "-e", &inject, FSBENCH, "gen"]);
            Ran::of(command.args(arguments).arg(dir))
        };
        let root = folder.path().join("tree");
        fs::create_dir(&root).unwrap();
        let refused = unlockable(&["flat", "--entries", "3"], &root);
        assert_eq!(refused.code, Some(2), "{}", refused.err);
        assert!(refused.err.starts_with("fsbench: flock '") && refused.err.contains("give a name"), "{}", refused.err);
        assert_eq!(names_in(folder.path()), ["tree"], "nothing was made");
        fs::remove_dir(&root).unwrap();

        let made = unlockable(&["flat", "--entries", "3"], &root);
        assert_eq!((made.code, &*made.err), (Some(0), ""));
        let removed = unlockable(&["--remove"], &root);
        assert_eq!(removed.code, Some(0), "{}", removed.err);
        assert!(removed.err.contains("flock") && removed.err.contains("nothing kept others"), "{}", removed.err);
        assert_eq!(names_in(folder.path()), [""; 0]);
    }
}

#[test]
fn refusals_name_the_call_and_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let full = folder.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("mine"), "").unwrap();
    let refused = r#gen(&["flat"], &full);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("mkdirat") && refused.err.contains("full") && refused.err.contains("not empty"));
    let refused = r#gen(&["flat"], &folder.path().join("none/tree"));
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("mkdirat") && refused.err.contains("No such file"), "{}", refused.err);
    assert_eq!(names_in(folder.path()), ["full"]);
}

#[test]
fn a_parent_that_cannot_be_written_to_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let nobody = Unprivileged::new();
    let refused = Ran::of(nobody.command().args(["gen", "flat"]).arg(folder.path().join("tree")));
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("Permission denied"), "{}", refused.err);
}

#[test]
fn a_mount_point_inside_is_named_and_left() {
    const WHAT: &str = "a mount point inside a tree";
    let (_folder, root) = tree("wide", 9);
    let script = r#"mount -t tmpfs none "$1/dir-00000000" && : >"$1/dir-00000000/file-00000000.dat" || exit 77
"$0" gen --remove "$1"; status=$?; ls "$1/dir-00000000"; exit $status"#;
    let run = Command::new("unshare").args(["-rm", "sh", "-c", script, FSBENCH]).arg(&root).output();
    let Ok(output) = run else { return skip(WHAT, "there is no unshare(1)") };
    if output.status.code() != Some(1) && !root.join("dir-00000000/file-00000000.dat").exists() {
        panic!("a mount point was entered");
    }
    if output.status.code() != Some(1) {
        return skip(WHAT, "no file system can be mounted here");
    }
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.contains("dir-00000000' is a mount point"), "{out}");
    assert!(out.ends_with("file-00000000.dat\n"), "what is on it stays: {out}");
}

#[test]
fn a_full_disk_leaves_a_tree_that_can_be_removed() {
    const WHAT: &str = "a full disk";
    let folder = tempfile::tempdir().unwrap();
    let script = r#"mount -t tmpfs -o nr_inodes=50 none "$1" || exit 77
"$0" gen flat "$1/tree" --entries 500 && exit 78
"$0" gen --verify "$1/tree" | tail -n 1
"$0" gen --remove "$1/tree"; ls "$1""#;
    let run = Command::new("unshare").args(["-rm", "sh", "-c", script, FSBENCH]).arg(folder.path()).output();
    let Ok(output) = run else { return skip(WHAT, "there is no unshare(1)") };
    if output.status.code() != Some(0) {
        assert_ne!(output.status.code(), Some(78), "a full disk is no success");
        return skip(WHAT, "no file system can be mounted here");
    }
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(err.contains("mknodat") && err.contains("No space left on device") && err.contains("--remove"), "{err}");
    assert!(out.contains("differ") && out.contains("removed, and the manifest"), "{out}");
    assert!(out.ends_with("/tree\n"), "nothing is left: {out}");
}

#[test]
fn a_signal_leaves_a_tree_that_can_be_removed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("tree");
    let mut child = Command::new(FSBENCH)
        .args(["gen", "wide", "--entries", "50000000"])
        .arg(&root)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while !root.join("dir-00000000").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let mut err = String::new();
    std::io::Read::read_to_string(child.stderr.as_mut().unwrap(), &mut err).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(128 + 15));
    assert!(err.contains("interrupted after") && err.contains("--remove") && err.contains("SIGTERM"), "{err}");
    assert_eq!(remove(&root).code, Some(0));
    assert!(names_in(folder.path()).is_empty());
}

#[test]
fn a_tree_below_the_longest_path_is_removed() {
    let (folder, root) = tree("deep", 60);
    // Moved to where no path of 4,096 bytes reaches its end.
    let script = r#"cd "$1"; name=$(printf '%0250d' 0)
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do mkdir "$name" && cd -P "$name" || exit 1; done
mv "$1/tree" "$1/tree.fsbench.json" . || exit 2
"$0" gen --verify tree && "$0" gen --remove tree"#;
    let output = Command::new("bash").args(["-c", script, FSBENCH]).arg(folder.path()).output();
    let Ok(output) = output else { return skip("a path of more than 4,096 bytes", "there is no bash(1)") };
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{out}{}", String::from_utf8_lossy(&output.stderr));
    assert!(out.contains("60 entries removed"), "{out}");
    assert!(!root.exists());
}
