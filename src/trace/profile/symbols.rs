//! Names of the kernel's functions (/proc/kallsyms).

use std::fs;
use std::io;

/// The kernel's functions by their addresses.
pub(super) struct Symbols {
    /// Where each begins, ascending.
    functions: Vec<(u64, Box<str>)>,
}

impl Symbols {
    /// Those of the running kernel. `None` where it hides their addresses (kptr_restrict), or all their names.
    pub(super) fn read() -> io::Result<Option<Self>> {
        Ok(Self::parse(&fs::read("/proc/kallsyms")?))
    }

    /// `ffffffff81000000 T _stext`, and of modules their name in brackets behind it.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let function = |line: &[u8]| {
            let line = std::str::from_utf8(line).ok()?;
            let mut words = line.split_ascii_whitespace();
            let address = u64::from_str_radix(words.next()?, 16).ok().filter(|&address| address > 0)?;
            let is_text = matches!(words.next()?, "t" | "T" | "w" | "W");
            is_text.then_some((address, Box::from(words.next()?)))
        };
        let mut functions: Vec<(u64, Box<str>)> = text.split(|&byte| byte == b'\n').filter_map(function).collect();
        // Of several names for one place the kernel's own list begins with the usual one; the sort is stable.
        functions.sort_by_key(|(address, _)| *address);
        functions.dedup_by_key(|(address, _)| *address);
        (!functions.is_empty()).then_some(Self { functions })
    }

    /// The function that an address is in.
    pub(super) fn name(&self, address: u64) -> Option<&str> {
        let next = self.functions.partition_point(|(start, _)| *start <= address);
        Some(&self.functions.get(next.checked_sub(1)?)?.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_the_function_that_begins_before_it() {
        let text =
            b"ffff0030 t inner\t[ext4]\nffff0010 T first\nffff0010 T alias\nffff0020 D data\nnonsense\n\xff T x\n";
        let symbols = Symbols::parse(text).unwrap();
        let names = [0xffff_000f, 0xffff_0010, 0xffff_002f, 0xffff_0030, u64::MAX].map(|at| symbols.name(at));
        assert_eq!(names, [None, Some("first"), Some("first"), Some("inner"), Some("inner")]);
    }

    #[test]
    fn addresses_that_are_hidden_name_nothing() {
        assert!(Symbols::parse(b"0000000000000000 T _stext\n0000000000000000 t inner\n").is_none());
        assert!(Symbols::parse(b"").is_none());
    }
}
