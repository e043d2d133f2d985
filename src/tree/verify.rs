//! Checking a tree against its manifest: a look at each planned entry, then a count of what is there. Only where the
//! count is not as planned are names compared: nobody needs to hold a million of them to learn that all is well.

use super::finding::{Deviation, Findings, Found};
use super::look::{self, Failed};
use super::manifest::Manifest;
use super::plan::ROOT;
use super::root;
use super::shape::What;
use super::work::{Work, pool};
use crate::error::Error;
use rayon::Scope;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// How the tree at `root` differs from what its manifest says was made. `progress` and `stop` are as in
/// [`super::generate`].
///
/// # Errors
/// When there is no manifest or it contradicts itself, the root cannot be opened, or it was stopped. What fails below
/// the root is a finding.
pub fn verify(root: &Path, progress: &(dyn Fn(u64) + Sync), stop: &AtomicBool) -> Result<Findings, Error> {
    let root = root::named(root)?;
    let manifest = Manifest::read(root)?;
    let pool = pool(root)?;
    let plan = manifest.plan(root, &pool, stop)?;
    let fd = root::open(root)?;
    let check = Check { work: Work::new(root, &plan, progress, stop), found: Found::default() };
    pool.scope(|scope| check.directory(scope, ROOT, fd));
    check.work.end("gen")?;
    Ok(check.found.into_findings())
}

struct Check<'w> {
    work: Work<'w>,
    found: Found,
}

impl Check<'_> {
    fn enter<'s>(&'s self, scope: &Scope<'s>, index: u32, parent: Arc<OwnedFd>) {
        let mut name = Vec::new();
        self.work.plan.push_name(index, &mut name);
        match look::open(parent.as_fd(), &name) {
            Ok(fd) => {
                drop(parent);
                self.directory(scope, index, fd);
            }
            Err(failed) => {
                let what = look::not_opened(parent.as_fd(), &name, failed);
                let what = what.unwrap_or_else(|failed| self.failed(index, None, failed));
                self.found.add(|| self.work.path(index), what);
            }
        }
    }

    fn directory<'s>(&'s self, scope: &Scope<'s>, index: u32, fd: OwnedFd) {
        if !self.work.goes_on() {
            return;
        }
        let fd = Arc::new(fd);
        let mut steps = self.work.steps();
        let mut missing = 0;
        for child in self.work.plan.children(index) {
            let parent = Arc::clone(&fd);
            scope.spawn(move |scope| self.enter(scope, child, parent));
            steps.step();
        }
        // An error says only that it was asked to stop.
        let _ = self.work.plan.files(index, |name, what| {
            let what =
                self.file(fd.as_fd(), name, what).unwrap_or_else(|failed| Some(self.failed(index, Some(name), failed)));
            missing += u64::from(matches!(what, Some(Deviation::Missing)));
            if let Some(what) = what {
                self.found.add(|| self.work.path_of(index, name), what);
            }
            steps.step();
            if self.work.goes_on() { Ok(()) } else { Err(()) }
        });
        if let Err(failed) = self.others(index, fd.as_fd(), missing) {
            self.found.add(|| self.work.path(index), self.failed(index, None, failed));
        }
    }

    fn file(&self, dir: BorrowedFd<'_>, name: &[u8], what: What) -> Result<Option<Deviation>, Failed> {
        let deviation = look::deviation(dir, name, what)?;
        match what {
            What::HardLink(target) if deviation.is_none() => {
                let same = look::same_file(dir, name, target.as_bytes()).or_else(|failed| match failed.1 {
                    // The target is missing, which is a finding of its own.
                    rustix::io::Errno::NOENT => Ok(true),
                    _ => Err(failed),
                })?;
                Ok((!same).then_some(Deviation::Unlinked))
            }
            _ => Ok(deviation),
        }
    }

    /// What is there and was not made. `missing` files are not there; subdirectories say so themselves, later.
    fn others(&self, index: u32, dir: BorrowedFd<'_>, mut missing: u64) -> Result<(), Failed> {
        let mut name = Vec::new();
        for child in self.work.plan.children(index) {
            name.clear();
            self.work.plan.push_name(child, &mut name);
            missing += u64::from(!look::is_there(dir, &name)?);
        }
        let mut there = 0;
        look::read(dir, |_| there += 1)?;
        if there + missing == self.work.plan.entries_in(index) {
            return Ok(());
        }
        for name in look::foreign(self.work.plan, index, dir)? {
            self.found.add(|| self.work.path_of(index, &name), Deviation::Foreign);
        }
        Ok(())
    }

    fn failed(&self, index: u32, name: Option<&[u8]>, (call, errno): Failed) -> Deviation {
        let path = name.map_or_else(|| self.work.path(index), |name| self.work.path_of(index, name));
        Deviation::Failed(Error::new(call, path, errno))
    }
}
