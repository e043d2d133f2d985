//! getdents64(2) as it is: one call, its bytes undecoded.
//!
//! For whoever wants the call's price alone, and for the oracle, which shares no code with a row: listings use rustix's
//! `RawDir`, which decodes as well.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Makes one call, and says how many bytes of directory entries it wrote; 0 at the end.
///
/// # Errors
/// The call's own.
pub fn getdents64(dir: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<usize> {
    // SAFETY:
    // - The descriptor is open as long as it is borrowed.
    // - The kernel writes at most `buffer.len()` bytes to where the buffer is, which is ours alone meanwhile.
    let written = unsafe { libc::syscall(libc::SYS_getdents64, dir.as_raw_fd(), buffer.as_mut_ptr(), buffer.len()) };
    usize::try_from(written).map_err(|_| io::Error::last_os_error())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    #[test]
    fn a_directory_ends_with_0_and_a_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut buffer = [0; 1024];
        let dir = std::fs::File::open(folder.path()).unwrap();
        // `.` and `..`: two records of 24 bytes.
        assert_eq!(getdents64(dir.as_fd(), &mut buffer).unwrap(), 48);
        assert_eq!(getdents64(dir.as_fd(), &mut buffer).unwrap(), 0);
        let file = tempfile::tempfile().unwrap();
        assert_eq!(getdents64(file.as_fd(), &mut buffer).unwrap_err().raw_os_error(), Some(libc::ENOTDIR));
    }
}
