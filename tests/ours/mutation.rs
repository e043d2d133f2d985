//! A record that was damaged, or made by somebody with a purpose, is refused or shown: never a panic, never nonsense, never
//! anything that acts on a terminal. Mutations are drawn from a seed, and a failure names it.

use crate::kit::command::{FSBENCH, fsbench};
use clap::ValueEnum;
use fsbench::escape::acts;
use fsbench::measure::{Record, file};
use fsbench::report::{
    Collection, Detail, Document, Format, Kernel, Made, Named, Paint, Pictures, Screen, Width, make, render,
};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A record with a table, a ladder and a command, as this program makes it.
fn record() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("directory")).unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let mut command = Command::new(FSBENCH);
    command.args(["compare", "--rounds", "3", "--calls", "none", "--command", "ls -R {}", "--format", "json"]);
    command.args(["-s", "serial", "-s", "stealing", "-s", "rayon"]).arg(folder.path());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Every place in a JSON value that holds no other.
fn leaves(value: &Value, path: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| leaves(value, &format!("{path}/{name}"), out)),
        Value::Array(values) if !values.is_empty() => {
            values.iter().enumerate().for_each(|(index, value)| leaves(value, &format!("{path}/{index}"), out));
        }
        _ => out.push(path.to_owned()),
    }
}

const ODD: &str = "\u{1b}]0;mine\u{7}\u{9b}31m\u{7f}\u{202e}=1+1\n|<script>";

fn odd(random: &mut impl Rng, before: &Value) -> Value {
    let odd = [
        json!(0),
        json!(-1),
        json!(1),
        json!(0.0),
        json!(-0.5),
        json!(1e-320),
        json!(1e308),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(4_294_967_296_u64),
        json!(null),
        json!(true),
        json!([]),
        json!({}),
        json!(""),
        json!(ODD),
        json!({ODD: ODD}),
        json!("x".repeat(70_000)),
        before.as_f64().map_or(json!(null), |number| json!(number * 1e9)),
        before.as_u64().map_or(json!(null), |number| json!(number.wrapping_add(1))),
    ];
    odd[random.random_range(0..odd.len())].clone()
}

const SCREEN: Screen = Screen { width: Width::Columns(100), paint: Paint::Plain, detail: Detail::Full };

/// Reads it and makes everything of it that there is. Whether it was read.
fn show(text: &[u8], folder: &Path, seed: u64) -> bool {
    let path = folder.join("record.json");
    fs::write(&path, text).unwrap();
    let record: Record = match file::read(&path) {
        Ok(record) => record,
        Err(refused) => {
            assert!(!refused.to_string().contains(acts), "seed {seed}: {refused}");
            return false;
        }
    };
    let mut texts: Vec<String> = [Format::Table, Format::Markdown, Format::Csv, Format::Json]
        .map(|format| render(&record, format, Kernel::Shown, &SCREEN))
        .into();
    let collection = Collection::new(vec![Named { name: "a".to_owned(), record }]);
    // Pixels are the vectors' once more, and slow.
    let is_slow = |document: &&Document| **document == Document::Pictures(Pictures::Png);
    for &document in Document::value_variants().iter().filter(|document| !is_slow(document)) {
        match make(&collection, document, &[], &SCREEN) {
            Ok(Made::Text(text)) => texts.push(text),
            Ok(Made::Files(_)) | Err(_) => {}
        }
    }
    for text in &texts {
        assert!(!text.contains(|c| acts(c) && !matches!(c, '\n' | '\t')), "seed {seed}");
    }
    for text in &texts {
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        assert!(!words.any(|word| ["inf", "infx", "NaN", "NaNx"].contains(&word)), "seed {seed}: {text}");
    }
    true
}

#[test]
fn a_record_with_a_changed_field_is_refused_or_shown() {
    let whole: Value = serde_json::from_slice(&record()).unwrap();
    let mut places = Vec::new();
    leaves(&whole, "", &mut places);
    let folder = tempfile::tempdir().unwrap();
    assert!(show(whole.to_string().as_bytes(), folder.path(), 0));
    let mut shown = 0;
    for seed in 0..400 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut changed = whole.clone();
        for _ in 0..random.random_range(1..4) {
            let place = &places[random.random_range(0..places.len())];
            if let Some(field) = changed.pointer_mut(place) {
                *field = odd(&mut random, field);
            }
        }
        shown += u32::from(show(changed.to_string().as_bytes(), folder.path(), seed));
    }
    assert!(shown > 20, "too many mutations are refused at the door to test what shows them: {shown}");
}

#[test]
fn a_record_with_changed_bytes_is_refused_or_shown() {
    let whole = record();
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..250 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut changed = whole.clone();
        for _ in 0..random.random_range(1..8) {
            let at = random.random_range(0..changed.len());
            match random.random_range(0..4) {
                0 => changed[at] = random.random(),
                1 => changed[at] = b"0123456789-eE.,:[]{}\""[random.random_range(0..21)],
                2 => changed.truncate(at.max(1)),
                _ => drop(changed.drain(at..(at + random.random_range(1..40)).min(changed.len()))),
            }
            if changed.is_empty() {
                break;
            }
        }
        show(&changed, folder.path(), seed);
    }
}

#[test]
fn what_no_session_writes_is_refused_and_the_field_is_named() {
    let whole: Value = serde_json::from_slice(&record()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.json");
    let row = "/views/0/rows/0";
    let case = whole.pointer(&format!("{row}/case")).unwrap();
    let measured = format!("/cases/{case}/outcome/measured");
    for (place, value, said) in [
        ("/schema".to_owned(), json!(0), "schema"),
        (format!("{row}/floor_ns"), json!(0), "floor_ns: 0 is not above 0"),
        (format!("{row}/case"), json!(999), "there is no 999"),
        (format!("{row}/ratio"), json!({"median": -1, "low": -1, "high": -1}), "ratio: -1 is not above 0"),
        (format!("{measured}/wall_ns"), json!({"median": 1, "low": 2, "high": 1}), "ends before it begins"),
        (format!("{measured}/wall_ns/median"), json!(0), "wall_ns: 0 is not above 0"),
        (format!("{measured}/iterations"), json!(0), "there is none"),
        (format!("{measured}/samples"), json!([]), "there is none"),
        (format!("{measured}/outliers"), json!([99]), "outliers: there is no 99"),
        ("/views/0/target".to_owned(), json!(7), "target: there is no 7"),
    ] {
        let mut changed = whole.clone();
        let (parent, field) = place.rsplit_once('/').unwrap();
        changed.pointer_mut(parent).unwrap()[field] = value;
        fs::write(&path, changed.to_string()).unwrap();
        let ran = fsbench(&["report", path.to_str().unwrap()]);
        assert_eq!(ran.code, Some(2), "{place}: {}", ran.out);
        assert!(ran.err.contains("damaged record") && ran.err.contains(said), "{place}: {}", ran.err);
    }
}
