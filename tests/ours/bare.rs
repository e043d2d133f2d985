//! On a machine that lacks what is usually there.

use crate::kit::command::FSBENCH;
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
"$0" env "$1" || exit 81"#;
    let run = Command::new("unshare").args(["-rm", "sh", "-c", script, FSBENCH]).arg(folder.path()).output();
    let Ok(output) = run else { return skip(WHAT, "there is no unshare(1)") };
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.code() != Some(0) && (output.status.code() == Some(77) || err.starts_with("unshare")) {
        return skip(WHAT, err);
    }
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert!(out.contains("1 entries: 1 files") && out.contains("getdents/64k"), "{out}");
}
