//! `fsbench-mpi find`: as IO500 calls the external script of its find phase, and pfind:
//!
//! ```text
//! find DIR -newer FILE -size 3901c -name '*01*'      ->      MATCHED found/total
//! ```
//!
//! As pfind's, both numbers are of entries other than directories, and only entries whose names match are looked up. Unlike pfind, but as
//! find(1), `-newer` compares times of modification.

use super::{SERIOUS, Walking, glob, print, say, walk_together};
use clap::Args;
use fsbench_mpi::schedule::Transport;
use fsbench_mpi::walk::Visitor;
use fsbench_mpi::world::World;
use fswalk::{Error, Kind, Meta};
use globset::GlobMatcher;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// Count the files that match, as IO500's find phase wants it: the last line is `MATCHED found/total`
#[derive(Args)]
#[command(after_help = "\
Predicates, which must all hold:
  -name PATTERN   the name matches, as a shell matches
  -size [+-]N[cwbkMG]   the size, rounded up to that unit [default: b, of 512 bytes], is N, more, or less
  -newer FILE     modified after FILE was

Options stand before the directory. In IO500's configuration:
  [find]
  external-script = /path/to/fsbench-mpi
  external-mpi-args = mpirun -n 8
  external-extra-args = find")]
pub(super) struct Arguments {
    #[command(flatten)]
    walking: Walking,
    /// Directories, then predicates
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    dirs_and_predicates: Vec<OsString>,
}

/// What must hold of a file.
#[derive(Default, Clone)]
struct Predicates {
    name: Option<GlobMatcher>,
    size: Option<Size>,
    /// Seconds and nanoseconds.
    newer: Option<(i64, u32)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Size {
    order: std::cmp::Ordering,
    count: u64,
    unit_bytes: u64,
}

impl Size {
    fn parse(text: &str) -> Option<Self> {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let (order, text) = match text.split_at_checked(1)? {
            ("+", rest) => (Greater, rest),
            ("-", rest) => (Less, rest),
            _ => (Equal, text),
        };
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit_bytes = match &text[digits.len()..] {
            "c" => 1,
            "w" => 2,
            "b" | "" => 512,
            "k" => 1 << 10,
            "M" => 1 << 20,
            "G" => 1 << 30,
            _ => return None,
        };
        Some(Self { order, count: digits.parse().ok()?, unit_bytes })
    }

    fn holds(self, bytes: u64) -> bool {
        bytes.div_ceil(self.unit_bytes).cmp(&self.count) == self.order
    }
}

impl Predicates {
    fn needs_metadata(&self) -> bool {
        self.size.is_some() || self.newer.is_some()
    }

    fn name_matches(&self, name: &[u8]) -> bool {
        self.name.as_ref().is_none_or(|pattern| pattern.is_match(OsStr::from_bytes(name)))
    }

    fn metadata_match(&self, meta: &Meta) -> bool {
        self.size.is_none_or(|size| size.holds(meta.size_bytes))
            && self.newer.is_none_or(|newer| (meta.mtime_seconds, meta.mtime_nanos) > newer)
    }
}

/// Directories, and what must hold; or what is wrong with the command line.
fn parse(words: &[OsString]) -> Result<(Vec<PathBuf>, Predicates), String> {
    let (mut dirs, mut predicates) = (Vec::new(), Predicates::default());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{} wants a value", word.display()));
        let text = |value: &OsString| value.to_str().map(str::to_owned).ok_or("a predicate's value is not UTF-8");
        match word.as_bytes() {
            b"-name" => {
                let pattern = text(value()?)?;
                predicates.name = Some(glob::matcher(&pattern).map_err(|error| format!("-name: {error}"))?);
            }
            b"-size" => {
                let size = text(value()?)?;
                predicates.size = Some(Size::parse(&size).ok_or(format!("-size {size}: not [+-]N[cwbkMG]"))?);
            }
            b"-newer" => {
                let file = PathBuf::from(value()?);
                let meta = std::fs::metadata(&file).map_err(|error| Error::new("stat", &file, error).to_string())?;
                predicates.newer = Some((meta.mtime(), u32::try_from(meta.mtime_nsec()).unwrap_or(0)));
            }
            [b'-', ..] => {
                return Err(format!(
                    "{}: there is no such predicate; options stand before the directory",
                    word.display()
                ));
            }
            _ => dirs.push(PathBuf::from(word)),
        }
    }
    if dirs.is_empty() { Err("which directory?".to_owned()) } else { Ok((dirs, predicates)) }
}

struct Finder {
    rank: usize,
    predicates: Predicates,
    matched: u64,
}

impl Visitor for Finder {
    fn needs(&self, name: &[u8], kind: Kind) -> bool {
        kind != Kind::Directory && self.predicates.needs_metadata() && self.predicates.name_matches(name)
    }

    fn directory(&mut self, _: &[u8], _: usize) {}

    fn entry(&mut self, name: &[u8], kind: Kind, meta: Option<&Meta>) -> Result<(), Error> {
        let matches = kind != Kind::Directory
            && self.predicates.name_matches(name)
            && match meta {
                Some(meta) => self.predicates.metadata_match(meta),
                // It was looked up in vain.
                None => !self.predicates.needs_metadata(),
            };
        self.matched += u64::from(matches);
        Ok(())
    }

    fn error(&mut self, error: Error) {
        say(self.rank, error);
    }
}

pub(super) fn run(arguments: &Arguments, world: &mut World) -> u8 {
    let rank = world.rank();
    let parsed = parse(&arguments.dirs_and_predicates);
    // A file may be there for one rank and not for another.
    let agreed = world.gather(&[u64::from(parsed.is_ok())]).iter().all(|is_ok| is_ok[0] == 1);
    let (dirs, predicates) = match parsed {
        Ok(parsed) if agreed => parsed,
        Ok(_) => return SERIOUS,
        Err(message) => {
            say(rank, message);
            return SERIOUS;
        }
    };
    let finder = || Finder { rank, predicates: predicates.clone(), matched: 0 };
    let found = match walk_together(world, &dirs, &arguments.walking, finder) {
        Ok(found) => found,
        Err(status) => return status,
    };
    let mine = found.visitors.iter().map(|finder| finder.matched).sum();
    let matched: u64 = world.gather(&[mine]).iter().map(|of| of[0]).sum();
    let total = found.totals.entries() - found.totals.of(Kind::Directory);
    print(world, &format!("MATCHED {matched}/{total}"));
    found.status()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_up_to_their_unit() {
        let holds = |text, bytes| Size::parse(text).unwrap().holds(bytes);
        assert!(holds("3901c", 3901) && !holds("3901c", 3900));
        assert!(holds("1", 1) && holds("1", 512) && !holds("1", 513));
        assert!(holds("+1k", 1025) && !holds("+1k", 1024) && holds("-1M", 0) && !holds("-1M", 1));
        assert_eq!([Size::parse("c"), Size::parse("1x"), Size::parse(""), Size::parse("é")], [None; 4]);
    }
}
