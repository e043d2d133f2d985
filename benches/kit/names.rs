//! Working sets: names in a directory, and their paths, in directory order or by inode.

use super::Kit;
use fsbench::bench::price::buffer_bytes;
use fsbench::list::LookupOrder;
use fsbench::tree::Shape;
use rustix::fs::{CWD, Mode, openat};
use std::cell::RefCell;
use std::ffi::{CString, OsString};
use std::fs::{DirBuilder, read_dir, remove_dir_all, rename};
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirEntryExt, symlink};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The names of a directory.
pub(crate) struct Names {
    pub(crate) dir: OwnedFd,
    pub(crate) relative: Rc<[CString]>,
    pub(crate) absolute: Rc<[CString]>,
    /// Components of the absolute ones.
    pub(crate) components: f64,
}

/// What the names are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// Empty files.
    Existing,
    /// Nothing.
    Missing,
    /// Symbolic links to files in another directory.
    Links,
}

type Key = (Of, u64, LookupOrder);

/// All working sets, each made at its first use.
pub(crate) struct Sets<'k> {
    kit: &'k Kit,
    known: RefCell<Vec<(Key, Rc<Names>)>>,
}

impl<'k> Sets<'k> {
    pub(crate) fn new(kit: &'k Kit) -> Self {
        Self { kit, known: RefCell::default() }
    }

    /// One name, a thousand, and as many as a tree has.
    pub(crate) fn sizes(&self) -> Vec<u64> {
        let mut sizes = vec![1, 1000.min(self.kit.entries), self.kit.entries];
        sizes.dedup();
        sizes
    }

    pub(crate) fn get(&self, of: Of, size: u64, order: LookupOrder) -> Rc<Names> {
        let key = (of, size, order);
        let known = self.known.borrow().iter().find(|(known, _)| *known == key).map(|(_, names)| Rc::clone(names));
        known.unwrap_or_else(|| {
            let names = Rc::new(self.make(of, size, order));
            self.known.borrow_mut().push((key, Rc::clone(&names)));
            names
        })
    }

    fn make(&self, of: Of, size: u64, order: LookupOrder) -> Names {
        let files = self.kit.tree(Shape::Flat, size);
        match of {
            Of::Existing => names(&files.root, &in_order(&files.root, order)),
            Of::Missing => {
                let gone: Vec<OsString> = (0..size).map(|nth| format!("gone-{nth:08}.dat").into()).collect();
                names(&files.root, &gone)
            }
            Of::Links => {
                let links = self.kit.place().join(format!("links-{size}"));
                let _lock = self.kit.lock();
                link(&links, &files.root);
                names(&links, &in_order(&links, order))
            }
        }
    }
}

/// Makes `links` with a link to each file of `files`, unless it is there: it gets its name when it is complete.
fn link(links: &Path, files: &Path) {
    if links.exists() {
        return;
    }
    let draft = links.with_extension("new");
    match remove_dir_all(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => panic!("{}: {error}", draft.display()),
        _ => DirBuilder::new().create(&draft).unwrap(),
    }
    let target = PathBuf::from("..").join(files.file_name().unwrap());
    for name in in_order(files, LookupOrder::Directory) {
        symlink(target.join(&name), draft.join(&name)).unwrap();
    }
    rename(draft, links).unwrap();
}

fn in_order(dir: &Path, order: LookupOrder) -> Vec<OsString> {
    let mut entries: Vec<(u64, OsString)> =
        read_dir(dir).unwrap().map(|entry| entry.map(|entry| (entry.ino(), entry.file_name())).unwrap()).collect();
    if order == LookupOrder::Inode {
        entries.sort_unstable();
    }
    entries.into_iter().map(|(_, name)| name).collect()
}

/// Allocated one after the other in the order in which they will be asked about: the processor finds the next one itself.
fn names(dir: &Path, names: &[OsString]) -> Names {
    let terminated = |text: &[u8]| CString::new(text).unwrap();
    Names {
        dir: openat(CWD, dir, super::priced::DIRECTORY, Mode::empty()).unwrap(),
        relative: names.iter().map(|name| terminated(name.as_bytes())).collect(),
        absolute: names.iter().map(|name| terminated(dir.join(name).as_os_str().as_bytes())).collect(),
        components: dir.components().count() as f64,
    }
}

/// Buffers whose price is listed: what getdents rows and libc use.
pub(crate) fn buffers() -> impl Iterator<Item = (&'static str, usize)> {
    ["4k", "32k", "64k", "256k", "1m"].into_iter().filter_map(|name| Some((name, buffer_bytes(name)?)))
}
