//! The README's tables are those of results/: spliced, not typed.

mod kit;

use kit::command::fsbench;
use kit::skip::skip;
use std::fs;
use std::path::Path;

#[test]
fn the_readme_shows_the_tables_of_the_records_in_results() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Ok(entries) = fs::read_dir(root.join("results/fs-matrix")) else {
        return skip("the README's tables", "results/ is not in the published package");
    };
    let mut records: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    records.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    records.sort();
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    for record in records {
        let name = record.file_stem().unwrap().to_str().unwrap();
        if !readme.contains(&format!("<!-- fsbench:{name}/")) {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("results/fs-matrix")).unwrap();
        fs::copy(&record, folder.path().join(format!("results/fs-matrix/{name}.json"))).unwrap();
        fs::write(folder.path().join("README.md"), &readme).unwrap();
        // The command stands in the text: it is given as it stands there.
        let mut command = std::process::Command::new(kit::command::FSBENCH);
        command
            .args(["report", &format!("results/fs-matrix/{name}.json"), "--splice", "README.md"])
            .current_dir(folder.path());
        let ran = kit::command::Ran::of(&mut command);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let spliced = fs::read_to_string(folder.path().join("README.md")).unwrap();
        assert_eq!(spliced, readme, "run `fsbench report results/fs-matrix/{name}.json --splice README.md`");
    }
}

#[test]
fn every_record_in_results_is_of_a_release_build() {
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    if !results.is_dir() {
        return skip("the records in results/", "it is not in the published package");
    }
    for folder in [results.clone(), results.join("fs-matrix")] {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.extension().is_some_and(|extension| extension == "json") {
                let ran = fsbench(&["report", path.to_str().unwrap()]);
                assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", path.display());
            }
        }
    }
}
