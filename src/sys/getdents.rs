//! getdents64(2) as it is: one call, and what its bytes mean.
//!
//! For whoever wants the call's price alone, and for the oracle, which shares no code with a row: listings use rustix's
//! `RawDir`, which trusts the kernel where this decoder checks.

use std::ffi::CStr;
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

/// Of linux_dirent64 (getdents64(2)): where the record's length, the type and the name stand.
const LENGTH_AT: usize = 16;
const TYPE_AT: usize = 18;
const NAME_AT: usize = 19;

/// A directory entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'b> {
    /// `d_type`.
    pub d_type: u8,
    /// The name.
    pub name: &'b CStr,
}

/// The first record of what a call wrote, and the records after it. `None` where the bytes make no sense, or there are
/// none.
pub fn first_record(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let length = usize::from(u16::from_ne_bytes(*bytes.get(LENGTH_AT..)?.first_chunk()?));
    let (record, rest) = bytes.split_at_checked(length)?;
    let name = CStr::from_bytes_until_nul(record.get(NAME_AT..)?).ok()?;
    Some((Record { d_type: *record.get(TYPE_AT)?, name }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    #[test]
    fn a_record_that_is_cut_short_or_claims_too_little_is_none() {
        let mut whole = [0; 24];
        whole[LENGTH_AT..TYPE_AT].copy_from_slice(&24_u16.to_ne_bytes());
        whole[TYPE_AT] = libc::DT_REG;
        whole[NAME_AT] = b'a';
        let (record, rest) = first_record(&whole).unwrap();
        assert_eq!((record, rest.len()), (Record { d_type: libc::DT_REG, name: c"a" }, 0));
        assert!((0..whole.len()).all(|length| first_record(&whole[..length]).is_none()));
        for length in 0..=20_u16 {
            whole[LENGTH_AT..TYPE_AT].copy_from_slice(&length.to_ne_bytes());
            assert_eq!(first_record(&whole), None, "{length}");
        }
    }

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
