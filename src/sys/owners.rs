//! Names of users and groups, as bytes: nix turns what is not UTF-8 into other characters.

use std::ffi::{CStr, c_char, c_int};
use std::mem::MaybeUninit;

/// Bytes that an entry of the databases is given first, and at most.
const FIRST_BYTES: usize = 1024;
const MOST_BYTES: usize = 1 << 24;

/// The name of a user: getpwuid_r(3). `None` where there is none, or it cannot be had.
pub(crate) fn user_name(id: u32) -> Option<Vec<u8>> {
    // SAFETY:
    // - getpwuid_r writes one struct passwd, at most as many bytes as it is told, and a pointer that is NULL or to the
    //   struct, whose name ends with NUL and lies in those bytes.
    name(
        |entry, text, length, found| unsafe { libc::getpwuid_r(id, entry, text, length, found) },
        |entry: &libc::passwd| entry.pw_name,
    )
}

/// The name of a group: getgrgid_r(3). `None` where there is none, or it cannot be had.
pub(crate) fn group_name(id: u32) -> Option<Vec<u8>> {
    // SAFETY: as in `user_name`, of a struct group.
    name(
        |entry, text, length, found| unsafe { libc::getgrgid_r(id, entry, text, length, found) },
        |entry: &libc::group| entry.gr_name,
    )
}

fn name<E>(
    ask: impl Fn(*mut E, *mut c_char, usize, *mut *mut E) -> c_int,
    name: impl Fn(&E) -> *mut c_char,
) -> Option<Vec<u8>> {
    let mut text: Vec<c_char> = vec![0; FIRST_BYTES];
    loop {
        let mut entry = MaybeUninit::<E>::uninit();
        let mut found = std::ptr::null_mut();
        match ask(entry.as_mut_ptr(), text.as_mut_ptr(), text.len(), &raw mut found) {
            libc::ERANGE if text.len() < MOST_BYTES => text.resize(text.len() * 4, 0),
            libc::EINTR => {}
            0 if !found.is_null() => {
                // SAFETY:
                // - What was found is the entry, filled in; its name is NULL or ends with NUL, in `text`, which lives.
                return unsafe {
                    let name = name(&*found);
                    (!name.is_null()).then(|| CStr::from_ptr(name).to_bytes().to_vec())
                };
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_has_a_name_and_nobody_knows_the_last_id() {
        assert_eq!(user_name(0).as_deref(), Some(&b"root"[..]));
        assert_eq!(group_name(0).as_deref(), Some(&b"root"[..]));
        assert_eq!((user_name(u32::MAX - 1), group_name(u32::MAX - 1)), (None, None));
    }
}
