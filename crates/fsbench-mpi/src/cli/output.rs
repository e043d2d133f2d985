//! Where `list` writes: files that have another name until all of them are whole.

use clap::ValueEnum;
use fswalk::{Error, Kind};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What follows a file's name until it is whole.
pub(super) const PARTIAL: &str = ".partial";

/// How an entry is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Its path and a newline.
    Lines,
    /// Its path and a NUL, for names that hold newlines.
    Null,
    /// An object a line: its path, a string or `{"hex": "..."}` where it is not UTF-8, and its kind.
    Json,
}

impl Format {
    /// Appends one entry.
    pub(super) fn append(self, path: &[u8], kind: Kind, out: &mut Vec<u8>) {
        match self {
            Self::Lines => out.extend_from_slice(path),
            Self::Null => out.extend_from_slice(path),
            Self::Json => {
                let path = match std::str::from_utf8(path) {
                    Ok(text) => serde_json::Value::from(text),
                    Err(_) => serde_json::json!({ "hex": hex(path) }),
                };
                let kind = char::from(kind.letter()).to_string();
                out.extend_from_slice(serde_json::json!({ "path": path, "kind": kind }).to_string().as_bytes());
            }
        }
        out.push(if self == Self::Null { 0 } else { b'\n' });
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file that is not whole yet. It is removed if it is dropped before it is [`Partial::keep`]t.
pub(super) struct Partial {
    path: PathBuf,
    file: File,
    is_kept: bool,
}

impl Partial {
    /// A new file, which will be `path`.
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(PARTIAL);
        let file = File::create_new(&partial).map_err(|error| Error::new("open", &partial, error))?;
        Ok(Self { path: path.to_owned(), file, is_kept: false })
    }

    /// Where it is now.
    pub(super) fn place(&self) -> PathBuf {
        let mut partial = self.path.clone().into_os_string();
        partial.push(PARTIAL);
        partial.into()
    }

    /// Appends to it.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|error| Error::new("write", self.place(), error))
    }

    /// Waits until it is stored: some file systems tell only now that there was no room.
    pub(super) fn sync(&mut self) -> Result<(), Error> {
        self.file.sync_all().map_err(|error| Error::new("fsync", self.place(), error))
    }

    /// Gives it its name.
    pub(super) fn keep(mut self) -> Result<(), Error> {
        std::fs::rename(self.place(), &self.path).map_err(|error| Error::new("rename", self.place(), error))?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed has a name that says what it is.
            let _ = std::fs::remove_file(self.place());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_written_as_the_format_says() {
        let written = |format: Format, path| {
            let mut out = Vec::new();
            format.append(path, Kind::File, &mut out);
            out
        };
        assert_eq!(written(Format::Lines, b"a/b"), b"a/b\n");
        assert_eq!(written(Format::Null, b"a\nb"), b"a\nb\0");
        assert_eq!(written(Format::Json, b"a\"b"), b"{\"kind\":\"f\",\"path\":\"a\\\"b\"}\n");
        assert_eq!(written(Format::Json, b"\xff"), b"{\"kind\":\"f\",\"path\":{\"hex\":\"ff\"}}\n");
    }
}
