//! The deck of `fsbench report --format slides`: a story of claims, each borne out by its record.

use crate::kit::command::fsbench;
use crate::report::{EVERYTHING, Shelf, between};
use fsbench::report::significant;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// The slides of a deck, each as its markup.
fn slides(deck: &str) -> Vec<&str> {
    deck.split("<section class=\"slide ").skip(1).collect()
}

#[test]
fn a_deck_has_a_slide_for_a_question_and_not_for_a_record() {
    let shelf = Shelf::new();
    let on = |kind: &'static str| move |record: &mut Value| record["targets"][0]["file_system"]["kind"] = json!(kind);
    let records: Vec<PathBuf> =
        ["ext4", "xfs", "btrfs", "tmpfs"].map(|kind| shelf.record(&format!("{kind}.json"), on(kind))).into();
    let cold = shelf.record("cold.json", |record| {
        on("ext4")(record);
        record["cases"].as_array_mut().unwrap().iter_mut().for_each(|case| case["cache"] = json!("cold"));
    });
    let records: Vec<&Path> = records.iter().chain([&cold]).map(PathBuf::as_path).collect();
    let deck = shelf.make(&records, "slides").0;
    let all = slides(&deck);
    let ids: Vec<&str> = all.iter().map(|slide| between(slide, " id=\"", "\"")).collect();
    let story =
        ["title", "question", "ranking", "cold", "side-by-side", "floor", "home", "reproduce", "method", "machine"];
    // A row's reason may be there or not, by what this machine lacks.
    assert_eq!(
        ids.iter().filter(|id| **id != "absent" && **id != "floor").collect::<Vec<_>>(),
        story.iter().filter(|id| **id != "floor").collect::<Vec<_>>()
    );
    assert!(all[0].contains("ext4, xfs, btrfs, tmpfs on "), "the title names all: {}", all[0]);
    let of = |id: &str| all[ids.iter().position(|other| *other == id).unwrap()];
    assert!(of("side-by-side").contains(">tmpfs</text>") && of("side-by-side").contains(" as fast as "));
    assert!(of("cold").contains(">warm</text>") && of("cold").contains(">cold</text>"));
    let mut titles: Vec<&str> =
        all.iter().map(|slide| between(slide, "aria-label=\"", "\"").split_once(": ").unwrap().1).collect();
    titles.sort_unstable();
    let many = titles.len();
    titles.dedup();
    assert_eq!(titles.len(), many, "no two slides have one title: {titles:?}");
}

#[test]
fn a_ladder_is_told_a_step_a_slide_and_each_says_what_its_step_brings() {
    let shelf = Shelf::new();
    let deck = shelf.make(&[Path::new(EVERYTHING)], "slides").0;
    let record: Value = serde_json::from_str(&fs::read_to_string(EVERYTHING).unwrap()).unwrap();
    let all = slides(&deck);
    let rows = record["views"][0]["rows"].as_array().unwrap();
    for (index, row) in rows.iter().enumerate().skip(1) {
        let slide = all.iter().find(|slide| slide.contains(&format!(" id=\"step-{index}\""))).unwrap();
        let gain = &row["ratio"];
        let title = between(slide, "<h2>", "</h2>");
        let (low, high) = (gain["low"].as_f64().unwrap(), gain["high"].as_f64().unwrap());
        let expected = match (low..=high).contains(&1.0) {
            true => ": no difference shown".to_owned(),
            false => format!(" {}×", significant(gain["median"].as_f64().unwrap())),
        };
        assert!(title.ends_with(&expected), "{title}");
        let wide = slide.split("<div class=\"chart narrow\">").next().unwrap();
        assert_eq!(wide.matches("class=\"row\"").count(), index + 1, "later steps are not shown yet");
    }
    assert!(!deck.contains(&format!("id=\"step-{}\"", rows.len())));
}

#[test]
fn what_asks_no_file_system_is_no_step_of_the_ladder_and_has_a_slide_of_its_own() {
    let shelf = Shelf::new();
    let mut record: Value = serde_json::from_str(&fs::read_to_string(EVERYTHING).unwrap()).unwrap();
    let rows = record["views"][0]["rows"].as_array().unwrap().clone();
    let last = rows.last().unwrap()["case"].as_u64().unwrap() as usize;
    record["cases"][last]["factors"]["read"] = json!("device");
    let path = shelf.path("below.json");
    fs::write(&path, record.to_string()).unwrap();
    let deck = shelf.make(&[&path], "slides").0;
    let all = slides(&deck);
    let wide = |id: &str| {
        let slide = all.iter().find(|slide| slide.contains(&format!(" id=\"{id}\""))).unwrap();
        slide.split("<div class=\"chart narrow\">").next().unwrap().matches("class=\"row\"").count()
    };
    assert_eq!((wide("ladder"), wide("below")), (rows.len() - 1, rows.len()));
    assert!(!deck.contains(&format!("id=\"step-{}\"", rows.len() - 1)));
    // Nor is it a way among others in a table.
    let is_table = |view: &&Value| view["kind"] == "table";
    let table = record["views"].as_array().unwrap().iter().find(is_table).unwrap()["rows"].clone();
    let second = table[4]["case"].as_u64().unwrap() as usize;
    record["cases"][second]["factors"]["read"] = json!("device");
    let name = format!(">{}</text>", record["cases"][second]["strategy"].as_str().unwrap());
    fs::write(&path, record.to_string()).unwrap();
    let deck = shelf.make(&[&path], "slides").0;
    let of =
        |id: &str| slides(&deck).into_iter().find(|slide| slide.contains(&format!(" id=\"{id}\""))).unwrap().to_owned();
    assert!(!of("ranking").contains(&name) && of("below-2").contains(&name));
}

#[test]
fn traces_beside_the_records_and_what_the_speaker_says_are_in_a_deck() {
    let shelf = Shelf::new();
    let record = shelf.path("all.json");
    fs::copy(EVERYTHING, &record).unwrap();
    let json: Value = serde_json::from_str(&fs::read_to_string(EVERYTHING).unwrap()).unwrap();
    let entries = json["targets"][json["views"][0]["target"].as_u64().unwrap() as usize]["entries"].as_u64().unwrap();
    let trace = format!(
        "### System calls of readdir+isdir+isfile, listing kinds\n\n| Call | Count | Per entry | p50 |\n|--|--:|--:|--:|\n\
         | newfstatat | 4,321 | 2.00 | 7.77 µs |\n| all calls | 4,444 | 2.01 | |\n\n- Tree: flat: {} entries, listed once.\n",
        fsbench::report::count(entries)
    );
    fs::write(shelf.path("trace-naive.md"), trace).unwrap();
    fs::write(shelf.path("trace-other.md"), "something else\n").unwrap();
    let words = [
        "report",
        record.to_str().unwrap(),
        "--format",
        "slides",
        "--title",
        "My <b>talk",
        "--author",
        "Me",
        "--event",
        "Here",
    ];
    let deck = fsbench(&words);
    assert_eq!(deck.code, Some(0), "{}", deck.err);
    for part in ["The kernel hears 4,444 calls", "7.77 µs", "<h1>My &lt;b&gt;talk</h1>", "Me · Here"] {
        assert!(deck.out.contains(part), "{part}");
    }
    let ran = fsbench(&["report", record.to_str().unwrap(), "--format", "markdown", "--title", "x"]);
    assert!(ran.code == Some(2) && ran.err.contains("--format slides"), "{}", ran.err);
}

#[test]
fn a_debug_build_says_so_on_its_slides() {
    let shelf = Shelf::new();
    let record = shelf.record("debug.json", |record| record["environment"]["build"] = json!("debug"));
    let deck = shelf.make(&[&record], "slides").0;
    assert!(slides(&deck).iter().any(|slide| slide.contains("DEBUG BUILD")), "{deck}");
    assert!(deck.contains("Nothing here was measured well enough"), "nothing is to be taken home of it");
}
