//! Finds strategies by the patterns that the user typed, such as `-s 'getdents/*'`, and says what would fit if none
//! does.

use super::{Level, Strategy};
use crate::list::{Standing, Want};
use globset::GlobBuilder;
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
    let glob = GlobBuilder::new(pattern).build();
    let glob =
        glob.map_err(|error| SelectError(format!("strategy pattern '{pattern}': {}", error.kind())))?.compile_matcher();
    let candidates = Strategy::all().chain(Strategy::combinations());
    let named: Vec<Strategy> = candidates
        .filter(|strategy| strategy.name() == pattern || glob.is_match(strategy.name().as_ref()))
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
        (true, ..) => Err(SelectError(format!("no strategy matches '{pattern}': see `fsbench strategies`"))),
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
            ["getdents/4k", "getdents/32k", "getdents/64k", "getdents/256k", "getdents/1m", "getdents/split"]
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
        assert_eq!(names(&["rayon:getdents/*"], Level::Tree, Want::Kinds).unwrap().len(), 5);
    }

    #[test]
    fn an_unknown_name_points_to_the_list() {
        let error = names(&["getdent"], Level::Directory, Want::Names).unwrap_err();
        assert_eq!(error, "no strategy matches 'getdent': see `fsbench strategies`");
    }
}
