//! What a file system lies on: a block device, or in tests the bytes of an image.

use super::Fault;
use rustix::fs::{Advice, fadvise};
use rustix::io::{Errno, ReadWriteFlags, preadv2};
use std::fs::File;
use std::io::{self, IoSliceMut, Seek, SeekFrom};
use std::num::NonZeroU64;
use std::os::unix::fs::FileExt;

/// Something to read from, at any offset, from several threads.
pub trait Device: Sync {
    /// Its size in bytes.
    fn size_bytes(&self) -> u64;

    /// Fills `buffer` from `offset` on.
    ///
    /// # Errors
    /// Those of pread(2), or that it ends before.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Fault>;

    /// Whether what lies at `offset` can be had without waiting.
    fn is_cached(&self, _offset: u64) -> bool {
        true
    }

    /// So many bytes from `offset` on will be read soon: they may be fetched meanwhile.
    fn will_need(&self, _offset: u64, _length: u64) {}
}

/// A block device, open for reading. What it answers comes through its page cache, in which ext4 keeps its metadata: a
/// change is seen at once, before it is written.
pub struct BlockDevice {
    file: File,
    size_bytes: u64,
    /// A longer piece of advice is cut short by the kernel (`force_page_cache_ra`).
    ahead_bytes: NonZeroU64,
}

impl BlockDevice {
    /// The device that `file` is, which reads ahead `ahead_bytes` at most.
    ///
    /// # Errors
    /// Its size is not to be had.
    pub fn new(mut file: File, ahead_bytes: NonZeroU64) -> io::Result<Self> {
        let size_bytes = file.seek(SeekFrom::End(0))?;
        // Readers say themselves what they will need: the kernel's guesses would only add to it.
        let _ = fadvise(&file, 0, None, Advice::Random);
        Ok(Self { file, size_bytes, ahead_bytes })
    }
}

impl Device for BlockDevice {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Fault> {
        self.file.read_exact_at(buffer, offset).map_err(Fault::Read)
    }

    fn is_cached(&self, offset: u64) -> bool {
        let mut byte = [0];
        // A device that cannot say is read as one whose answers are at hand.
        let answer = preadv2(&self.file, &mut [IoSliceMut::new(&mut byte)], offset, ReadWriteFlags::NOWAIT);
        answer != Err(Errno::AGAIN)
    }

    fn will_need(&self, offset: u64, length: u64) {
        let end = offset.saturating_add(length);
        let mut start = offset;
        while let Some(rest) = NonZeroU64::new(end - start) {
            let now = rest.min(self.ahead_bytes);
            // It is advice: without it the bytes come later.
            let _ = fadvise(&self.file, start, Some(now), Advice::WillNeed);
            start += now.get();
        }
    }
}

/// A file system's bytes in memory. Every other piece says that it is not at hand, so that whoever reads ahead does so here
/// as well.
pub struct Image(pub Vec<u8>);

impl Device for Image {
    fn size_bytes(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Fault> {
        let bytes = usize::try_from(offset).ok().and_then(|at| self.0.get(at..)?.get(..buffer.len()));
        buffer.copy_from_slice(bytes.ok_or(Fault::Read(io::ErrorKind::UnexpectedEof.into()))?);
        Ok(())
    }

    fn is_cached(&self, offset: u64) -> bool {
        (offset >> 12).is_multiple_of(2)
    }
}
