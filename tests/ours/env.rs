//! `fsbench env` says what bears on a measurement here, and every record says it too.

use crate::kit::command::fsbench;

#[test]
fn the_table_names_the_machine_and_the_file_system() {
    let ran = fsbench(&["env", "/proc"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("Linux"), "{}", ran.out);
    assert!(ran.out.contains("file system of /proc"), "{}", ran.out);
}

#[test]
fn json_says_the_verdict_on_each_condition() {
    let found = fsbench(&["env", "--format", "json"]).json();
    let conditions = found["environment"]["conditions"].as_array().unwrap();
    assert!(conditions.iter().any(|condition| condition["name"] == "load"), "{found}");
    for condition in conditions {
        let verdict = condition["verdict"].as_str().unwrap();
        assert!(["fine", "disturbs", "missing"].contains(&verdict), "{condition}");
    }
}

#[test]
fn a_directory_that_is_not_there_is_an_error() {
    let ran = fsbench(&["env", "/no/such/directory"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("/no/such/directory"), "{}", ran.err);
}

#[test]
fn a_record_carries_the_conditions_it_was_made_under() {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("a"), "").unwrap();
    let dir = folder.path().to_str().unwrap();
    let record = fsbench(&["compare", "--flat", dir, "-s", "std", "--rounds", "1", "--format", "json"]).json();
    assert!(!record["environment"]["conditions"].as_array().unwrap().is_empty(), "{record}");
}
