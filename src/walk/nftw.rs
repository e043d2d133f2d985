//! libc's nftw(3): full paths, an lstat an entry whatever is wanted, a callback.

use super::{Open, Row, Run, peer};
use crate::error::Error;
use crate::list::{Entry, Sinks, Want, meta_of_stat};
use crate::sys::nftw::{What, walk};
use fswalk::walk::path::below;
use rustix::io::Errno;
use std::ffi::CString;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Directories that nftw may hold open at once. Past it, it reads a directory to its end into memory and closes it.
const DESCRIPTORS: u16 = 64;

struct Nftw;

impl Run for Nftw {
    fn run(&mut self, root: &Path, want: Want, sinks: &dyn Sinks) -> Result<(), Error> {
        let failed = |errno: Errno| Error::new("nftw", root, errno);
        // nftw leaves out slashes at the root's end.
        let bytes = root.components().as_path().as_os_str().as_bytes();
        let path = CString::new(bytes).map_err(|_| failed(Errno::INVAL))?;
        let below = below(bytes);
        let mut sink = sinks.sink();
        let mut root_error = None;
        walk(&path, DESCRIPTORS, &mut |visit| {
            let path = visit.path.to_bytes();
            let stat = match visit.what {
                What::UnreadableDirectory(_) | What::NoStat if visit.level == 0 => {
                    root_error = Some(failed(Errno::ACCESS));
                    return ControlFlow::Break(());
                }
                _ if visit.level == 0 => return ControlFlow::Continue(()),
                // nftw does not say which error it was; with the entry's directory readable, it is this one.
                What::NoStat => return sink.error(Error::at("nftw: lstat", path, Errno::ACCESS)),
                What::UnreadableDirectory(stat) | What::Known(stat) => stat,
            };
            let meta = meta_of_stat(stat);
            let name = path.get(visit.base..).unwrap_or_default();
            sink.entry(&Entry {
                dir: peer::parent_below(path, name, below),
                name,
                kind: meta.kind(),
                ino: meta.ino,
                position: None,
                meta: (want == Want::Metadata).then_some(&meta),
            })?;
            if matches!(visit.what, What::UnreadableDirectory(_)) {
                sink.error(Error::at("nftw: opendir", path, Errno::ACCESS))?;
            }
            ControlFlow::Continue(())
        })
        .map_err(failed)?;
        root_error.map_or(Ok(()), Err)
    }
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "nftw",
    about: "libc's nftw: full paths, and an lstat an entry whatever is wanted",
    wants: &Want::ALL,
    factors: peer::libc(Want::Names),
    open: Open::Alone(|_| Ok(Box::new(Nftw))),
}];
