//! `fsbench report --gallery`: all records of a folder, as one page.

use super::replace::deliver;
use super::{Failed, Status, say};
use fsbench::error::{Error, Escaped, reason};
use fsbench::measure::{file, renew};
use fsbench::report::{Named, Unread, gallery};
use fswalk::{Walk, Want};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What `fsbench gen` leaves beside its trees: no records.
const MANIFEST: &[u8] = b".fsbench.json";

/// Makes the page. A file that is no record, or a damaged one, is named there and on standard error, and the rest goes on.
pub(super) fn run(folder: &Path, output: Option<&Path>, typed: &[OsString]) -> Result<Status, Failed> {
    let mut files: Vec<PathBuf> = Vec::new();
    let (mut records, mut unread) = (Vec::new(), Vec::new());
    for entry in Walk::new(folder).want(Want::Kinds) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.depth() == 0 => return Err(Failed::Serious(error.to_string())),
            Err(error) => {
                say(&error.to_string());
                let name = error.path().and_then(|path| path.strip_prefix(folder).ok()).unwrap_or(folder);
                unread.push(Unread { name: Escaped(name).to_string(), why: error.to_string() });
                continue;
            }
        };
        let name = entry.file_name().as_bytes();
        if entry.file_type().is_file() && name.ends_with(b".json") && !name.ends_with(MANIFEST) {
            files.push(entry.path().to_owned());
        }
    }
    files.sort();
    for path in files {
        let below = path.strip_prefix(folder).unwrap_or(&path);
        match file::read(&path) {
            Ok(mut record) => {
                renew(&mut record);
                records.push(Named { name: Escaped(&below.with_extension("")).to_string(), record });
            }
            Err(error) => {
                say(&error.to_string());
                unread.push(Unread { name: Escaped(below).to_string(), why: reason(&error.source) });
            }
        }
    }
    if records.is_empty() {
        let why = "there is no record in it: `fsbench compare --save FILE` makes one";
        return Err(Error::other("make a gallery", folder, why).into());
    }
    let status = if unread.is_empty() { Status::Fine } else { Status::Minor };
    let page = gallery(records, unread, &super::typed(typed))?;
    deliver(&page, output)?;
    Ok(status)
}
