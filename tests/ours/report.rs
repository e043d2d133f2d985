//! `fsbench report` from outside: every row in every format, no name that becomes markup, records kept apart, READMEs
//! spliced.

use crate::kit::command::{Ran, Unprivileged, fsbench};
use fsbench::escape::acts;
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Everything that a terminal, HTML, SVG or Markdown would take for its own.
const HOSTILE: &str = "<script>alert(1)</script>\"'`|&amp;</svg>\u{1b}[31m\u{9b}31m\u{7f}\u{202e}";

/// What stands between two texts.
pub(crate) fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    text.split(before).nth(1).and_then(|rest| rest.split(after).next()).unwrap()
}

/// A record of ladders and of a table, as it was once made.
pub(crate) const EVERYTHING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/everything.json");

/// A folder for records.
pub(crate) struct Shelf(TempDir);

impl Shelf {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A record as this program makes them, said to be of a release build, then changed.
    pub(crate) fn record(&self, name: &str, change: impl Fn(&mut Value)) -> PathBuf {
        let tree = self.path("tree");
        let _ = fs::create_dir(&tree);
        for file in ["1", "22", "333"] {
            fs::write(tree.join(file), b"").unwrap();
        }
        // A name that is not UTF-8, and one that is markup.
        fs::write(tree.join(OsStr::from_bytes(b"\xff\xfe\x1b[31m")), b"").unwrap();
        fs::write(tree.join("<img src=x onerror=alert(1)>"), b"").unwrap();
        let ran = fsbench(&["compare", "--rounds", "2", "--calls", "none", tree.to_str().unwrap(), "--format", "json"]);
        let mut record = ran.json();
        record["environment"]["build"] = json!("release");
        change(&mut record);
        let path = self.path(name);
        fs::write(&path, record.to_string()).unwrap();
        path
    }

    /// What `report` makes of records.
    pub(crate) fn make(&self, records: &[&Path], format: &str) -> (String, String) {
        let mut arguments = vec!["report", "--format", format];
        arguments.extend(records.iter().map(|path| path.to_str().unwrap()));
        let ran = fsbench(&arguments);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        (ran.out, ran.err)
    }

    /// All charts, one after the other.
    pub(crate) fn svg(&self, record: &Path) -> String {
        let folder = self.path("charts");
        let ran = fsbench(&["report", "--format", "svg", "-o", folder.to_str().unwrap(), record.to_str().unwrap()]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let files = fs::read_dir(folder).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
        files.collect::<Vec<_>>().join("\n")
    }
}

/// The second, third and fourth row have no time, for these reasons.
fn troubled(record: &mut Value) {
    let outcomes = [
        json!({"wrong": "saw two entries fewer"}),
        json!({"unsupported": "this kernel lacks it"}),
        json!({"failed": "broke in the middle"}),
    ];
    for (index, outcome) in outcomes.into_iter().enumerate() {
        let row = &mut record["views"][0]["rows"][index + 1];
        row["ratio"] = Value::Null;
        let case = row["case"].as_u64().unwrap() as usize;
        record["cases"][case]["outcome"] = outcome;
    }
}

#[test]
fn a_row_without_a_time_is_in_every_format_with_its_reason() {
    let shelf = Shelf::new();
    let record = shelf.record("a.json", troubled);
    let mut made: Vec<(&str, String)> =
        ["markdown", "html", "slides", "csv"].map(|format| (format, shelf.make(&[&record], format).0)).into();
    made.push(("svg", shelf.svg(&record)));
    for (format, text) in made {
        for reason in ["saw two entries fewer", "this kernel lacks it", "broke in the middle"] {
            assert!(text.contains(reason), "{format}: {reason}");
        }
    }
}

#[test]
fn a_floor_is_in_every_format_and_no_column_without_it() {
    let shelf = Shelf::new();
    // All take 12,345,678.5 ns of processor time more than `null`, which takes a nanosecond an entry.
    let floor = |record: &mut Value| {
        for case in record["cases"].as_array_mut().unwrap() {
            let more_ns = if case["ruler"] == json!(true) { 0 } else { 24_691_357 };
            let Some(measured) = case["outcome"].get_mut("measured") else { continue };
            let processor_ns = 2 * measured["entries"].as_u64().unwrap() + more_ns;
            measured["iterations"] = json!(2);
            measured["wall_ns"] = json!({"median": 2e7, "low": 2e7, "high": 2e7});
            for sample in measured["samples"].as_array_mut().unwrap() {
                sample["user_ns"] = json!(processor_ns);
                sample["sys_ns"] = json!(0);
            }
        }
    };
    let without = |record: &mut Value| {
        let cases = record["cases"].as_array_mut().unwrap();
        let null = cases.iter_mut().find(|case| case["strategy"] == json!("null")).unwrap();
        null["outcome"] = json!({"failed": "there is nothing to take from the processor time"});
    };
    let (with, without) = (shelf.record("with.json", floor), shelf.record("without.json", without));
    for (format, figure) in [("markdown", "12.3 ms"), ("html", "12.3 ms"), ("slides", "12.3 ms"), ("csv", "12345678.5")]
    {
        assert!(shelf.make(&[&with], format).0.contains(figure), "{format}");
    }
    for (format, place) in [("markdown", "Over floor"), ("html", "Over\u{a0}floor")] {
        assert!(shelf.make(&[&with], format).0.contains(place), "{format}");
        assert!(!shelf.make(&[&without], format).0.contains(place), "{format}");
    }
}

#[test]
fn no_name_becomes_markup_or_an_escape_sequence() {
    let shelf = Shelf::new();
    let record = shelf.record("hostile.json", |record| {
        let case = record["views"][0]["rows"][0]["case"].as_u64().unwrap() as usize;
        record["cases"][case]["strategy"] = json!(HOSTILE);
        record["views"][0]["title"] = json!(HOSTILE);
        record["targets"][0]["root"] = json!({"hex": "2f74ff3c7363726970743e1b"});
        record["targets"][0]["shape"] = json!(HOSTILE);
        record["targets"][0]["file_system"]["kind"] = json!(HOSTILE);
        record["environment"]["cpu"] = json!(HOSTILE);
        record["environment"]["peers"] = json!([HOSTILE]);
        record["command"] = json!(["fsbench", HOSTILE]);
        record["fsbench"] = json!(HOSTILE);
        record["advice"] = json!([HOSTILE]);
        troubled(record);
        let case = record["views"][0]["rows"][1]["case"].as_u64().unwrap() as usize;
        record["cases"][case]["outcome"] = json!({"wrong": HOSTILE});
    });
    for format in ["html", "slides"] {
        let page = shelf.make(&[&record], format).0;
        assert_eq!(page.matches("<script>").count(), 1, "{format}: only our own");
        assert!(!page.contains("alert(1)</script>") && !page.contains("onerror=alert(1)>"), "{format}");
        // Whatever follows the hostile name is still there: the end is ours.
        assert!(page.trim_end().ends_with("</html>"), "{format}");
    }
    let svg = shelf.svg(&record);
    assert!(!svg.contains("<script>"));
    assert!(!svg.contains(|c| acts(c) && c != '\n'));
    assert_eq!(svg.matches("</svg>").count(), svg.matches("<svg ").count());
    let markdown = shelf.make(&[&record], "markdown").0;
    assert!(!markdown.contains("<script>"), "{markdown}");
    for format in ["html", "slides", "markdown", "csv"] {
        let file = shelf.path("file");
        let words = ["report", record.to_str().unwrap(), "--format", format, "-o", file.to_str().unwrap()];
        assert_eq!(fsbench(&words).code, Some(0));
        assert!(!fs::read_to_string(&file).unwrap().contains(|c| acts(c) && !"\n\t".contains(c)), "{format}");
    }
}

#[test]
fn no_cell_of_the_csv_is_a_formula_to_a_spreadsheet() {
    let shelf = Shelf::new();
    for formula in ["=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|' /C calc'!A1"] {
        let record = shelf.record("=a.json", |record| {
            let case = record["views"][0]["rows"][0]["case"].as_u64().unwrap() as usize;
            record["cases"][case]["strategy"] = json!(formula);
            record["views"][0]["title"] = json!(formula);
        });
        let csv = shelf.make(&[&record], "csv").0;
        for line in csv::Reader::from_reader(csv.as_bytes()).records() {
            for cell in &line.unwrap() {
                assert!(!cell.starts_with(['=', '+', '-', '@']) || cell.parse::<f64>().is_ok(), "{cell}");
            }
        }
        assert!(csv.contains(&format!("'{formula}")), "{csv}");
    }
}

#[test]
fn a_page_asks_for_nothing_and_runs_nothing_but_its_own() {
    let shelf = Shelf::new();
    let record = shelf.record("a.json", |_| {});
    for format in ["html", "slides"] {
        let page = shelf.make(&[&record], format).0;
        assert!(page.contains("default-src &#x27;none&#x27;") || page.contains("default-src 'none'"), "{format}");
        for outside in
            ["src=", "href=\"http", "url(", "@import", "style=\"", "onclick", "onload", "javascript:", "<link"]
        {
            assert!(!page.contains(outside), "{format}: {outside}");
        }
    }
}

#[test]
fn a_gallery_shows_every_record_of_a_folder_and_names_what_it_cannot_read() {
    let shelf = Shelf::new();
    let on = |cpu: &'static str, kind: &'static str| {
        move |record: &mut Value| {
            record["environment"]["cpu"] = json!(cpu);
            record["targets"][0]["file_system"]["kind"] = json!(kind);
        }
    };
    let folder = shelf.path("records");
    fs::create_dir_all(folder.join("2026-12")).unwrap();
    for (at, made) in [
        ("one.json", shelf.record("1.json", on("Slow CPU", "xfs"))),
        ("2026-12/one.json", shelf.record("2.json", on("Fast CPU", "ext4"))),
        ("2026-12-one.json", shelf.record("3.json", on("Fast CPU", "btrfs"))),
        ("hostile<b>.json", shelf.record("4.json", on(HOSTILE, HOSTILE))),
    ] {
        fs::rename(made, folder.join(at)).unwrap();
    }
    fs::write(folder.join("cut<i>.json"), "{\"schema\": 1, ").unwrap();
    fs::write(folder.join("tree.fsbench.json"), "{}").unwrap();
    fs::write(folder.join("notes.md"), "none").unwrap();

    let page = shelf.path("gallery.html");
    let ran = fsbench(&["report", "--gallery", folder.to_str().unwrap(), "-o", page.to_str().unwrap()]);
    assert_eq!(ran.code, Some(1), "something could not be read: {}", ran.err);
    assert!(ran.err.contains("cut<i>.json") && ran.err.contains("cut short"), "{}", ran.err);
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("4 records of 3 machines") && page.contains("cut&lt;i&gt;.json"), "{page}");
    for shown in ["Slow CPU", "Fast CPU", ">xfs<", ">ext4<", ">btrfs<", ">2026-12&#x2f;one<", ">2026-12-one<", ">one<"]
    {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("tree.fsbench") && !page.contains("notes"), "what is no record of anything");
    assert!(!page.contains("<script>alert") && !page.contains("<b>") && !page.chars().any(|c| acts(c) && c != '\n'));
    for outside in ["src=", "href=\"http", "url(", "@import", "style=\"", "onclick", "javascript:", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let once: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(once.len(), ids.len(), "no id twice: {ids:?}");

    let nothing = shelf.path("nothing");
    fs::create_dir(&nothing).unwrap();
    let ran = fsbench(&["report", "--gallery", nothing.to_str().unwrap(), "-o", "g.html"]);
    assert!(ran.code == Some(2) && ran.err.contains("no record"), "{}", ran.err);
    let ran = fsbench(&["report", "--gallery", folder.to_str().unwrap(), "-o", "g.md"]);
    assert!(ran.code == Some(2) && ran.err.contains(".html"), "{}", ran.err);
}

#[test]
fn a_process_whose_time_is_the_kernels_is_limited_by_its_calls_and_an_unknown_peak_has_its_reason() {
    let shelf = Shelf::new();
    fs::create_dir(shelf.path("tree")).unwrap();
    let tree = shelf.path("tree");
    let words = ["compare", "--rounds", "2", "--calls", "none", "--command", "find {}", "--format", "json"];
    let made = fsbench(&[&words[..], &[tree.to_str().unwrap()]].concat()).json();
    let shown = |user_ns: u64, sys_ns: u64, peak: Value| {
        let mut record = made.clone();
        let cases = record["cases"].as_array_mut().unwrap();
        for measured in
            cases.iter_mut().filter(|case| !case["command"].is_null()).map(|case| &mut case["outcome"]["measured"])
        {
            measured["peak_bytes"] = peak.clone();
            for sample in measured["samples"].as_array_mut().unwrap() {
                (sample["user_ns"], sample["sys_ns"]) = (user_ns.into(), sys_ns.into());
            }
        }
        let path = shelf.path("record.json");
        fs::write(&path, record.to_string()).unwrap();
        shelf.make(&[&path], "markdown").0
    };
    let (limit, peak) = ("the calls are the limit", "peak memory is known only where");
    let text = shown(99_000_000, 901_000_000, Value::Null);
    assert!(text.contains(limit) && text.contains(peak), "{text}");
    let text = shown(101_000_000, 899_000_000, 12_000_000.into());
    assert!(!text.contains(limit) && !text.contains(peak), "{text}");
}

#[test]
fn a_gallery_says_which_folder_or_file_may_not_be_read() {
    let shelf = Shelf::new();
    let records = shelf.path("records");
    let (closed, secret) = (records.join("closed"), records.join("secret.json"));
    fs::create_dir_all(&closed).unwrap();
    fs::rename(shelf.record("1.json", |_| ()), records.join("one.json")).unwrap();
    fs::write(&secret, "{}").unwrap();
    let mode = |path: &Path, mode| fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    for (path, bits) in [(shelf.path(""), 0o755), (closed.clone(), 0), (secret.clone(), 0)] {
        mode(&path, bits);
    }
    let nobody = Unprivileged::new();
    let gallery = || Ran::of(nobody.command().args(["report", "--gallery"]).arg(&records));
    let some = gallery();
    mode(&records, 0o311);
    let none = gallery();
    // So that whoever made them can remove them.
    [&records, &closed].iter().for_each(|path| mode(path, 0o755));

    assert_eq!(some.code, Some(1), "{}", some.err);
    for (path, name) in [(&closed, "closed"), (&secret, "secret.json")] {
        let said = format!("'{}': Permission denied\n", path.display());
        assert!(some.err.contains(&said), "{said}: {}", some.err);
        assert!(some.out.contains(name), "the page names {name}");
    }
    assert_eq!(some.err.lines().count(), 2, "{}", some.err);
    assert!(some.out.contains("one") && !some.out.contains("os error"));
    assert_eq!((none.code, none.out.as_str()), (Some(2), ""));
    assert_eq!(none.err, format!("fsbench: openat '{}': Permission denied\n", records.display()));
}

#[test]
fn records_of_other_trees_and_of_debug_builds_do_not_stand_side_by_side() {
    let shelf = Shelf::new();
    let on = |kind: &'static str| move |record: &mut Value| record["targets"][0]["file_system"]["kind"] = json!(kind);
    let (ext4, xfs) = (shelf.record("ext4.json", on("ext4")), shelf.record("xfs.json", on("xfs")));
    let (made, said) = shelf.make(&[&ext4, &xfs], "markdown");
    assert!(made.contains("ratio to the baseline") && said.is_empty(), "{said}{made}");
    let header = made.lines().find(|line| line.starts_with("| Strategy")).unwrap();
    assert!(header.contains(" ext4 ") && header.contains(" xfs "), "{header}");

    let other = shelf.record("other.json", |record| {
        for truth in record["targets"][0]["truths"].as_array_mut().unwrap() {
            truth["digest"] = json!("0123456789abcdef");
        }
    });
    let (made, said) = shelf.make(&[&ext4, &other], "markdown");
    assert!(!made.contains("ratio to the baseline\n"), "{made}");
    assert!(said.contains("other: not compared with ext4") && said.contains("0123456789abcdef"), "{said}");
    assert!(made.contains("other: not compared with ext4"), "the report says it, too: {made}");

    let debug = shelf.record("debug.json", |record| record["environment"]["build"] = json!("debug"));
    let (page, said) = shelf.make(&[&ext4, &debug], "html");
    assert!(said.contains("debug: built without optimisation"), "{said}");
    assert!(page.contains("These times mean nothing") && !page.contains("side by side"), "{said}");
}

#[test]
fn cold_stands_beside_warm() {
    let shelf = Shelf::new();
    let warm = shelf.record("warm.json", |_| {});
    let cold = shelf.record("cold.json", |record| {
        record["cases"].as_array_mut().unwrap().iter_mut().for_each(|case| case["cache"] = json!("cold"));
    });
    let (made, _) = shelf.make(&[&cold, &warm], "markdown");
    let header = made.lines().find(|line| line.starts_with("| Strategy")).unwrap();
    assert!(header.find(" warm ") < header.find(" cold ") && header.contains("Cold / warm"), "{header}");
}

#[test]
fn a_legend_names_only_what_can_be_seen() {
    let shelf = Shelf::new();
    let svg = shelf.svg(Path::new(EVERYTHING));
    let charts: Vec<&str> =
        svg.split("<svg ").filter(|chart| chart.contains("System calls an entry, counted")).collect();
    assert!(charts.len() > 2);
    for chart in charts {
        let rects = chart.split("<rect ").skip(1).filter(|rect| rect.contains("class=\"c"));
        let sizes = rects.map(|rect| {
            let number = |name: &str| between(rect, &format!(" {name}=\""), "\"").parse::<f64>().unwrap();
            (between(rect, "class=\"", "\""), number("width"), number("height"))
        });
        let (legend, bars): (Vec<_>, Vec<_>) = sizes.partition(|(_, width, height)| width == height);
        assert!(!legend.is_empty());
        for (class, ..) in legend {
            assert!(bars.iter().any(|(other, width, _)| *other == class && *width > 1.0), "{class}: {chart}");
        }
    }
}

#[test]
fn prices_stand_in_page_and_deck_and_what_they_cannot_go_with_is_refused() {
    let shelf = Shelf::new();
    let record = shelf.record("a.json", |_| {});
    // As Criterion keeps it.
    let folder = shelf.path("criterion");
    let null = folder.join("calls/null/1/new");
    fs::create_dir_all(&null).unwrap();
    let id = json!({"full_id": "calls/null/1", "group_id": "calls", "function_id": "null", "value_str": "1", "throughput": null});
    fs::write(null.join("benchmark.json"), id.to_string()).unwrap();
    fs::write(null.join("sample.json"), json!({"iters": [2.0, 2.0], "times": [146.0, 146.0]}).to_string()).unwrap();
    let criterion = format!("--criterion={}", folder.display());
    let report = |more: &[&str]| fsbench(&[&["report", &criterion], more].concat());
    for format in ["html", "slides", "markdown"] {
        let made = report(&[record.to_str().unwrap(), "--format", format]);
        assert_eq!(made.code, Some(0), "{}", made.err);
        assert!(made.out.contains("73.0 ns"), "{format}");
    }
    for refused in [&["--format", "slides"][..], &["-o", "x"], &[record.to_str().unwrap(), "--baseline", "x"]] {
        let ran = report(refused);
        assert_eq!(ran.code, Some(2), "{refused:?}");
        assert!(ran.err.contains("without records"), "{}", ran.err);
    }
}

#[test]
fn csv_has_a_line_for_every_row_of_every_record() {
    let shelf = Shelf::new();
    let (a, b) = (shelf.record("a.json", |_| {}), shelf.record("b.json", |_| {}));
    let one = shelf.make(&[&a], "csv").0.lines().count();
    let both = shelf.make(&[&a, &b], "csv").0;
    assert_eq!(both.lines().count(), 2 * one - 1);
    assert!(both.starts_with("record,view,strategy,") && both.contains("\nb,"), "{both}");
}

#[test]
fn a_readme_is_renewed_between_its_markers_and_stays_as_it_is_elsewhere() {
    let shelf = Shelf::new();
    let record = shelf.record("mine.json", |_| {});
    let readme = shelf.path("README.md");
    let splice = || fsbench(&["report", record.to_str().unwrap(), "--splice", readme.to_str().unwrap()]);
    let view = "walking-tree-names-and-file-types-fastest";
    fs::write(&readme, format!("# Mine\n\n<!-- fsbench:mine/{view} -->\nold\n<!-- /fsbench -->\n\nEnd\n")).unwrap();
    assert_eq!(splice().code, Some(0));
    let once = fs::read_to_string(&readme).unwrap();
    assert!(once.starts_with(&format!("# Mine\n\n<!-- fsbench:mine/{view} -->\n### ")), "{once}");
    assert!(once.ends_with("<!-- /fsbench -->\n\nEnd\n") && !once.contains("old"), "{once}");
    assert!(once.contains("<code>fsbench compare --rounds 2"), "the command that measured it: {once}");
    assert!(once.contains("--splice"), "the command that put it there: {once}");
    assert_eq!(splice().code, Some(0));
    assert_eq!(fs::read_to_string(&readme).unwrap(), once, "twice is once");

    for (text, complaint) in [
        ("no section\n", "has no section"),
        ("<!-- fsbench:mine -->\nopen\n", "line 1"),
        ("<!-- fsbench:mine/nothing -->\n<!-- /fsbench -->\n", view),
    ] {
        fs::write(&readme, text).unwrap();
        let ran = splice();
        assert_eq!(ran.code, Some(2), "{text}");
        assert!(ran.err.contains(complaint), "{}", ran.err);
        assert_eq!(fs::read_to_string(&readme).unwrap(), text, "an error leaves the text alone");
    }
}

#[test]
fn a_png_is_made_of_every_chart_or_what_to_do_instead_is_said() {
    let shelf = Shelf::new();
    let record = shelf.record("a.json", |_| {});
    let folder = shelf.path("png");
    let ran = fsbench(&["report", "--format", "png", "-o", folder.to_str().unwrap(), record.to_str().unwrap()]);
    if cfg!(not(feature = "png")) {
        assert_eq!(ran.code, Some(2));
        assert!(ran.err.contains("--features png"), "{}", ran.err);
        assert!(!folder.exists(), "a picture that cannot be made leaves no folder");
        return;
    }
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty());
    for file in files {
        let bytes = fs::read(&file).unwrap();
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.len() > 10_000, "{}", file.display());
    }
}

#[test]
fn what_is_no_record_is_refused() {
    let shelf = Shelf::new();
    let path = shelf.path("no.json");
    fs::write(&path, "{}").unwrap();
    let ran = fsbench(&["report", path.to_str().unwrap()]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("no record"), "{}", ran.err);
}
