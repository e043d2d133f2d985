//! The C library's locale: what `ls` prints and sorts by must be what every other program of the system does.
//!
//! Rust's standard library never calls `setlocale(3)`, so until [`adopt`] does, everything here is the C locale's. `adopt`
//! is called once, before any thread starts; what follows only reads the locale and may be called from any thread.

use std::ffi::{CStr, c_char, c_int, c_void};

type WideChar = u32;

/// `mbstate_t`: opaque, 8 bytes in glibc and in musl; room for more. All zeroes is the initial state.
type ShiftState = [u64; 16];

unsafe extern "C" {
    fn mbrtowc(wide: *mut WideChar, bytes: *const c_char, n: usize, state: *mut c_void) -> usize;
    fn wcwidth(wide: WideChar) -> c_int;
    fn iswprint(wide: WideChar) -> c_int;
    fn iswcntrl(wide: WideChar) -> c_int;
    fn __ctype_get_mb_cur_max() -> usize;
}

#[cfg(target_env = "gnu")]
unsafe extern "C" {
    fn dcgettext(domain: *const c_char, message: *const c_char, category: c_int) -> *const c_char;
}

/// A category of the locale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// `LC_COLLATE`.
    Collate,
    /// `LC_TIME`.
    Time,
    /// `LC_MESSAGES`.
    Messages,
}

impl Category {
    fn code(self) -> c_int {
        match self {
            Self::Collate => libc::LC_COLLATE,
            Self::Time => libc::LC_TIME,
            Self::Messages => libc::LC_MESSAGES,
        }
    }
}

/// Takes on the locale that the environment names, as every C program does first. Call it before any thread starts.
pub fn adopt() {
    // SAFETY:
    // - The string ends with NUL.
    // - setlocale races with readers of the locale: the caller has no other thread yet, as the documentation asks.
    unsafe { libc::setlocale(libc::LC_ALL, c"".as_ptr()) };
}

/// Whether the category's locale is another one than `C` or `POSIX`.
pub fn is_hard(category: Category) -> bool {
    // SAFETY:
    // - With NULL setlocale only asks. Its answer ends with NUL and lives until the next change, of which there is none.
    let name = unsafe {
        let name = libc::setlocale(category.code(), std::ptr::null());
        if name.is_null() { c"C" } else { CStr::from_ptr(name) }
    };
    name != c"C" && name != c"POSIX"
}

/// The name of the character encoding, such as `UTF-8`.
pub fn codeset() -> &'static [u8] {
    langinfo(libc::CODESET)
}

/// The abbreviated name of a month, 0 to 11.
pub fn month(index: usize) -> &'static [u8] {
    langinfo(libc::ABMON_1 + index.min(11) as libc::nl_item)
}

fn langinfo(item: libc::nl_item) -> &'static [u8] {
    // SAFETY:
    // - nl_langinfo answers with a string that ends with NUL, for unknown items an empty one.
    // - It lives until the locale changes, which it does not after `adopt`.
    unsafe {
        let text = libc::nl_langinfo(item);
        if text.is_null() { b"" } else { CStr::from_ptr(text).to_bytes() }
    }
}

/// How many bytes the longest character has.
pub fn longest_character_bytes() -> usize {
    // SAFETY: it takes nothing and reads the locale.
    unsafe { __ctype_get_mb_cur_max() }
}

/// What stands at the start of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoded {
    /// A character, and of how many bytes.
    Character(Character, usize),
    /// No character.
    Invalid,
    /// The beginning of a character that the bytes do not finish.
    Incomplete,
}

/// A wide character of the locale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Character(WideChar);

/// Decodes the first character, as mbrtowc(3) does in its initial state. A NUL is a character of one byte.
pub fn decode(bytes: &[u8]) -> Decoded {
    let mut wide: WideChar = 0;
    let mut state: ShiftState = [0; 16];
    // SAFETY:
    // - mbrtowc reads at most `bytes.len()` bytes, writes one wchar_t, which is 32 bits on Linux, and the state.
    // - The state is larger than any mbstate_t, aligned for it, and zeroed, which is its initial state.
    match unsafe { mbrtowc(&raw mut wide, bytes.as_ptr().cast(), bytes.len(), state.as_mut_ptr().cast()) } {
        usize::MAX => Decoded::Invalid,
        n if n == usize::MAX - 1 => Decoded::Incomplete,
        0 => Decoded::Character(Character(wide), 1),
        n => Decoded::Character(Character(wide), n.min(bytes.len())),
    }
}

impl Character {
    /// Columns on a terminal; `None` for what has no width, as control characters.
    pub fn columns(self) -> Option<usize> {
        // SAFETY: wcwidth takes any value.
        usize::try_from(unsafe { wcwidth(self.0) }).ok()
    }

    /// Whether the locale prints it.
    pub fn is_printable(self) -> bool {
        // SAFETY: any value of wint_t is allowed.
        unsafe { iswprint(self.0) != 0 }
    }

    /// Whether it is a control character.
    pub fn is_control(self) -> bool {
        // SAFETY: any value of wint_t is allowed.
        unsafe { iswcntrl(self.0) != 0 }
    }
}

/// Whether a byte is printable where characters are single bytes.
pub fn is_printable_byte(byte: u8) -> bool {
    // SAFETY: every unsigned char is allowed.
    unsafe { libc::isprint(c_int::from(byte)) != 0 }
}

/// Appends the collation key of `name`: keys compare as bytes the way strcoll(3) compares the names.
pub fn append_key(name: &CStr, key: &mut Vec<u8>) {
    let start = key.len();
    let mut room = name.count_bytes() * 4 + 16;
    loop {
        key.resize(start + room, 0);
        let Some(free) = key.get_mut(start..) else { return };
        // SAFETY:
        // - The name ends with NUL; strxfrm writes at most `free.len()` bytes to `free`.
        let needed = unsafe { libc::strxfrm(free.as_mut_ptr().cast(), name.as_ptr(), free.len()) };
        if needed < room {
            key.truncate(start + needed);
            return;
        }
        room = needed + 1;
    }
}

/// Formats a broken-down time as strftime(3) does for the locale, appending to `out`.
pub fn append_time(format: &CStr, time: &libc::tm, out: &mut Vec<u8>) {
    let start = out.len();
    // More than any single conversion of any locale: callers pass one at a time.
    out.resize(start + 1024, 0);
    let Some(free) = out.get_mut(start..) else { return };
    // SAFETY:
    // - The format ends with NUL; strftime writes at most `free.len()` bytes to `free` and reads a whole struct tm, whose
    //   zone name is NULL or a string of the C library's own.
    let written = unsafe { libc::strftime(free.as_mut_ptr().cast(), free.len(), format.as_ptr(), time) };
    out.truncate(start + written);
}

/// Local time, or `None` where the year does not fit.
pub fn local_time(seconds: i64) -> Option<libc::tm> {
    // SAFETY:
    // - struct tm is integers and a pointer: all zeroes is one of its values.
    // - localtime_r reads one time_t and writes one struct tm; its zone name points to memory that the C library keeps.
    unsafe {
        let mut time: libc::tm = std::mem::zeroed();
        let answer = libc::localtime_r(&raw const seconds, &raw mut time);
        (!answer.is_null()).then_some(time)
    }
}

/// The name of the zone of a broken-down time.
pub fn zone_name(time: &libc::tm) -> Vec<u8> {
    if time.tm_zone.is_null() {
        return Vec::new();
    }
    // SAFETY: the zone name of a struct tm that localtime_r filled in is a string that ends with NUL and is kept.
    unsafe { CStr::from_ptr(time.tm_zone) }.to_bytes().to_vec()
}

/// What the errno means, in the words of the locale: strerror(3).
pub fn error_text(errno: i32) -> Vec<u8> {
    let mut text = [0_u8; 256];
    // SAFETY: strerror_r (the POSIX one, which the libc crate binds) writes at most that many bytes, NUL included.
    unsafe { libc::strerror_r(errno, text.as_mut_ptr().cast(), text.len()) };
    CStr::from_bytes_until_nul(&text).map_or_else(|_| Vec::new(), |text| text.to_bytes().to_vec())
}

/// A text of GNU coreutils in the locale's language, where its translations are installed; else the text itself.
#[cfg(target_env = "gnu")]
pub fn coreutils_text(text: &'static CStr, category: Category) -> &'static CStr {
    // SAFETY:
    // - All strings end with NUL. The answer is `text` or a translation, which the C library keeps for the process's life.
    unsafe {
        let answer = dcgettext(c"coreutils".as_ptr(), text.as_ptr(), category.code());
        if answer.is_null() { text } else { CStr::from_ptr(answer) }
    }
}

/// A C library without message catalogues: the text itself.
#[cfg(not(target_env = "gnu"))]
pub fn coreutils_text(text: &'static CStr, _: Category) -> &'static CStr {
    text
}

/// How the locale groups the digits of a number: the separator, and sizes of groups from the right, the last repeating.
pub fn digit_groups() -> (Vec<u8>, Vec<u8>) {
    // SAFETY:
    // - localeconv answers with a struct whose strings end with NUL and live until the locale changes.
    unsafe {
        let conventions = libc::localeconv();
        if conventions.is_null() {
            return (Vec::new(), Vec::new());
        }
        let separator = CStr::from_ptr((*conventions).thousands_sep).to_bytes().to_vec();
        (separator, CStr::from_ptr((*conventions).grouping).to_bytes().to_vec())
    }
}

/// The locale's decimal point.
pub fn decimal_point() -> Vec<u8> {
    let point = langinfo(libc::RADIXCHAR);
    if point.is_empty() { b".".to_vec() } else { point.to_vec() }
}

/// Whether a shell pattern matches a name, a leading period only by a period: fnmatch(3) with `FNM_PERIOD`.
pub fn matches(pattern: &CStr, name: &CStr) -> bool {
    // SAFETY: both end with NUL.
    unsafe { libc::fnmatch(pattern.as_ptr(), name.as_ptr(), libc::FNM_PERIOD) == 0 }
}
