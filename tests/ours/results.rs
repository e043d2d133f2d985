//! What documents show of results/ is spliced from it, not typed.

use crate::kit::command::{FSBENCH, Ran, fsbench};
use crate::kit::skip::skip;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The records of results/, as paths below the repository; none in the published package, which is without them.
fn records() -> Vec<PathBuf> {
    let (mut folders, mut records) = (vec![Path::new(ROOT).join("results")], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(extension) if extension == "json" => records.push(path.strip_prefix(ROOT).unwrap().to_owned()),
                _ => {}
            }
        }
    }
    records
}

#[test]
fn every_spliced_section_is_what_its_record_says() {
    let records = records();
    if records.is_empty() {
        return skip("the README's tables", "results/ is not in the published package");
    }
    for document in ["README.md", "results/README.md"] {
        let text = fs::read_to_string(Path::new(ROOT).join(document)).unwrap();
        let markers = text.lines().filter_map(|line| line.strip_prefix("<!-- fsbench:")?.strip_suffix(" -->"));
        let mut names: Vec<&str> = markers.filter_map(|marker| marker.split('/').next()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            // Months have records of one name: the text says which is meant.
            let named = |record: &&PathBuf| {
                record.file_stem().is_some_and(|stem| stem == name) && text.contains(record.to_str().unwrap())
            };
            let record = records.iter().find(named).unwrap_or_else(|| panic!("{document}: no record {name}"));
            let folder = tempfile::tempdir().unwrap();
            for path in [record.as_path(), Path::new(document)] {
                fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
                fs::copy(Path::new(ROOT).join(path), folder.path().join(path)).unwrap();
            }
            // The command stands in the text: it is given as it stands there.
            let section = text.split(&format!("<!-- fsbench:{name}/")).nth(1).unwrap();
            let command =
                section.split("put here by <code>fsbench ").nth(1).and_then(|rest| rest.split("</code>").next());
            let command = command
                .unwrap_or_else(|| panic!("{document}: {name} does not say what put it there"))
                .replace('\\', "");
            let arguments = shell_words::split(&command).unwrap();
            assert!(
                [record.to_str().unwrap(), document]
                    .iter()
                    .all(|word| arguments.iter().any(|argument| argument == word)),
                "{command}"
            );
            let ran = Ran::of(Command::new(FSBENCH).args(&arguments).current_dir(&folder));
            assert_eq!(ran.code, Some(0), "{}", ran.err);
            let spliced = fs::read_to_string(folder.path().join(document)).unwrap();
            assert!(spliced == text, "{document} is not what its records say: run `fsbench {}`", arguments.join(" "));
        }
    }
}

#[test]
fn the_readme_shows_a_chart_that_is_in_results() {
    if records().is_empty() {
        return skip("the README's chart", "results/ is not in the published package");
    }
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let links = readme.split("](results/").skip(1).filter_map(|rest| rest.split(')').next());
    let links: Vec<&str> = links.collect();
    assert!(links.iter().any(|link| link.ends_with(".svg")), "{links:?}");
    for link in links {
        assert!(Path::new(ROOT).join("results").join(link).exists(), "{link}");
    }
}

#[test]
fn every_record_in_results_is_of_a_release_build() {
    for record in records() {
        let ran = fsbench(&["report", Path::new(ROOT).join(&record).to_str().unwrap()]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", record.display());
    }
}
