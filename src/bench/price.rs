//! Names of prices: a call, and the factors that its price depends on. A price is the time of one system call.
//!
//! A price has a working set: asking again and again about one name finds everything in the processor's caches, which
//! 100,000 names do not fit into. So the set is a factor like the others, and so is whether the process has other
//! threads, since a descriptor table that is shared makes every use of a descriptor an atomic operation.

/// The group of single calls' prices.
pub const CALLS: &str = "calls";
/// The group of prices by the depth of a path.
pub const PATHS: &str = "paths";

/// The factor whose value is a number of names, or the shape of a tree whose directories are gone through.
pub const SET: &str = "Set";
/// The factor that says how many threads the process has: only one of them calls.
pub const THREADS: &str = "Threads";

/// A call without work: how long it takes to get into the kernel and back.
pub const NULL: &str = "null";

/// The factors of a call's price, as its value has them between slashes.
pub fn factors(call: &str) -> &'static [&'static str] {
    match call {
        NULL => &[THREADS],
        "getdents64" => &["Buffer", SET, THREADS],
        "openat" => &["Path", SET, THREADS],
        "close" | "fstat" => &[SET, THREADS],
        "fstatat" => &["Names", "Path", SET, "Order", THREADS],
        "statx" => &["Asked", "Path", SET, "Order", THREADS],
        "io_uring" => &["Batch", SET],
        _ => &[],
    }
}

/// A buffer's size as rows and prices name it: `64k`, `1m`.
pub fn buffer(bytes: usize) -> String {
    match bytes {
        1_048_576.. if bytes.is_multiple_of(1 << 20) => format!("{}m", bytes >> 20),
        _ => format!("{}k", bytes >> 10),
    }
}

/// The size that [`buffer`] names, in bytes.
pub fn buffer_bytes(name: &str) -> Option<usize> {
    let (number, shift) = match name.strip_suffix('m') {
        Some(number) => (number, 20),
        None => (name.strip_suffix('k')?, 10),
    };
    number.parse::<usize>().ok()?.checked_shl(shift)
}

/// The components of a value with their factors' names.
pub fn factors_in<'v>(call: &str, value: &'v str) -> impl Iterator<Item = (&'static str, &'v str)> {
    factors(call).iter().copied().zip(value.split('/'))
}

/// One factor's part of a value.
pub fn factor<'v>(call: &str, value: &'v str, name: &str) -> Option<&'v str> {
    factors_in(call, value).find(|(factor, _)| *factor == name).map(|(_, part)| part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_named_as_strategies_name_it() {
        assert_eq!([4096, 65_536, 1 << 20].map(buffer), ["4k", "64k", "1m"]);
        assert_eq!(["4k", "1m", "x", "k"].map(buffer_bytes), [Some(4096), Some(1 << 20), None, None]);
    }

    #[test]
    fn a_value_holds_its_factors_in_order() {
        let value = "metadata/relative/1000/inode/1";
        assert_eq!(factor("statx", value, "Order"), Some("inode"));
        assert_eq!(factor("statx", value, SET), Some("1000"));
        assert_eq!(factor("statx", value, "Names"), None);
    }
}
