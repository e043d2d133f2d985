//! Words: what messages say, how numbers may be typed, one thing in the singular.

use crate::kit::command::{Ran, fsbench};
use std::fs;
use std::os::unix::net::UnixListener;
use std::path::Path;

fn refused(words: &[&str]) -> String {
    let ran = fsbench(words);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{words:?}: {}", ran.err);
    assert!(ran.err.starts_with("fsbench: "), "{words:?}: {}", ran.err);
    ran.err
}

#[test]
fn what_was_probably_meant_is_named() {
    for words in
        [&["compare", "-s", "seril", "/"][..], &["trace", "-s", "seril", "/"], &["compare", "--baseline", "seril", "/"]]
    {
        assert!(refused(words).contains("did you mean serial?"), "{words:?}");
    }
    assert!(refused(&["gen", "sourc", "/nowhere"]).contains("similar value exists: 'source'"));
    assert!(refused(&["comparre"]).contains("'compare'"));
    assert!(refused(&["compare", "--strateg", "serial"]).contains("--strategy"));
}

#[test]
fn what_is_no_directory_is_told_as_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (file, fifo, socket, link) = (path("file"), path("fifo"), path("socket"), path("link"));
    fs::write(&file, "").unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o644.into(), 0).unwrap();
    let _listener = UnixListener::bind(&socket).unwrap();
    std::os::unix::fs::symlink("file", &link).unwrap();
    let kinds = [
        (file.as_str(), "a file"),
        (&link, "a file"),
        (&fifo, "a fifo"),
        (&socket, "a socket"),
        ("/dev/null", "a character device"),
    ];
    for (path, kind) in kinds {
        for command in [&["compare"][..], &["compare", "--flat"], &["trace"], &["count"]] {
            let told = refused(&[command, &[path]].concat());
            assert_eq!(told, format!("fsbench: '{path}' is {kind}, not a directory\n"), "{command:?}");
        }
    }
    for command in [&["gen", "flat"][..], &["gen", "--verify"], &["gen", "--remove"]] {
        let told = refused(&[command, &[&file]].concat());
        assert_eq!(told, format!("fsbench: '{file}' is a file, not a directory\n"), "{command:?}");
    }
    let compared = fsbench(&["ls", "--compare", &file]);
    assert!(compared.err.contains("is a file, not a directory"), "{}", compared.err);
    assert!(refused(&["compare", "/no/such/dir"]).contains("stat '/no/such/dir': No such file or directory"));
}

#[test]
fn counts_may_be_typed_as_they_are_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("t");
    let made = fsbench(&["gen", "flat", dir.to_str().unwrap(), "--entries", "1.2k"]);
    assert!(made.out.contains("1,200 entries"), "{}{}", made.out, made.err);
    let compared =
        fsbench(&["compare", "--flat", "-v", "--entries", "1k", "--rounds", "1", "-s", "readdir", "--calls", "none"]);
    assert!(compared.out.contains("1,000 entries"), "{}{}", compared.out, compared.err);
    for words in [&["gen", "flat", "/nowhere", "--entries", "ten"][..], &["compare", "--rounds", "1.5"]] {
        assert!(refused(words).contains("a count looks like 5000, 10k (10,000) or 1.5m (1,500,000)"), "{words:?}");
    }
}

#[test]
fn one_of_a_thing_is_in_the_singular() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("only")).unwrap();
    let dir = folder.path().to_str().unwrap();
    let said = |ran: Ran| format!("{}{}", ran.out, ran.err);
    let counted = said(fsbench(&["count", dir]));
    assert!(counted.starts_with("1 entry: 1 directory  "), "{counted}");
    let compared = said(fsbench(&["compare", "-v", dir, "-s", "serial", "--rounds", "1", "--calls", "none"]));
    assert!(compared.contains(": 1 entry, 1 directory, digest"), "{compared}");
    let traced = said(fsbench(&["trace", dir, "--way", "ptrace"]));
    assert!(traced.contains(": 1 entry, listed once"), "{traced}");
    let made = Path::new(dir).join("made");
    let made = made.to_str().unwrap();
    let made_one = said(fsbench(&["gen", "flat", made, "--entries", "1"]));
    assert!(made_one.starts_with("flat, 1 entry, seed 1: 1 file  "), "{made_one}");
    fs::write(fs::read_dir(made).unwrap().next().unwrap().unwrap().path(), "text").unwrap();
    let verified = said(fsbench(&["gen", "--verify", made]));
    assert!(verified.contains("1 of flat, 1 entry, seed 1: 1 file differs  "), "{verified}");
    let removed = said(fsbench(&["gen", "--remove", made]));
    assert!(removed.contains("0 entries removed; 1 stays, and so does"), "{removed}");
}
