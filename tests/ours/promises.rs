//! Every test that docs/reliability.md names is there.

use std::fs;
use std::path::{Path, PathBuf};

/// What stands in backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_promise_names_tests_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = fs::read_to_string(root.join("docs/reliability.md")).unwrap();
    let tables = document.split("| promise | kept by |\n|---|---|\n").skip(1);
    let rows = tables.flat_map(|table| table.lines().take_while(|line| line.starts_with("| ")));
    let mut promises = 0;
    // The package of this crate is without the others.
    let is_package = !root.join("crates").exists();
    for row in rows.filter(|row| !(is_package && row.contains("`crates/"))) {
        let kept_by = row.rsplit(" | ").next().unwrap();
        let mut file = None;
        let mut tests = 0;
        for word in quoted(kept_by) {
            if word.ends_with(".rs") {
                file = Some(fs::read_to_string(root.join(word)).unwrap_or_else(|error| panic!("{word}: {error}")));
                continue;
            }
            let is_there = file.as_ref().is_some_and(|text| text.contains(&format!("fn {word}(")));
            assert!(is_there, "there is no test {word}: {row}");
            tests += 1;
        }
        assert!(tests > 0, "kept by nothing: {row}");
        promises += 1;
    }
    assert!(promises > 35, "the tables were not found: {promises}");
}

/// The code of a file without its tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

/// Every Rust file below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.extension() {
            _ if path.is_dir() => found.extend(sources(&path)),
            Some(extension) if extension == "rs" => found.push(path),
            _ => {}
        }
    }
    found
}

#[test]
fn json_has_one_way_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let writes = |path: &PathBuf| {
        let code = code(path);
        ["to_string", "to_vec", "to_writer"].iter().any(|call| code.contains(&format!("serde_json::{call}")))
    };
    let writers: Vec<PathBuf> = sources(&root.join("src")).into_iter().filter(writes).collect();
    assert_eq!(writers, [root.join("src/escape.rs")], "what acts on a terminal is escaped there and nowhere else");
}
