//! What a tree is made of, as far as it matters for answers: its directories, what is in each, and what their names take.

use crate::error::Error;
use crate::interrupt::Interrupt;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir, openat, statat};
use std::ffi::OsStr;
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A tree's directories, the root first; each comes after its parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The directories.
    pub directories: Vec<Directory>,
    /// Directories that could not be read. They have no entries here.
    pub unreadable: u64,
}

/// A directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Directory {
    /// Its parent's place; `None` of the root.
    pub parent: Option<usize>,
    /// Components of its path below the root.
    pub depth: u64,
    /// Its entries.
    pub entries: u64,
    /// What all its names take in answers, `.` and `..` included, bytes.
    pub name_bytes: u64,
}

/// What a name takes in the answer to READDIR: `struct fuse_dirent` (linux/fuse.h), whose names are padded to 8 bytes. A
/// `struct linux_dirent64` of the same name takes as much or 8 bytes less.
fn name_bytes(name: &[u8]) -> u64 {
    24 + (name.len() as u64).next_multiple_of(8)
}

impl Shape {
    /// Looks at the tree below `root`; if `flat`, at the directory alone. A signal ends it early.
    ///
    /// # Errors
    /// When the root cannot be read.
    pub fn look(root: &Path, flat: bool, interrupt: &Interrupt) -> Result<Self, Error> {
        let mut shape = Self { directories: Vec::new(), unreadable: 0 };
        let mut buffer = Box::new_uninit_slice(64 << 10);
        let mut waiting = vec![(root.to_owned(), Directory::default())];
        while let Some((path, directory)) = waiting.pop() {
            if interrupt.check().is_err() {
                break;
            }
            let mut below = Vec::new();
            match read(&path, directory, &mut buffer, &mut below) {
                Err(error) if path == root => return Err(Error::new("open", root, error)),
                Err(_) => {
                    shape.unreadable += 1;
                    shape.directories.push(directory);
                }
                Ok(directory) => {
                    let parent = Some(shape.directories.len());
                    shape.directories.push(directory);
                    let child = |path| (path, Directory { parent, depth: directory.depth + 1, ..Directory::default() });
                    waiting.extend(below.into_iter().filter(|_| !flat).map(child));
                }
            }
        }
        Ok(shape)
    }

    /// Entries below the root.
    pub fn entries(&self) -> u64 {
        self.directories.iter().map(|directory| directory.entries).sum()
    }
}

/// Reads a directory; the paths of its subdirectories go to `below`.
fn read(
    path: &Path,
    mut directory: Directory,
    buffer: &mut [MaybeUninit<u8>],
    below: &mut Vec<PathBuf>,
) -> std::io::Result<Directory> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    // The root may be a link: it was named.
    let flags = if directory.parent.is_some() { flags | OFlags::NOFOLLOW } else { flags };
    let open = openat(CWD, path, flags, Mode::empty())?;
    let mut all = RawDir::new(open.as_fd(), buffer);
    while let Some(entry) = all.next() {
        let entry = entry?;
        let name = entry.file_name();
        directory.name_bytes += name_bytes(name.to_bytes());
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        directory.entries += 1;
        let kind = match entry.file_type() {
            FileType::Unknown => statat(&open, name, AtFlags::SYMLINK_NOFOLLOW)
                .map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode)),
            kind => kind,
        };
        if kind == FileType::Directory {
            below.push(path.join(OsStr::from_bytes(name.to_bytes())));
        }
    }
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_its_directories_each_after_its_parent() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        std::fs::create_dir(folder.path().join("c")).unwrap();
        std::fs::write(folder.path().join("a/b/a file of 18 byte"), "").unwrap();
        let look = |flat| Shape::look(folder.path(), flat, &Interrupt::never()).unwrap();
        let shape = look(false);
        assert_eq!((shape.directories.len(), shape.entries(), shape.unreadable), (4, 4, 0));
        let places = shape.directories.iter().enumerate();
        assert!(places.clone().all(|(place, one)| one.parent.is_none_or(|parent| parent < place)));
        let deepest = shape.directories.iter().find(|one| one.depth == 2).unwrap();
        assert_eq!((deepest.entries, deepest.name_bytes), (1, 32 + 32 + 24 + 24));
        assert_eq!((look(true).directories.len(), look(true).entries()), (1, 2));
    }

    #[test]
    fn a_root_that_is_not_there_is_an_error_with_its_path() {
        let error = Shape::look(Path::new("/nowhere/at all"), false, &Interrupt::never()).unwrap_err();
        assert!(error.to_string().contains("/nowhere/at all"), "{error}");
    }
}
