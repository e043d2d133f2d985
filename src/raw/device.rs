//! What a file system lies on: a block device, or in tests the bytes of an image.

use super::Fault;
use crate::sys::mapping::Mapping;
use rustix::fs::{Advice, fadvise};
use rustix::io::{Errno, ReadWriteFlags, preadv2};
use std::fs::File;
use std::io::{self, IoSliceMut, Seek, SeekFrom};
use std::num::{NonZeroU64, NonZeroUsize};
use std::os::fd::AsFd;
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

    /// Has `length` bytes from `offset` on at hand for [`Device::copy_at`], as far as the device reaches.
    ///
    /// # Errors
    /// They cannot be read.
    fn bring(&self, offset: u64, length: u64) -> Result<(), Fault>;

    /// The same as `read_at`, of what was brought before: it costs a copy, and no call.
    ///
    /// # Errors
    /// The device ends before.
    fn copy_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Fault>;

    /// What lies there will be copied soon.
    fn prefetch(&self, _offset: u64, _length: usize) {}

    /// Whether what lies at `offset` can be had without waiting.
    fn is_cached(&self, _offset: u64) -> bool {
        true
    }

    /// So many bytes from `offset` on will be read soon: they may be fetched meanwhile.
    fn will_need(&self, _offset: u64, _length: u64) {}
}

/// A block device, open for reading. What it answers comes through its page cache, in which ext4 keeps its metadata: a
/// change is seen at once, before it is written.
///
/// It is mapped. A read of 4 KiB is a call and a copy, of which most is not wanted; pages that are mapped, 64 KiB at once, cost
/// a quarter of it, and only what is wanted is copied. A device that fails while it is mapped may end the process by SIGBUS.
pub struct BlockDevice {
    file: File,
    mapping: Mapping,
    size_bytes: u64,
    /// A longer piece of advice is cut short by the kernel (`force_page_cache_ra`).
    ahead_bytes: NonZeroU64,
}

impl BlockDevice {
    /// The device that `file` is, which reads ahead `ahead_bytes` at most.
    ///
    /// # Errors
    /// Its size is not to be had, or it cannot be mapped: `MADV_POPULATE_READ` takes Linux 5.14.
    pub fn new(mut file: File, ahead_bytes: NonZeroU64) -> io::Result<Self> {
        let size_bytes = file.seek(SeekFrom::End(0))?;
        let bytes = usize::try_from(size_bytes).ok().and_then(NonZeroUsize::new);
        let mapping = Mapping::new(file.as_fd(), bytes.ok_or(io::ErrorKind::UnexpectedEof)?)?;
        mapping.populate(0, 1).map_err(|errno| match errno {
            Errno::INVAL => {
                io::Error::new(io::ErrorKind::Unsupported, "madvise has no MADV_POPULATE_READ: it takes Linux 5.14")
            }
            errno => errno.into(),
        })?;
        // Readers say themselves what they will need: the kernel's guesses would only add to it.
        let _ = fadvise(&file, 0, None, Advice::Random);
        Ok(Self { file, mapping, size_bytes, ahead_bytes })
    }
}

impl Device for BlockDevice {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Fault> {
        self.file.read_exact_at(buffer, offset).map_err(Fault::Read)
    }

    fn bring(&self, offset: u64, length: u64) -> Result<(), Fault> {
        let length = length.min(self.size_bytes.saturating_sub(offset));
        // What lies in the device lies in its mapping, whose size is a usize.
        match length {
            0 => Ok(()),
            _ => self.mapping.populate(offset as usize, length as usize).map_err(|errno| Fault::Read(errno.into())),
        }
    }

    #[inline]
    fn copy_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Fault> {
        let end = offset.checked_add(buffer.len() as u64);
        if end.is_none_or(|end| end > self.size_bytes) {
            return Err(Fault::Read(io::ErrorKind::UnexpectedEof.into()));
        }
        self.mapping.copy(offset as usize, buffer);
        Ok(())
    }

    #[inline]
    fn prefetch(&self, offset: u64, length: usize) {
        if let Ok(offset) = usize::try_from(offset) {
            self.mapping.prefetch(offset, length);
        }
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

    fn bring(&self, _offset: u64, _length: u64) -> Result<(), Fault> {
        Ok(())
    }

    fn copy_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Fault> {
        self.read_at(buffer, offset)
    }

    fn is_cached(&self, offset: u64) -> bool {
        (offset >> 12).is_multiple_of(2)
    }
}
