//! Replacing a file as a careful editor does: whole or not at all, and still whose it was, with the rights that it had.
//!
//! The new file is written beside the old one, is given its owner, group, permissions, access control list, labels and
//! other extended attributes, and takes its name. Where it cannot be given all of that, or where the file has other names
//! that would keep the old text, the old file itself is written to, which keeps everything; the new one lies beside it
//! until that is done. Rejected: to keep what can be kept and go on, which gives a file's rights to others.
//!
//! Set-user-ID and set-group-ID bits and capabilities were given to the old text, not to the new: they go, as they do with
//! any write(2), and that is said.

use super::{Failed, leftover, print, say};
use fsbench::beside;
use fsbench::error::{Error, Escaped};
use rustix::fs::{Gid, Mode, Uid, XattrFlags, fchmod, fchown, fgetxattr, flistxattr, fremovexattr, fsetxattr};
use rustix::io::Errno;
use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Makes or replaces the file of `--output`, or prints where there is none.
///
/// # Errors
/// It cannot be written.
pub(super) fn deliver(text: &str, output: Option<&Path>) -> Result<(), Failed> {
    let Some(path) = output else { return print(text) };
    leftover::tell_beside(path);
    Ok(Replacing::new(path)?.finish(text.as_bytes())?)
}

/// Makes sure that [`deliver`] can write there, before work that takes long.
///
/// # Errors
/// It cannot.
pub(super) fn check(output: Option<&Path>) -> Result<(), Failed> {
    let Some(path) = output else { return Ok(()) };
    let place = Replacing::new(path)?;
    beside::create(&place.path, 0o600)?;
    Ok(())
}

/// A file that is about to be replaced, or made.
pub(super) struct Replacing {
    path: PathBuf,
    old: Option<Old>,
}

struct Old {
    /// Open to be written to.
    file: File,
    meta: Metadata,
}

/// Belong to a file's text or inode, and are the kernel's to give.
const NOT_OURS: [&[u8]; 3] = [CAPABILITY, b"security.ima", b"security.evm"];
const CAPABILITY: &[u8] = b"security.capability";
const SET_ID: u32 = 0o6000;

impl Replacing {
    /// Makes sure that the file at `path` may be replaced, if there is one. A link's target is what is meant.
    ///
    /// # Errors
    /// When it is not a regular file, or may not be written to; stat(2)'s and open(2)'s.
    pub(super) fn new(path: &Path) -> Result<Self, Error> {
        let refused = |why: &'static str| Err(Error::other("replace", path, why));
        let no_file = "not a regular file: give a file's name, or none to write to standard output";
        let meta = match fs::metadata(path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return match fs::symlink_metadata(path) {
                    Ok(_) => refused("a symbolic link to nothing"),
                    Err(_) => Ok(Self { path: path.to_owned(), old: None }),
                };
            }
            Err(error) => return Err(Error::new("stat", path, error)),
        };
        if !meta.is_file() {
            return refused(no_file);
        }
        // What root may write to all the same somebody has protected.
        if meta.mode() & 0o222 == 0 {
            return refused("read-only: `chmod u+w` it first");
        }
        // A pipe that has taken its place meanwhile must not keep anyone waiting.
        let file = File::options().write(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path);
        let file = file.map_err(|error| Error::new("open", path, error))?;
        let meta = file.metadata().map_err(|error| Error::new("fstat", path, error))?;
        if !meta.is_file() {
            return refused(no_file);
        }
        let path = beside::absolute(path)?;
        let path = path.canonicalize().map_err(|error| Error::new("realpath", path, error))?;
        Ok(Self { path, old: Some(Old { file, meta }) })
    }

    /// Puts `bytes` there.
    ///
    /// # Errors
    /// The calls'. The old text is there still, or the error says where the new one is.
    pub(super) fn finish(self, bytes: &[u8]) -> Result<(), Error> {
        let Self { path, old } = self;
        // Nobody's but ours until it has the old one's rights; else the usual, less the umask.
        let mode = if old.is_some() { 0o600 } else { 0o666 };
        let mut new = beside::create(&path, mode)?;
        let written = new.write_all(bytes).and_then(|()| new.as_file().sync_all());
        written.map_err(|error| Error::new("write", &path, error))?;
        if let Some(Old { file, meta }) = old {
            let loses_rights = meta.mode() & SET_ID != 0 || attribute(&file, CAPABILITY).is_ok_and(|old| old.is_some());
            if meta.nlink() > 1 || take_after(new.as_file(), &file, &meta).is_err() {
                write_into(&file, &meta, new, bytes, &path)?;
            } else {
                persist(new, &path)?;
            }
            if loses_rights {
                say(&format!(
                    "'{}': its set-user-ID, set-group-ID and capabilities are not kept, since its content is new",
                    Escaped(&path)
                ));
            }
            return Ok(());
        }
        persist(new, &path)
    }
}

fn persist(new: NamedTempFile, path: &Path) -> Result<(), Error> {
    new.persist(path).map(drop).map_err(|error| Error::new("rename", path, error.error))
}

/// Gives `new` all that `old` has but its text. An error: it cannot have all.
fn take_after(new: &File, old: &File, meta: &Metadata) -> Result<(), Errno> {
    let now = new.metadata().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    let owner = (now.uid() != meta.uid()).then(|| Uid::from_raw(meta.uid()));
    let group = (now.gid() != meta.gid()).then(|| Gid::from_raw(meta.gid()));
    if owner.is_some() || group.is_some() {
        fchown(new, owner, group)?;
    }
    let wanted = attributes(old)?;
    for name in attributes(new)? {
        // Such as what a folder's default access control list gives to what is made in it.
        if !wanted.contains(&name) {
            fremovexattr(new, &*name)?;
        }
    }
    for name in wanted {
        let value = attribute(old, &name)?;
        if let Some(value) = value.filter(|value| attribute(new, &name).ok().flatten().as_ref() != Some(value)) {
            fsetxattr(new, &*name, &value, XattrFlags::empty())?;
        }
    }
    // After the owner, whose change may clear some, and after the list, of whose mask they are a part.
    fchmod(new, Mode::from_raw_mode(meta.mode() & 0o7777 & !SET_ID))
}

/// The names of a file's extended attributes that are anybody's to give.
fn attributes(file: &File) -> Result<Vec<Vec<u8>>, Errno> {
    // The most that the kernel lists.
    let mut list = vec![0; 64 * 1024];
    let length = match flistxattr(file, &mut list) {
        Ok(length) => length,
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => 0,
        Err(errno) => return Err(errno),
    };
    list.truncate(length);
    let names = list.split(|&byte| byte == 0).filter(|name| !name.is_empty() && !NOT_OURS.contains(name));
    Ok(names.map(<[u8]>::to_vec).collect())
}

/// The value of an extended attribute; `None` where there is none of that name.
fn attribute(file: &File, name: &[u8]) -> Result<Option<Vec<u8>>, Errno> {
    // The most that the kernel takes.
    let mut value = vec![0; 64 * 1024];
    match fgetxattr(file, name, &mut value) {
        Ok(length) => {
            value.truncate(length);
            Ok(Some(value))
        }
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// Writes into the old file. `new` has the same text, should that fail in the middle.
fn write_into(mut old: &File, meta: &Metadata, new: NamedTempFile, bytes: &[u8], path: &Path) -> Result<(), Error> {
    if meta.mode() & SET_ID != 0 {
        // The kernel does it at the first write, but not where root writes.
        let _ = fchmod(old, Mode::from_raw_mode(meta.mode() & 0o7777 & !SET_ID));
    }
    let written = old
        .rewind()
        .and_then(|()| old.write_all(bytes))
        .and_then(|()| old.set_len(bytes.len() as u64))
        .and_then(|()| old.sync_all());
    written.map_err(|error| match new.keep() {
        Ok((_, kept)) => {
            let why = format!("{error}; it may be half old, and what it was to hold is in '{}'", Escaped(&kept));
            Error::other("write", path, why)
        }
        Err(_) => Error::new("write", path, error),
    })
}
