//! `fsbench env` says what bears on a measurement here, and every record says it too.

use std::process::{Command, Output};

fn fsbench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fsbench")).args(arguments).output().unwrap()
}

#[test]
fn the_table_names_the_machine_and_the_file_system() {
    let output = fsbench(&["env", "/proc"]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Linux"), "{text}");
    assert!(text.contains("file system of /proc"), "{text}");
}

#[test]
fn json_says_the_verdict_on_each_condition() {
    let output = fsbench(&["env", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let conditions = found["environment"]["conditions"].as_array().unwrap();
    assert!(conditions.iter().any(|condition| condition["name"] == "load"), "{found}");
    for condition in conditions {
        let verdict = condition["verdict"].as_str().unwrap();
        assert!(["fine", "disturbs", "missing"].contains(&verdict), "{condition}");
    }
}

#[test]
fn a_directory_that_is_not_there_is_an_error() {
    let output = fsbench(&["env", "/no/such/directory"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/no/such/directory"), "{output:?}");
}

#[test]
fn a_record_carries_the_conditions_it_was_made_under() {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("a"), "").unwrap();
    let dir = folder.path().to_str().unwrap();
    let output = fsbench(&["compare", "--flat", dir, "-s", "std", "--rounds", "1", "--format", "json"]);
    let record: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(!record["environment"]["conditions"].as_array().unwrap().is_empty(), "{record}");
}
