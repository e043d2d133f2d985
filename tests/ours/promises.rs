//! Every test that docs/reliability.md names is there.

use std::fs;
use std::path::Path;

/// What stands in backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_promise_names_tests_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = fs::read_to_string(root.join("docs/reliability.md")).unwrap();
    let rows = document.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| promise"));
    let mut promises = 0;
    for row in rows {
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
    assert!(promises > 20, "the tables were not found: {promises}");
}
