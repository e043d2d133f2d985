//! Who a rank's walk reports to.

use fswalk::{Error, Kind, Meta};

/// Receives what one thread of one rank finds.
pub trait Visitor: Send {
    /// Whether an entry's metadata is needed, by what the directory says of it.
    fn needs(&self, name: &[u8], kind: Kind) -> bool;

    /// The entries that follow are in the directory at `path`, of which the first `root_length` bytes are the root as it was given. It comes
    /// again for each part of a large directory.
    fn directory(&mut self, path: &[u8], root_length: usize);

    /// One entry, with its metadata where they were needed.
    ///
    /// # Errors
    /// What ends the whole walk, on all ranks: output that cannot be written.
    fn entry(&mut self, name: &[u8], kind: Kind, meta: Option<&Meta>) -> Result<(), Error>;

    /// A directory or an entry could not be had.
    fn error(&mut self, error: Error);
}
