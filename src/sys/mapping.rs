//! A file's bytes in memory, where nothing but its page cache holds them.
//!
//! Others may write to the file meanwhile, so no reference to these bytes is ever given away: they are copied, in words that
//! are loaded one by one.

use super::prefetch::prefetch_at;
use rustix::io::Errno;
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, munmap};
use std::num::NonZeroUsize;
use std::os::fd::BorrowedFd;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// Of most processors' caches.
const LINE: usize = 64;
const WORD: usize = size_of::<u64>();

/// The first bytes of a file, for reading.
#[derive(Debug)]
pub(crate) struct Mapping {
    start: NonNull<u8>,
    bytes: NonZeroUsize,
}

// SAFETY:
// - The memory is only read, by atomic loads, from as many threads as there are; it is unmapped by who owns it.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps the first `bytes` of `file`. Nothing is read yet.
    ///
    /// # Errors
    /// Those of mmap(2).
    pub(crate) fn new(file: BorrowedFd<'_>, bytes: NonZeroUsize) -> Result<Self, Errno> {
        // SAFETY:
        // - The kernel chooses the address, so nothing that is mapped is replaced.
        let start = unsafe { mmap(ptr::null_mut(), bytes.get(), ProtFlags::READ, MapFlags::SHARED, file, 0)? };
        let start = NonNull::new(start.cast()).expect("the kernel maps nothing at address 0 unless it is asked to");
        Ok(Self { start, bytes })
    }

    /// Has the pages of `bytes` bytes from `offset` on put into the page table, read first where they are not in memory.
    /// What cannot be read is an error here, where touching it would end the process by SIGBUS. So it does still if
    /// the page is evicted before it is touched, and cannot be read again.
    ///
    /// # Errors
    /// Those of `MADV_POPULATE_READ` in madvise(2), which came with Linux 5.14.
    pub(crate) fn populate(&self, offset: usize, bytes: usize) -> Result<(), Errno> {
        self.check(offset, bytes);
        let within = offset % rustix::param::page_size();
        // SAFETY:
        // - The range lies in the mapping: it was checked, and the mapping begins with a page.
        // - The advice changes no byte.
        unsafe {
            let first = self.start.as_ptr().add(offset - within);
            madvise(first.cast(), bytes + within, Advice::LinuxPopulateRead)
        }
    }

    /// Has the processor fetch the cache lines of what is at `offset`, without waiting. What lies outside is left out, and
    /// so is what no page table knows yet.
    #[inline]
    pub(crate) fn prefetch(&self, offset: usize, bytes: usize) {
        for at in (offset..offset.saturating_add(bytes).min(self.bytes.get())).step_by(LINE) {
            prefetch_at(self.start.as_ptr().wrapping_add(at));
        }
    }

    /// Copies what is at `offset` into `into`.
    #[inline]
    pub(crate) fn copy(&self, offset: usize, into: &mut [u8]) {
        self.check(offset, into.len());
        // SAFETY: the place lies in the mapping: it was checked.
        let mut from = unsafe { self.start.as_ptr().add(offset) };
        let mut words = into.chunks_exact_mut(WORD);
        if offset.is_multiple_of(WORD) {
            for word in &mut words {
                // SAFETY:
                // - It is aligned: the mapping begins with a page, and all steps are of 8 bytes. It lies in the mapping.
                // - Who writes to the file does so outside of this program's memory model; a load is never torn.
                let loaded = unsafe { AtomicU64::from_ptr(from.cast()).load(Ordering::Relaxed) };
                word.copy_from_slice(&loaded.to_ne_bytes());
                // SAFETY: not behind the mapping's end.
                from = unsafe { from.add(WORD) };
            }
            bytewise(from, words.into_remainder());
        } else {
            bytewise(from, into);
        }
    }

    #[inline]
    fn check(&self, offset: usize, bytes: usize) {
        let is_inside = offset.checked_add(bytes).is_some_and(|end| end <= self.bytes.get());
        assert!(is_inside, "{bytes} bytes at {offset} are not in a mapping of {}", self.bytes);
    }
}

/// Copies from mapped memory, as much as there is room for.
#[inline]
fn bytewise(from: *mut u8, into: &mut [u8]) {
    for (index, byte) in into.iter_mut().enumerate() {
        // SAFETY: it lies in the mapping, as the caller has checked; a byte is always aligned.
        *byte = unsafe { AtomicU8::from_ptr(from.add(index)).load(Ordering::Relaxed) };
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY:
        // - It was mapped with this address and length, and nothing refers to it any more.
        let answer = unsafe { munmap(self.start.as_ptr().cast(), self.bytes.get()) };
        debug_assert!(answer.is_ok(), "{answer:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::AsFd;

    fn of(content: &[u8]) -> Mapping {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        Mapping::new(file.as_fd(), NonZeroUsize::new(content.len()).unwrap()).unwrap()
    }

    #[test]
    fn every_part_of_a_file_is_copied_as_it_is() {
        let content: Vec<u8> = (0..10_000_u32).map(|number| (number * 7 % 251) as u8).collect();
        let mapping = of(&content);
        for offset in [0, 1, 8, 4095, 4096, 9_000] {
            for bytes in [0, 1, 7, 8, 9, 160, 1000] {
                mapping.populate(offset, bytes.max(1)).unwrap();
                let mut copied = vec![0; bytes];
                mapping.copy(offset, &mut copied);
                assert_eq!(copied, content[offset..offset + bytes], "{bytes} at {offset}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "not in a mapping of 100")]
    fn what_lies_behind_the_end_is_never_touched() {
        of(&[1; 100]).copy(93, &mut [0; 8]);
    }
}
