//! The C library's locale: what `ls` prints and sorts by must be what every other program of the system does.
//!
//! Rust's standard library never calls `setlocale(3)`, so until [`adopt`] does, everything here is the C locale's. What
//! follows only reads the locale and may be called from any thread: `adopt` changes it only while there is no other,
//! and nothing that a later change frees is lent, but copied.

use fswalk::team::lock;
use std::cmp::Ordering;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ops::Deref;
use std::sync::Mutex;

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
    /// `LC_TIME`.
    Time,
    /// `LC_MESSAGES`.
    Messages,
}

impl Category {
    fn code(self) -> c_int {
        match self {
            Self::Time => libc::LC_TIME,
            Self::Messages => libc::LC_MESSAGES,
        }
    }
}

/// Takes on the locale that the environment names, as every C program does first. Where the process has another thread,
/// which might be reading the locale, it does nothing, and answers `false`.
pub fn adopt() -> bool {
    if !is_alone() {
        return false;
    }
    // SAFETY:
    // - The string ends with NUL.
    // - setlocale races with readers of the locale: there is no other thread, and this one is here.
    // - It frees what the locale's strings were: no function of this module lends one.
    unsafe { libc::setlocale(libc::LC_ALL, c"".as_ptr()) };
    true
}

/// Whether the process surely has one thread only.
#[cfg(target_env = "gnu")]
fn is_alone() -> bool {
    // SAFETY:
    // - The name ends with NUL. glibc has this variable since 2.32, a char of its own (sys/single_threaded.h); before,
    //   the answer is NULL.
    // - glibc writes it only where this thread starts another, or where there is no other.
    unsafe {
        let flag = libc::dlsym(libc::RTLD_DEFAULT, c"__libc_single_threaded".as_ptr()).cast::<c_char>();
        if flag.is_null() { has_one_task() } else { *flag != 0 }
    }
}

#[cfg(not(target_env = "gnu"))]
fn is_alone() -> bool {
    has_one_task()
}

/// The same by proc(5): a process's `task` directory has a link for each thread beside its own two.
fn has_one_task() -> bool {
    rustix::fs::stat("/proc/self/task").is_ok_and(|task| task.st_nlink == 3)
}

/// Whether the category's locale is another one than `C` or `POSIX`.
pub fn is_hard(category: Category) -> bool {
    // SAFETY:
    // - With NULL setlocale only asks. Its answer ends with NUL and lives until the next change, for which this thread
    //   would have to be elsewhere.
    let name = unsafe {
        let name = libc::setlocale(category.code(), std::ptr::null());
        if name.is_null() { c"C" } else { CStr::from_ptr(name) }
    };
    name != c"C" && name != c"POSIX"
}

/// The name of the character encoding, such as `UTF-8`.
pub fn codeset() -> Vec<u8> {
    langinfo(libc::CODESET)
}

/// The abbreviated name of a month, 0 to 11.
pub fn month(index: usize) -> Vec<u8> {
    langinfo(libc::ABMON_1 + index.min(11) as libc::nl_item)
}

fn langinfo(item: libc::nl_item) -> Vec<u8> {
    // SAFETY:
    // - nl_langinfo answers with a string that ends with NUL, for unknown items an empty one.
    // - It lives until the locale changes, for which this thread would have to be elsewhere; what leaves is a copy.
    unsafe {
        let text = libc::nl_langinfo(item);
        if text.is_null() { Vec::new() } else { CStr::from_ptr(text).to_bytes().to_vec() }
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

/// A byte as a capital letter, where characters are single bytes and it is a small one: toupper(3).
pub fn upper(byte: u8) -> u8 {
    // SAFETY: every unsigned char is allowed.
    unsafe { libc::toupper(c_int::from(byte)) as u8 }
}

/// A byte as a small letter, where characters are single bytes and it is a capital one: tolower(3).
pub fn lower(byte: u8) -> u8 {
    // SAFETY: every unsigned char is allowed.
    unsafe { libc::tolower(c_int::from(byte)) as u8 }
}

/// Which of two names comes first: strcoll(3).
pub fn compare(a: &CStr, b: &CStr) -> Ordering {
    // SAFETY: both end with NUL.
    unsafe { libc::strcoll(a.as_ptr(), b.as_ptr()) }.cmp(&0)
}

/// Appends the collation key of `name`: strxfrm(3). Compared as bytes, keys should order as [`compare`] orders the
/// names; glibc's mostly do.
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

/// A moment in local time: what localtime_r(3) answers. Its fields can be read, but only this module makes one, since
/// strftime(3) follows the pointer in it.
#[derive(Clone, Copy)]
pub struct LocalTime {
    /// Its zone name is `zone`, or NULL.
    time: libc::tm,
    zone: &'static CStr,
}

/// Local time, or `None` where the year does not fit.
pub fn local_time(seconds: i64) -> Option<LocalTime> {
    // SAFETY:
    // - struct tm is integers and a pointer: all zeroes is one of its values.
    // - localtime_r reads one time_t and writes one struct tm.
    // - Its zone name is NULL or ends with NUL, and the C library keeps it as long as the environment's zone is the
    //   same, which may not change while another thread is in here: it is copied at once.
    unsafe {
        let mut time: libc::tm = std::mem::zeroed();
        if libc::localtime_r(&raw const seconds, &raw mut time).is_null() {
            return None;
        }
        let zone = if time.tm_zone.is_null() { c"" } else { kept(CStr::from_ptr(time.tm_zone)) };
        time.tm_zone = zone.as_ptr().cast_mut();
        Some(LocalTime { time, zone })
    }
}

/// A zone's name that lives as long as the program: there are few, and glibc keeps each of them as well.
fn kept(name: &CStr) -> &'static CStr {
    static NAMES: Mutex<Vec<&'static CStr>> = Mutex::new(Vec::new());
    let mut names = lock(&NAMES);
    names.iter().copied().find(|&kept| kept == name).unwrap_or_else(|| {
        let new: &'static CStr = Box::leak(CString::from(name).into_boxed_c_str());
        names.push(new);
        new
    })
}

impl LocalTime {
    /// The same hour's `minute` and `second`.
    #[must_use]
    pub fn at(self, minute: i32, second: i32) -> Self {
        Self { time: libc::tm { tm_min: minute, tm_sec: second, ..self.time }, ..self }
    }

    /// The name of its zone.
    pub fn zone(&self) -> &'static [u8] {
        self.zone.to_bytes()
    }
}

impl Deref for LocalTime {
    type Target = libc::tm;

    fn deref(&self) -> &libc::tm {
        &self.time
    }
}

/// Formats a local time as strftime(3) does for the locale, appending to `out`.
pub fn append_time(format: &CStr, time: &LocalTime, out: &mut Vec<u8>) {
    let start = out.len();
    // More than any single conversion of any locale: callers pass one at a time.
    out.resize(start + 1024, 0);
    let Some(free) = out.get_mut(start..) else { return };
    // SAFETY:
    // - The format ends with NUL; strftime writes at most `free.len()` bytes to `free` and reads a whole struct tm, of
    //   which any numbers will do, and whose zone name is NULL or one that is kept.
    let written =
        unsafe { libc::strftime(free.as_mut_ptr().cast(), free.len(), format.as_ptr(), &raw const time.time) };
    out.truncate(start + written);
}

/// What the errno means, in the words of the locale: strerror(3).
pub fn error_text(errno: i32) -> Vec<u8> {
    let mut text = [0_u8; 256];
    // SAFETY: strerror_r (the POSIX one, which the libc crate binds) writes at most that many bytes, NUL included.
    unsafe { libc::strerror_r(errno, text.as_mut_ptr().cast(), text.len()) };
    CStr::from_bytes_until_nul(&text).map_or_else(|_| Vec::new(), |text| text.to_bytes().to_vec())
}

/// Whose translations are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// GNU coreutils'.
    Coreutils,
    /// The C library's.
    Library,
}

/// A text in the locale's language, where its translations are installed; else the text itself.
#[cfg(target_env = "gnu")]
pub fn text_of(domain: Domain, text: &'static CStr, category: Category) -> &'static CStr {
    let domain = match domain {
        Domain::Coreutils => c"coreutils",
        Domain::Library => c"libc",
    };
    // SAFETY:
    // - All strings end with NUL. The answer is `text` or a translation, which the C library keeps for the process's
    //   life, whatever the locale becomes (its catalogues are never unloaded).
    unsafe {
        let answer = dcgettext(domain.as_ptr(), text.as_ptr(), category.code());
        if answer.is_null() { text } else { CStr::from_ptr(answer) }
    }
}

/// A C library without message catalogues: the text itself.
#[cfg(not(target_env = "gnu"))]
pub fn text_of(_: Domain, text: &'static CStr, _: Category) -> &'static CStr {
    text
}

/// How the locale groups the digits of a number: the separator, and sizes of groups from the right, the last repeating.
pub fn digit_groups() -> (Vec<u8>, Vec<u8>) {
    // localeconv fills one struct for all threads in.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _held = lock(&ONE_AT_A_TIME);
    // SAFETY:
    // - localeconv answers with a struct whose strings end with NUL and live until the locale changes, for which this
    //   thread would have to be elsewhere; nobody else fills it in meanwhile.
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
    if point.is_empty() { b".".to_vec() } else { point }
}

/// Whether a shell pattern matches a name, a leading period only by a period: fnmatch(3) with `FNM_PERIOD`.
pub fn matches(pattern: &CStr, name: &CStr) -> bool {
    // SAFETY: both end with NUL.
    unsafe { libc::fnmatch(pattern.as_ptr(), name.as_ptr(), libc::FNM_PERIOD) == 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_does_not_change_while_another_thread_may_read_it() {
        // The test harness is one.
        std::thread::scope(|scope| {
            scope.spawn(|| assert!(!adopt()));
        });
        assert!(!has_one_task());
    }

    #[test]
    fn a_local_time_keeps_its_zone_and_is_formatted_with_it() {
        let time = local_time(0).unwrap();
        let mut text = Vec::new();
        append_time(c"%Z", &time.at(7, 5), &mut text);
        assert_eq!(text, time.zone());
        text.clear();
        append_time(c"%M:%S", &time.at(7, 5), &mut text);
        assert_eq!(text, b"07:05");
        // A zone seen twice is kept once.
        assert!(std::ptr::eq(time.zone(), local_time(1).unwrap().zone()));
    }
}
