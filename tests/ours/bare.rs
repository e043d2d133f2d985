//! On a machine that lacks what is usually there.

use crate::kit::command::{FSBENCH, Ran};
use crate::kit::skip::skip;
use std::process::Command;

#[test]
fn without_proc_what_can_be_done_is_done() {
    const WHAT: &str = "a machine without /proc";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let script = r#"mount -t tmpfs none /proc || exit 77
"$0" count "$1" || exit 78
"$0" compare --flat -s getdents/64k --rounds 2 --calls none "$1" || exit 79
"$0" ls -l "$1" || exit 80
"$0" env "$1" || exit 81
"$0" trace -- true || exit 82
"$0" trace --strategy serial "$1" && exit 83
exit 0"#;
    let run = Command::new("unshare").args(["-rm", "sh", "-c", script, FSBENCH]).arg(folder.path()).output();
    let Ok(output) = run else { return skip(WHAT, "there is no unshare(1)") };
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.code() != Some(0) && (output.status.code() == Some(77) || err.starts_with("unshare")) {
        return skip(WHAT, err);
    }
    assert_eq!(output.status.code(), Some(0), "{err}");
    let said = "fsbench: /proc is not mounted: stat '/proc/self/task': No such file or directory\n";
    assert!(err.ends_with(said), "{err}");
    assert!(out.contains("1 entry: 1 file ") && out.contains("getdents/64k"), "{out}");
}

#[test]
fn in_a_removed_directory_what_takes_a_path_says_so_and_all_else_works() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("tree")).unwrap();
    std::fs::write(folder.path().join("page.html"), "").unwrap();
    let run = |arguments: &str| {
        let script = "mkdir gone && cd gone && rmdir ../gone && exec \"$0\" \"$@\"";
        let mut command = Command::new("sh");
        command.args(["-c", script, FSBENCH]).args(arguments.split(' ')).current_dir(folder.path());
        Ran::of(command.env_remove("TMPDIR"))
    };
    let (tree, record) = (folder.path().join("tree"), folder.path().join("record.json"));
    let measure = ["compare", "--flat", "-s", "getdents/64k", "--rounds", "1", "--calls", "none", "--save"];
    let measured = Ran::of(Command::new(FSBENCH).args(measure).args([&record, &tree]));
    assert_eq!(measured.code, Some(0), "{}", measured.err);
    for (arguments, about) in [
        ("compare .", "."),
        ("compare --flat ../tree", "../tree"),
        ("trace --strategy serial .", "."),
        ("compare --save ../another.json", ".."),
        ("report ../record.json -o ../page.html", "../page.html"),
        ("report ../record.json -o ../new.html", ".."),
        ("gen flat ../made", ".."),
    ] {
        let ran = run(arguments);
        let said = format!("fsbench: getcwd '{about}': the working directory was removed: name an absolute path\n");
        assert!(ran.code == Some(2) && ran.err.ends_with(&said), "{arguments}: {}", ran.err);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "nothing was left");
    for arguments in ["count .", "count ../tree", "ls", "ls -lR ..", "env .", "trace -- true"] {
        let ran = run(arguments);
        assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{arguments}");
    }
}
