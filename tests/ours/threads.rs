//! `--threads 1,2,4`: a sweep in one table, each strategy's best count marked.

use crate::kit::command::fsbench;
use serde_json::Value;

#[test]
fn each_strategy_that_takes_threads_has_one_best_count() {
    let tree = tempfile::tempdir().unwrap();
    std::fs::write(tree.path().join("a"), "").unwrap();
    let dir = tree.path().to_str().unwrap();
    let record = fsbench(&[
        "compare",
        dir,
        "-s",
        "serial",
        "-s",
        "rayon",
        "-s",
        "ignore",
        "--threads",
        "1,2,3",
        "--rounds",
        "2",
        "--format",
        "json",
    ])
    .json();
    let strategy = |row: &Value| record["cases"][row["case"].as_u64().unwrap() as usize]["strategy"].clone();
    let rows = record["views"][0]["rows"].as_array().unwrap();
    let best = |name: &str| {
        let is_best = |row: &&Value| row["marks"].as_array().unwrap().contains(&"best-count".into());
        rows.iter().filter(|row| strategy(row) == name).filter(is_best).count()
    };
    assert_eq!(rows.len(), 7, "one serial row, three of each of the others");
    assert_eq!([best("serial"), best("rayon"), best("ignore")], [0, 1, 1]);
}
