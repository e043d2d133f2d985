//! `ls --time-style=+FORMAT`: every conversion with every flag, width and modifier, as GNU's.

use crate::kit::gnu::{Gnu, Onto};
use crate::kit::skip::skip;
use rustix::fs::{CWD, Timespec, Timestamps, utimensat};
use std::fs;
use tempfile::TempDir;

const FLAGS: [&str; 13] = ["", "2", "0", "-", "_", "^", "#", "+", "12", "#^", "_3", "-5", "+9"];
const MODIFIERS: [&str; 3] = ["", "E", "O"];
const LETTERS: &str = "aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPqQrRsStTuUvVwWxXyYzZ%+.";
const ZONES: [&str; 4] = [":z", "::z", ":::z", "::::z"];

/// Formats, several to a command line.
fn lines() -> Vec<String> {
    let letters = LETTERS.chars().map(String::from).chain(ZONES.map(str::to_owned));
    let conversions = letters.flat_map(|letter| {
        FLAGS.iter().flat_map(move |flag| {
            let letter = letter.clone();
            MODIFIERS.iter().map(move |modifier| format!("%{flag}{modifier}{letter}|"))
        })
    });
    let conversions: Vec<String> = conversions.collect();
    conversions.chunks(16).map(|some| format!("--time-style=+{}", some.concat())).collect()
}

#[test]
fn every_conversion_prints_what_gnus_does() {
    let gnu = match Gnu::find() {
        Ok(gnu) => gnu,
        Err(why) => return skip("formats of times against GNU's", why),
    };
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    // Before the year 1000, of this one, and a Sunday at the turn of a year.
    for (seconds, zone) in [(-31_556_952_000, "UTC+5"), (1_709_622_489, "UTC-3:30"), (1_293_839_999, "UTC")] {
        let time = Timespec { tv_sec: seconds, tv_nsec: 50_000_000 };
        utimensat(CWD, &file, &Timestamps { last_access: time, last_modification: time }, rustix::fs::AtFlags::empty())
            .unwrap();
        let environment = [("LC_ALL", "C"), ("TZ", zone)];
        let differ = |line: &String| gnu.difference(&["-l", line], &environment, Onto::Pipe, folder.path());
        let differences: Vec<String> = lines().iter().filter_map(differ).collect();
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}
