//! What `fsbench ls` promises beside GNU's: strategies that print the same, JSON that keeps every name, help on our
//! options.

use crate::kit::command::fsbench;
use crate::kit::gallery::Gallery;
use crate::kit::skip::skip;
use std::fs;

#[test]
fn every_strategy_that_delivers_prints_the_same() {
    let gallery = Gallery::new();
    let dir = gallery.path().to_str().unwrap();
    for line in ["-a", "-U", "-F", "-lR --no-acl", "-lU --no-acl", "-ltr --no-acl", "-is", "--hyperlink"] {
        let words: Vec<&str> = ["ls", "-b"].into_iter().chain(line.split(' ')).chain([dir]).collect();
        let usual = fsbench(&words);
        // One that cannot be: the message names those that can.
        let refused = fsbench(&[words.as_slice(), &["--strategy=none"]].concat());
        assert_eq!(refused.code, Some(2));
        let able = refused.err.split("these can: ").nth(1).unwrap().trim().split(", ");
        let mut count = 0;
        for name in able {
            let option = format!("--strategy={name}");
            let ran = fsbench(&[words.as_slice(), &[&option]].concat());
            // What cannot run here says so.
            if ["Function not implemented", "Operation not supported"].iter().any(|why| ran.err.contains(why)) {
                assert_ne!(ran.code, Some(0), "{name}: {}", ran.err);
                skip(name, &ran.err);
                continue;
            }
            assert_eq!((ran.code, &ran.out, &ran.err), (usual.code, &usual.out, &usual.err), "{line} {name}");
            count += 1;
        }
        assert!(count > 2, "{line}: {}", refused.err);
    }
    let refused = fsbench(&["ls", "-l", "--strategy=std", dir]);
    assert!(refused.err.contains("--no-acl"), "{}", refused.err);
}

#[test]
fn json_keeps_names_that_are_not_utf8() {
    let gallery = Gallery::new();
    let ran = fsbench(&["ls", "--json", "-l", gallery.path().to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let entries: Vec<serde_json::Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let broken = entries.iter().find(|entry| entry["name_hex"] == "fffe696e76616c6964").unwrap();
    assert_eq!(broken["kind"], "file");
    let link = entries.iter().find(|entry| entry["name"] == "ln").unwrap();
    assert_eq!(link["target"], "a");
    let visible = fs::read_dir(gallery.path()).unwrap().filter(|entry| {
        use std::os::unix::ffi::OsStrExt;
        !entry.as_ref().unwrap().file_name().as_bytes().starts_with(b".")
    });
    assert_eq!(entries.len(), visible.count());
}

#[test]
fn help_names_every_option_that_is_read() {
    let help = fsbench(&["ls", "--help"]).out;
    for option in
        ["--group-directories-first", "--zero", "--strategy", "--threads", "--stats", "--json", "--no-acl", "--compare"]
    {
        assert!(help.contains(option), "{option}");
    }
}
