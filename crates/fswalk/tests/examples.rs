//! The examples print what the programs print that people use: `names` what find(1) does, `total` what du(1) does, `files` what
//! ripgrep does.

#![allow(clippy::print_stderr)] // tests say there what they leave out

use std::collections::BTreeSet;
use std::env::{self, consts::EXE_SUFFIX};
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// An example's program, which is built if it is not there: `cargo test --test examples` does not.
fn example(name: &str) -> PathBuf {
    let test = env::current_exe().expect("a test knows its program");
    let profile = test.ancestors().nth(2).expect("cargo puts tests into TARGET/PROFILE/deps");
    let program = profile.join("examples").join(name).with_extension(EXE_SUFFIX);
    if !program.exists() {
        let cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()))
            .args([
                "build",
                "--quiet",
                "--example",
                name,
                "--manifest-path",
                concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            ])
            .arg("--target-dir")
            .arg(profile.parent().expect("a profile's folder is in the target folder"))
            .arg("--profile")
            .arg(profile.file_name().filter(|profile| *profile != "debug").unwrap_or(OsStr::new("dev")))
            .status();
        assert!(cargo.is_ok_and(|status| status.success()), "the example {name} cannot be built");
    }
    program
}

/// Whose rights a program has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum User {
    Ours,
    Nobody,
}

/// The user that a program is to be run as, if this process may: root may be anybody.
fn users() -> Vec<User> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0);
    if !is_root {
        eprintln!("only as this user: another one takes root");
    }
    if is_root { vec![User::Ours, User::Nobody] } else { vec![User::Ours] }
}

/// Runs a program in `dir`; `None`, with a word, where it is not there or must not be run.
fn run(program: impl AsRef<OsStr>, arguments: &[&str], dir: &Path, user: User) -> Option<Output> {
    let program = program.as_ref();
    let mut command = Command::new(program);
    command.args(arguments).current_dir(dir).stdin(Stdio::null()).env("LC_ALL", "C");
    // The user's own rules are those in the tree, if there are any.
    let home = dir.ancestors().find(|dir| dir.join(".gitconfig").exists()).unwrap_or(dir);
    command
        .env("HOME", home)
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("RIPGREP_CONFIG_PATH")
        .env_remove("GIT_CONFIG_GLOBAL");
    if user == User::Nobody {
        command.uid(65534).gid(65534);
    }
    match command.output() {
        Ok(output) => Some(output),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => {
            eprintln!("left out: {}: {error}", program.display());
            None
        }
        Err(error) => panic!("{}: {error}", program.display()),
    }
}

/// The lines of an output, in order.
fn lines(output: &Output) -> Vec<String> {
    let mut lines: Vec<_> =
        output.stdout.split(|&byte| byte == b'\n').map(|line| line.escape_ascii().to_string()).collect();
    lines.sort();
    lines
}

/// An example prints the same lines as a program, and both have something to say on stderr, or neither has.
#[track_caller]
fn assert_same(example_name: &str, ours: &[&str], program: &str, theirs: &[&str], dir: &Path, user: User) {
    let Some(theirs_printed) = run(program, theirs, dir, user) else { return };
    let Some(ours_printed) = run(example(example_name), ours, dir, user) else { return };
    assert_eq!(lines(&ours_printed), lines(&theirs_printed), "{example_name} {ours:?}, {program} {theirs:?}");
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        said(&ours_printed).is_empty(),
        said(&theirs_printed).is_empty(),
        "{example_name} {ours:?}: {}, {program}: {}",
        said(&ours_printed),
        said(&theirs_printed)
    );
}

/// A temporary folder that everybody may look into.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("a folder of ours");
    folder
}

/// Makes files, with folders for them. A path that ends in a slash is a folder.
fn make(top: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = top.join(path);
        if path.as_os_str().as_bytes().ends_with(b"/") {
            fs::create_dir_all(path).expect("a folder");
        } else {
            fs::create_dir_all(path.parent().expect("it is in the top")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
    }
}

/// A tree with all that may be in one: odd names, links, hard links, folders that nobody else may read or enter.
fn tree() -> TempDir {
    let folder = folder();
    let top = folder.path();
    let files = [
        "a/b/c/file",
        "a/.hidden/x",
        "a b/\n",
        "empty/",
        "z/1",
        "z/2",
        "closed/in it/file",
        "listed/file",
        "entered/file",
        "top",
    ];
    make(top, &files.map(|path| (path, "some bytes, so that it takes a block")));
    fs::write(top.join(OsStr::from_bytes(b"a/\xff\xfe")), "").expect("a file");
    for (number, bytes) in [(0, 1), (1, 5000), (2, 300_000)] {
        fs::write(top.join(format!("z/size{number}")), vec![1; bytes]).expect("a file");
    }
    for link in ["a/link", "empty/link", "link", "z/b/link"] {
        fs::create_dir_all(top.join(link).parent().expect("it is in the top")).expect("a folder");
        fs::hard_link(top.join("z/size2"), top.join(link)).expect("a hard link");
    }
    fs::hard_link(top.join("top"), top.join("z/top")).expect("a hard link");
    symlink("..", top.join("a/up")).expect("a link");
    symlink("nothing", top.join("dangling")).expect("a link");
    symlink("a", top.join("to a")).expect("a link");
    for (name, mode) in [("closed", 0o000), ("listed", 0o444), ("entered", 0o111)] {
        fs::set_permissions(top.join(name), fs::Permissions::from_mode(mode)).expect("a folder of ours");
    }
    folder
}

/// Lets the temporary folder be removed by whoever is not root.
fn reopen(tree: &Path) {
    for name in ["closed", "listed", "entered"] {
        let _ = fs::set_permissions(tree.join(name), fs::Permissions::from_mode(0o755));
    }
}

#[test]
fn names_prints_what_find_does() {
    let tree = tree();
    // find's line for a folder, with the slash that fd and `names` put at its end.
    let format = ["-mindepth", "1", "-type", "d", "-printf", "%p/\\n", "-o", "-mindepth", "1", "-printf", "%p\\n"];
    for user in users() {
        for roots in
            [&["."][..], &["a", "z"], &["a/"], &["./a/.."], &["a/up"], &["empty", "a", "a"], &["closed", "listed"]]
        {
            // find follows a root that is a link only if it is told to.
            let theirs = [&["-H"], roots, &format].concat();
            assert_same("names", roots, "find", &theirs, tree.path(), user);
        }
        let format = ["-mindepth", "1", "-type", "d", "-printf", "%P/\\n", "-o", "-mindepth", "1", "-printf", "%P\\n"];
        assert_same("names", &[], "find", &[&["."], &format[..]].concat(), tree.path(), user);
    }
    reopen(tree.path());
}

#[test]
fn total_prints_what_du_does() {
    let tree = tree();
    for user in users() {
        for root in [".", "a", "a/", "z", "./a/..", "empty", "to a", "to a/", "top", "closed", "listed", "dangling"] {
            assert_same("total", &[root], "du", &["-B1", "-d1", root], tree.path(), user);
        }
        assert_same("total", &[], "du", &["-B1", "-d1"], tree.path(), user);
    }
    reopen(tree.path());
}

/// A git working tree with rules of all kinds.
fn working_tree() -> TempDir {
    let folder = folder();
    make(
        folder.path(),
        &[
            (".gitconfig", "[core]\n\texcludesFile = ~/excludes\n"),
            ("excludes", "*.global\n!kept.o\n"),
            // Outside of any repository, git's rules do not hold, the others do.
            ("outside/.gitignore", "*\n"),
            ("outside/.ignore", "*.log\n"),
            ("outside/a.global", ""),
            ("outside/a.log", ""),
            ("outside/a.txt", ""),
            ("top/.git/HEAD", ""),
            ("top/.git/info/exclude", "*.private\n"),
            ("top/.gitignore", "*.o\n/target\nbuild/\n!main.o\n/docs/*.html\nnested/**/cache\n# *.txt\n"),
            ("top/a.global", ""),
            ("top/a.o", ""),
            ("top/a.private", ""),
            ("top/main.o", ""),
            ("top/src/main.o", ""),
            ("top/src/b.o", ""),
            ("top/src/.hidden", ""),
            ("top/target/debug/x", ""),
            ("top/src/target/y", ""),
            ("top/build/z", ""),
            ("top/src/build", "a file, which `build/` does not mean"),
            ("top/docs/index.html", ""),
            ("top/docs/deep/index.html", ""),
            ("top/docs/.gitignore", "!index.html\n"),
            ("top/nested/a/b/cache/x", ""),
            ("top/nested/a/cached", ""),
            // .rgignore is stronger than .ignore, and that than .gitignore, wherever they are.
            ("top/strong/.gitignore", "*.c\n"),
            ("top/strong/.ignore", "!a.c\nb.h\n"),
            ("top/strong/.rgignore", "!b.h\nc.h\n"),
            ("top/strong/a.c", ""),
            ("top/strong/b.c", ""),
            ("top/strong/b.h", ""),
            ("top/strong/c.h", ""),
            ("top/strong/in/c.h", ""),
            // A rule may ask for what is hidden.
            ("top/shown/.gitignore", "!.shown\n!.folder\n"),
            ("top/shown/.shown", ""),
            ("top/shown/.other", ""),
            ("top/shown/.folder/file", ""),
            // A repository in a repository: the outer one's rules end there, those that are not git's do not.
            ("top/.ignore", "*.bak\n"),
            ("top/inner/.git/info/exclude", "*.secret\n"),
            ("top/inner/.gitignore", "/only here\n"),
            ("top/inner/b.o", ""),
            ("top/inner/b.bak", ""),
            ("top/inner/b.secret", ""),
            ("top/inner/b.private", ""),
            ("top/inner/b.global", ""),
            ("top/inner/only here", ""),
            ("top/inner/below/only here", ""),
            // A further working tree of `top`.
            ("top/.git/worktrees/more/commondir", "../..\n"),
            ("more/.gitignore", "*.o\n"),
            ("more/a.private", ""),
            ("more/a.o", ""),
            ("more/a.c", ""),
        ],
    );
    let top = folder.path().join("top");
    symlink("src", top.join("link to a folder")).expect("a link");
    symlink("main.o", top.join("link")).expect("a link");
    let git = folder.path().canonicalize().expect("a folder of ours").join("top/.git/worktrees/more");
    fs::write(folder.path().join("more/.git"), format!("gitdir: {}\n", git.display())).expect("a file");
    folder
}

/// What `files` prints.
fn files(roots: &[&str], dir: &Path) -> BTreeSet<String> {
    let output = run(example("files"), roots, dir, User::Ours).expect("an example can be run");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "files {roots:?}");
    lines(&output).into_iter().filter(|line| !line.is_empty()).collect()
}

#[track_caller]
fn assert_files(roots: &[&str], dir: &Path, expected: &[&str]) {
    assert_eq!(files(roots, dir), expected.iter().map(|&line| line.to_owned()).collect(), "files {roots:?}");
}

/// What is not excluded in `top`.
const TOP: [&str; 14] = [
    "docs/deep/index.html",
    "docs/index.html",
    "inner/b.o",
    "inner/b.private",
    "inner/below/only here",
    "main.o",
    "nested/a/cached",
    "shown/.folder/file",
    "shown/.shown",
    "src/build",
    "src/main.o",
    "src/target/y",
    "strong/a.c",
    "strong/b.h",
];

#[test]
fn files_honours_ignore_files_as_ripgrep_does() {
    let tree = working_tree();
    let dir = tree.path();
    assert_files(&[], &dir.join("top"), &TOP);
    assert_files(&["outside", "more"], dir, &["outside/a.global", "outside/a.txt", "more/a.c"]);
    let below = TOP.map(|line| format!("top/{line}"));
    assert_files(&["top"], dir, &below.each_ref().map(String::as_str));
}

#[test]
fn files_takes_rules_from_above_a_root_and_prints_roots_that_are_files() {
    let tree = working_tree();
    let top = &tree.path().join("top");
    assert_files(&["src"], top, &["src/build", "src/main.o", "src/target/y"]);
    assert_files(&["../build/z", "../a.o"], &top.join("src"), &["../build/z", "../a.o"]);
    assert_files(
        &["link", "link to a folder"],
        top,
        &["link", "link to a folder/build", "link to a folder/main.o", "link to a folder/target/y"],
    );
    assert_files(
        &["./strong/in/..", "docs/deep/"],
        top,
        &["./strong/in/../a.c", "./strong/in/../b.h", "docs/deep/index.html"],
    );
    // An excluded folder that is named is walked: only what is in it is matched.
    assert_files(&["target"], top, &["target/debug/x"]);
}

#[test]
fn files_prints_what_ripgrep_does() {
    let tree = working_tree();
    let top = &tree.path().join("top");
    let calls: [(&Path, &[&str]); 10] = [
        (tree.path(), &[]),
        (tree.path(), &["."]),
        (tree.path(), &["top", "more", "outside"]),
        (top, &[]),
        (top, &["./"]),
        (top, &["src", "docs", "main.o", "link", "a.o"]),
        (top, &["link to a folder", "../more", "target"]),
        (&top.join("src"), &[".."]),
        (&top.join("inner/below"), &["../..", "../../inner/"]),
        (&top.join("docs"), &[]),
    ];
    for user in users() {
        for (dir, roots) in calls {
            assert_same("files", roots, "rg", &[&["--files"], roots].concat(), dir, user);
        }
        let tree = self::tree();
        assert_same("files", &[], "rg", &["--files"], tree.path(), user);
        reopen(tree.path());
    }
}
