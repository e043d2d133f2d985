//! Reads Criterion's files: what was measured under one baseline's name.
//!
//! Criterion 0.8 keeps a folder a benchmark, with one below it for each baseline: `new` is the last run, others are
//! what `--save-baseline` named. Of its files two are read: `benchmark.json` for the id (folder names have `_` for `/`,
//! and are cut off) and `sample.json` for the samples, of which medians and intervals are computed as everywhere here.

use super::note::{CaseNote, Note, Notes};
use crate::error::Error;
use crate::measure::stats::{Estimate, RESAMPLES, estimate};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The baseline that Criterion gives the last run.
pub const LAST: &str = "new";

/// Where Criterion's files are, unless somebody says otherwise: as Criterion has it, but for a target folder that only
/// Cargo's configuration names.
pub fn usual_folder() -> PathBuf {
    let named = |variable| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let target = || named("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()).join("criterion");
    named("CRITERION_HOME").unwrap_or_else(target)
}

/// Everything measured under one baseline.
#[derive(Debug, Clone)]
pub struct Saved {
    /// The baseline's name.
    pub baseline: String,
    /// By id.
    pub benchmarks: Vec<Benchmark>,
    /// What our benches noted.
    pub notes: Notes,
}

/// One benchmark's samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    /// `GROUP/FUNCTION/VALUE`.
    pub id: String,
    /// Its group.
    pub group: String,
    /// A strategy's name, or a call's.
    pub function: String,
    /// Its factors.
    pub value: String,
    /// Things that an iteration is about, where it says.
    pub elements: Option<u64>,
    /// The time of an iteration, nanoseconds, in each sample.
    pub samples: Vec<f64>,
    /// Their median and its interval.
    pub time: Estimate,
}

/// `benchmark.json`, as far as it is of use.
#[derive(Deserialize)]
struct Id {
    full_id: String,
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
    throughput: Option<Throughput>,
}

#[derive(Deserialize)]
enum Throughput {
    Elements(u64),
    #[serde(untagged)]
    Other(serde::de::IgnoredAny),
}

/// `sample.json`: times of all iterations of each sample.
#[derive(Deserialize)]
struct Samples {
    iters: Vec<f64>,
    times: Vec<f64>,
}

impl Saved {
    /// Reads a Criterion folder.
    ///
    /// # Errors
    /// When it is not there, a file in it is not Criterion's, or nothing in it has that baseline.
    pub fn read(folder: &Path, baseline: &str) -> Result<Self, Error> {
        let mut benchmarks = Vec::new();
        collect(folder, baseline, &mut benchmarks)?;
        if benchmarks.is_empty() {
            let why = format!(
                "nothing was saved as '{baseline}': run `cargo bench`, or with `-- --save-baseline {baseline}`"
            );
            return Err(Error::other("read", folder, why));
        }
        benchmarks.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Self { baseline: baseline.to_owned(), benchmarks, notes: Notes::read(folder)? })
    }

    /// The benchmarks of a group.
    pub fn group<'s>(&'s self, group: &'s str) -> impl Iterator<Item = &'s Benchmark> {
        self.benchmarks.iter().filter(move |benchmark| benchmark.group == group)
    }

    /// The benchmark with that id.
    pub fn by_id(&self, id: &str) -> Option<&Benchmark> {
        self.benchmarks.iter().find(|benchmark| benchmark.id == id)
    }

    /// What was noted of a strategy's listing.
    pub fn case(&self, benchmark: &Benchmark) -> Option<&CaseNote> {
        match self.notes.benchmarks.get(&benchmark.id)? {
            Note::Case(case) => Some(case),
            Note::Price { .. } => None,
        }
    }

    /// How many calls an iteration of a price makes, what entries they hand over, and how many components they resolve.
    pub fn price(&self, benchmark: &Benchmark) -> Option<(u64, Option<u64>, Option<f64>)> {
        match *self.notes.benchmarks.get(&benchmark.id)? {
            Note::Price { calls, entries, components } => Some((calls, entries, components)),
            Note::Case(_) => None,
        }
    }
}

/// Adds every benchmark of `baseline` in or below `folder`.
fn collect(folder: &Path, baseline: &str, into: &mut Vec<Benchmark>) -> Result<(), Error> {
    let failed = |error| Error::new("read_dir", folder, error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_type().map_err(failed)?.is_dir() {
            continue;
        }
        let path = entry.path();
        match load::<Id>(&path.join("benchmark.json"))? {
            // A folder with this file is a baseline's; there is nothing below it.
            Some(id) if entry.file_name() == baseline => into.extend(benchmark(id, &path)?),
            Some(_) => {}
            None => collect(&path, baseline, into)?,
        }
    }
    Ok(())
}

fn benchmark(id: Id, folder: &Path) -> Result<Option<Benchmark>, Error> {
    let Some(Samples { iters, times }) = load(&folder.join("sample.json"))? else { return Ok(None) };
    let samples: Vec<f64> = times.iter().zip(&iters).map(|(time, iterations)| time / iterations).collect();
    let Some(time) = estimate(&samples, RESAMPLES, 1) else { return Ok(None) };
    Ok(Some(Benchmark {
        id: id.full_id,
        group: id.group_id,
        function: id.function_id.unwrap_or_default(),
        value: id.value_str.unwrap_or_default(),
        elements: match id.throughput {
            Some(Throughput::Elements(elements)) => Some(elements),
            Some(Throughput::Other(_)) | None => None,
        },
        samples,
        time,
    }))
}

/// A JSON file; `None` where there is no such file.
fn load<T: DeserializeOwned>(path: &PathBuf) -> Result<Option<T>, Error> {
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| Error::other("read", path, error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::new("read", path, error)),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A folder as Criterion fills it, with these benchmarks: baseline, group, function, value, nanoseconds an
    /// iteration.
    pub(crate) fn folder(benchmarks: &[(&str, &str, &str, &str, f64)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (baseline, group, function, value, time) in benchmarks {
            let safe = |text: &str| text.replace('/', "_");
            let path = folder.path().join(safe(group)).join(safe(function)).join(safe(value)).join(baseline);
            fs::create_dir_all(&path).unwrap();
            let id = serde_json::json!({
                "group_id": group, "function_id": function, "value_str": value, "throughput": {"Elements": 100},
                "full_id": format!("{group}/{function}/{value}"), "directory_name": "x", "title": "x",
            });
            fs::write(path.join("benchmark.json"), id.to_string()).unwrap();
            let times: Vec<f64> = (0..10).map(|n| 2.0 * time * (1.0 + f64::from(n % 3 - 1) / 1000.0)).collect();
            let sample = serde_json::json!({"sampling_mode": "Flat", "iters": vec![2.0; 10], "times": times});
            fs::write(path.join("sample.json"), sample.to_string()).unwrap();
        }
        folder
    }

    #[test]
    fn an_id_with_slashes_is_read_from_inside_the_file() {
        let folder = folder(&[("new", "listing", "getdents/64k", "kinds/flat/warm", 500.0)]);
        let saved = Saved::read(folder.path(), LAST).unwrap();
        let only = saved.by_id("listing/getdents/64k/kinds/flat/warm").unwrap();
        assert_eq!((only.function.as_str(), only.elements), ("getdents/64k", Some(100)));
        assert!((only.time.median - 500.0).abs() < 1e-9);
    }

    #[test]
    fn a_baseline_that_nobody_saved_says_how_to_save_it() {
        let folder = folder(&[("new", "g", "f", "v", 1.0)]);
        let error = Saved::read(folder.path(), "main").unwrap_err().to_string();
        assert!(error.contains("--save-baseline main"), "{error}");
    }

    #[test]
    fn a_throughput_in_bytes_is_no_number_of_things() {
        let text = r#"{"full_id":"g","group_id":"g","function_id":null,"value_str":null,"throughput":{"Bytes":7}}"#;
        let id: Id = serde_json::from_str(text).unwrap();
        assert!(matches!(id.throughput, Some(Throughput::Other(_))));
    }
}
