//! Notes of benches for which Criterion's files have no place: how many calls an iteration made, what was listed, the
//! machine.
//!
//! One file in Criterion's folder, beside the groups: `fsbench.json`. Benches that run later add to it; what they
//! measure again they replace.

use crate::error::Error;
use crate::escape;
use crate::list::Want;
use crate::measure::environment::Environment;
use crate::measure::file_system::FileSystem;
use crate::measure::price::Prices;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The version of this format. It grows when a field changes its meaning or goes.
pub const SCHEMA: u32 = 1;

/// The notes on all benchmarks of a Criterion folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notes {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The machine that the last bench ran on.
    pub environment: Option<Environment>,
    /// What held its trees.
    pub file_system: Option<FileSystem>,
    /// By the benchmark's whole id.
    pub benchmarks: BTreeMap<String, Note>,
}

/// The note on one benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// A call's price.
    Price {
        /// Calls that an iteration makes.
        calls: u64,
        /// Entries that it hands over, of a call that does.
        entries: Option<u64>,
        /// Components of each path that it resolves.
        components: Option<f64>,
    },
    /// A strategy's listing.
    Case(Box<CaseNote>),
}

/// What a strategy listed, and what it took besides time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseNote {
    /// What each entry was asked for.
    pub want: Want,
    /// The tree: `source, 100,000 entries, seed 1`.
    pub tree: String,
    /// Entries of a listing.
    pub entries: u64,
    /// Directories that it reads, the root among them.
    pub directories: u64,
    /// Components of an entry's absolute path, on average.
    pub components: f64,
    /// Threads that it might use.
    pub threads: usize,
    /// Time in user mode of one listing, nanoseconds: the mean of all samples.
    pub user_ns: f64,
    /// Time in the kernel, likewise.
    pub sys_ns: f64,
    /// Pages touched for the first time in one listing, likewise.
    #[serde(default)]
    pub faults: f64,
    /// What its calls cost inside a listing; of a case whose calls come one at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<Prices>,
    /// Samples that read nothing from storage: of a cold case, those that were not.
    pub warm_samples: u64,
    /// System calls of one listing, by name.
    pub calls: Counts,
}

/// The system calls of one listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counts {
    /// How many of each.
    Counted {
        /// Calls that returned, by name.
        calls: BTreeMap<String, u64>,
        /// Operations that io_uring did for some of them.
        uring_operations: u64,
        /// Entries of the smaller tree that was listed for it, where counting the calls of a whole listing takes too
        /// long: the numbers are what they would be on the whole one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scaled_from: Option<u64>,
    },
    /// They were not counted, and why.
    Uncounted(String),
}

impl Default for Notes {
    fn default() -> Self {
        Self { schema: SCHEMA, environment: None, file_system: None, benchmarks: BTreeMap::new() }
    }
}

impl Notes {
    /// Reads the notes of a Criterion folder; none if there is no file.
    ///
    /// # Errors
    /// When there are some and they cannot be read, or are of another schema.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = path(folder);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Error::new("read", path, error)),
        };
        let notes: Self = serde_json::from_slice(&text).map_err(|error| Error::other("read", &path, error))?;
        if notes.schema != SCHEMA {
            let why = format!("schema {}, where {SCHEMA} is understood: run `cargo bench` again", notes.schema);
            return Err(Error::other("read", path, why));
        }
        Ok(notes)
    }

    /// Writes the file at once: a reader sees the old notes or the new ones.
    ///
    /// # Errors
    /// When the folder or the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        let path = path(folder);
        let text = escape::json(self).map_err(|error| Error::other("write", &path, error))?;
        std::fs::create_dir_all(folder).map_err(|error| Error::new("mkdir", folder, error))?;
        let draft = path.with_extension("json.new");
        std::fs::write(&draft, text).map_err(|error| Error::new("write", &draft, error))?;
        std::fs::rename(&draft, &path).map_err(|error| Error::new("rename", &path, error))
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("fsbench.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_survive_their_file_and_a_folder_without_any_has_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Notes::read(folder.path()).unwrap(), Notes::default());
        let mut notes = Notes::default();
        notes.benchmarks.insert("calls/null/1".to_owned(), Note::Price { calls: 1, entries: None, components: None });
        notes.write(folder.path()).unwrap();
        assert_eq!(Notes::read(folder.path()).unwrap(), notes);
    }

    #[test]
    fn notes_are_text_to_whoever_looks_at_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut notes = Notes::default();
        notes
            .benchmarks
            .insert("\u{9b}31m\u{7f}".to_owned(), Note::Price { calls: 1, entries: None, components: None });
        notes.write(folder.path()).unwrap();
        let text = std::fs::read_to_string(path(folder.path())).unwrap();
        assert!(text.contains("\\u009b31m\\u007f") && !text.contains(['\u{9b}', '\u{7f}']), "{text:?}");
        assert_eq!(Notes::read(folder.path()).unwrap(), notes);
    }

    #[test]
    fn notes_of_another_schema_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        Notes { schema: SCHEMA + 1, ..Notes::default() }.write(folder.path()).unwrap();
        let error = Notes::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("run `cargo bench` again"), "{error}");
    }
}
