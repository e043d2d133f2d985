//! nix's `Dir`, a peer: readdir(3), and every name copied into a `CString` of its own.

use super::path::PathBuffer;
use super::{Dir, Entry, Factors, Kind, Lister, Order, Projection, ReadWith, Row, Sink, Standing, Want};
use crate::error::Error;
use nix::dir::Type;
use rustix::fs::lstat;

#[derive(Default)]
struct NixDir {
    full: PathBuffer,
}

impl Lister for NixDir {
    fn list(&mut self, dir: &mut Dir<'_>, want: Want, sink: &mut dyn Sink) -> Result<(), Error> {
        // nix's Dir lends its descriptor to nobody while it is read, and is not Sync: it is closed after the reading,
        // and a walker that wants to descend opens the directory again.
        let stream = nix::dir::Dir::from_fd(dir.take()?).map_err(|errno| dir.error("fdopendir", errno))?;
        self.full.enter(dir.path());
        for entry in stream {
            let entry = entry.map_err(|errno| dir.error("readdir", errno))?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let kind = match entry.file_type() {
                None if want >= Want::Kinds => lstat(self.full.join(name)).map(|stat| Kind::from_mode(stat.st_mode)),
                known => Ok(known.map_or(Kind::Unknown, kind)),
            };
            let next = match kind {
                Ok(kind) => sink.entry(&Entry {
                    dir: dir.below(),
                    name: name.to_bytes(),
                    kind,
                    ino: entry.ino(),
                    position: None,
                    meta: None,
                }),
                Err(errno) => sink.error(super::entry_error("lstat", dir.path(), name.to_bytes(), errno)),
            };
            if next.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn kind(kind: Type) -> Kind {
    match kind {
        Type::Fifo => Kind::Fifo,
        Type::CharacterDevice => Kind::Character,
        Type::Directory => Kind::Directory,
        Type::BlockDevice => Kind::Block,
        Type::File => Kind::File,
        Type::Symlink => Kind::Symlink,
        Type::Socket => Kind::Socket,
    }
}

/// The row.
pub const ROWS: &[Row] = &[Row {
    name: "readdir/nix",
    about: "nix's Dir: readdir with each name copied; kinds by d_type",
    wants: &[Want::Names, Want::Kinds],
    factors: Factors::reading(ReadWith::Nix),
    order: Order::Directory,
    projection: Projection::Whole,
    standing: Standing::Ranked,
    open: |_| Ok(Box::<NixDir>::default()),
}];
