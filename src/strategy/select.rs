//! Finds strategies by the patterns that the user typed, such as `-s 'getdents/*'`, and says what would fit if none
//! does.

use super::{Level, Strategy};
use crate::escape::Plain;
use crate::list::{Standing, Want};
use crate::pattern::Pattern;
use std::fmt;

/// Why a selection failed: a sentence that says what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct SelectError(String);

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SelectError {}

/// The strategies at `level` that deliver `want` and match a pattern, in registry order per pattern, each once. Without
/// patterns, all of the registry. A pattern with a colon is matched against `WALKER:LISTER` names as well.
///
/// # Errors
/// When a pattern matches nothing that fits: it says what would.
pub fn select(patterns: &[String], level: Level, want: Want) -> Result<Vec<Strategy>, SelectError> {
    if patterns.is_empty() {
        return Ok(ranked(level).filter(|strategy| strategy.delivers(want)).collect());
    }
    let mut selected: Vec<Strategy> = Vec::new();
    for pattern in patterns {
        for strategy in matching(pattern, level, want)? {
            if !selected.contains(&strategy) {
                selected.push(strategy);
            }
        }
    }
    Ok(selected)
}

fn ranked(level: Level) -> impl Iterator<Item = Strategy> {
    Strategy::all().filter(move |strategy| strategy.standing() == Standing::Ranked && strategy.level() == level)
}

fn matching(pattern: &str, level: Level, want: Want) -> Result<Vec<Strategy>, SelectError> {
    let names = Pattern::new(pattern).map_err(|why| SelectError(format!("strategy pattern '{pattern}': {why}")))?;
    let candidates = Strategy::all().chain(Strategy::combinations());
    let named: Vec<Strategy> = candidates
        .filter(|strategy| names.fits(&strategy.name()))
        .filter(|strategy| strategy.name().contains(':') == pattern.contains(':'))
        .collect();
    let at_level: Vec<Strategy> = named.iter().copied().filter(|strategy| strategy.level() == level).collect();
    let fitting: Vec<Strategy> = at_level.iter().copied().filter(|strategy| strategy.delivers(want)).collect();
    if let [only] = fitting[..]
        && only.standing() == Standing::Null
    {
        return Err(SelectError(format!("'{}' is in every table already, unranked", only.name())));
    }
    let fitting: Vec<Strategy> =
        fitting.into_iter().filter(|strategy| strategy.standing() == Standing::Ranked).collect();
    match (named.is_empty(), at_level.is_empty(), fitting.is_empty()) {
        (true, ..) => {
            let meant = meant(pattern, level, want).map_or_else(String::new, |meant| format!("did you mean {meant}? "));
            let pattern = Plain(pattern);
            Err(SelectError(format!("no strategy matches '{pattern}': {meant}`fsbench strategies` lists them all")))
        }
        (_, true, _) => Err(SelectError(match level {
            Level::Tree => format!("'{pattern}' lists one directory, not a tree: add --flat"),
            Level::Directory => format!("'{pattern}' walks a tree: leave --flat out"),
        })),
        (.., true) => {
            let able: Vec<_> =
                ranked(level).filter(|strategy| strategy.delivers(want)).map(|able| able.name()).collect();
            Err(SelectError(format!("'{pattern}' cannot deliver {want}; what can: {}", able.join(", "))))
        }
        _ => Ok(fitting),
    }
}

/// How alike two names are at least, from 0 to 1, to be taken for each other.
const ALIKE: f64 = 0.7;

/// What a pattern that matches nothing was probably meant to be: the family of that name, or else the name most like it,
/// of those that would do if there is one among them.
fn meant(pattern: &str, level: Level, want: Want) -> Option<String> {
    let rows = || Strategy::all().chain(Strategy::combinations().filter(|_| pattern.contains(':')));
    let family = format!("{pattern}/");
    if rows().any(|row| row.level() == level && row.delivers(want) && row.name().starts_with(&family)) {
        return Some(format!("'{pattern}/*'"));
    }
    let best = |does: &dyn Fn(&Strategy) -> bool| {
        let ranked = rows().filter(|row| row.standing() == Standing::Ranked && does(row));
        let alike = ranked.map(|row| (strsim::jaro_winkler(pattern, &row.name()), row.name().into_owned()));
        // The first of several that are equally alike: its name is the plainest.
        let alike = alike.filter(|(alike, _)| *alike > ALIKE);
        alike.reduce(|best, other| if other.0 > best.0 { other } else { best }).map(|(_, name)| name)
    };
    best(&|row| row.level() == level && row.delivers(want)).or_else(|| best(&|_| true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(patterns: &[&str], level: Level, want: Want) -> Result<Vec<String>, String> {
        let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
        let selected = select(&patterns, level, want).map_err(|error| error.to_string())?;
        Ok(selected.iter().map(|strategy| strategy.name().into_owned()).collect())
    }

    #[test]
    fn a_glob_selects_variants_and_nothing_twice() {
        let selected = names(&["getdents/*", "getdents/4k"], Level::Directory, Want::Names).unwrap();
        assert_eq!(
            selected,
            [
                "getdents/4k",
                "getdents/32k",
                "getdents/64k",
                "getdents/256k",
                "getdents/1m",
                "getdents/eof",
                "getdents/split"
            ]
        );
    }

    #[test]
    fn a_directory_level_strategy_on_a_tree_says_flat() {
        let error = names(&["readdir"], Level::Tree, Want::Kinds).unwrap_err();
        assert_eq!(error, "'readdir' lists one directory, not a tree: add --flat");
    }

    #[test]
    fn a_strategy_that_cannot_deliver_names_those_that_can() {
        let error = names(&["readdir"], Level::Directory, Want::Metadata).unwrap_err();
        assert!(error.starts_with("'readdir' cannot deliver metadata; what can: std, readdir+lstat"), "{error}");
    }

    #[test]
    fn a_combination_is_selected_by_its_whole_name_or_a_glob_with_a_colon() {
        assert_eq!(names(&["serial:readdir"], Level::Tree, Want::Kinds).unwrap(), ["serial:readdir"]);
        assert_eq!(names(&["rayon:getdents/*"], Level::Tree, Want::Kinds).unwrap().len(), 6);
    }

    #[test]
    fn a_name_that_is_none_is_told_the_one_that_is_most_like_it() {
        let says = |name: &str, level| names(&[name], level, Want::Kinds).unwrap_err();
        let list = "`fsbench strategies` lists them all";
        let meant = |name, meant| format!("no strategy matches '{name}': did you mean {meant}? {list}");
        assert_eq!(says("seril", Level::Tree), meant("seril", "serial"));
        assert_eq!(says("Serial", Level::Tree), meant("Serial", "serial"));
        assert_eq!(says("jwlak", Level::Tree), meant("jwlak", "jwalk"));
        assert_eq!(says("getdents", Level::Directory), meant("getdents", "'getdents/*'"));
        assert_eq!(says("readir", Level::Directory), meant("readir", "readdir"));
        assert_eq!(says("serial:readir", Level::Tree), meant("serial:readir", "serial:readdir"));
        assert_eq!(says("qqq", Level::Tree), format!("no strategy matches 'qqq': {list}"));
    }
}
