//! The options of `ls` as data: for completions and the manual page, which clap cannot make of a command line that is not
//! its own.
//!
//! Names, values and texts are read from [`super::help::HELP`], so that there is one text; the words that a value may be
//! come from the tables that the parser uses. A test holds the help against the parser's table.

use super::argmatch;
use super::help::HELP;
use super::table::{LONG, Switch};
use crate::ls::text::quote::STYLES;

/// An option of `ls`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its letter: `-a`.
    pub short: Option<char>,
    /// Its long name: `--all`.
    pub long: Option<&'static str>,
    /// The value that it takes.
    pub value: Option<Value>,
    /// What it does.
    pub about: String,
    /// The heading above it in the help; the last options have none.
    pub heading: &'static str,
}

/// A value of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value {
    /// What the help calls it: `WORD`.
    pub name: &'static str,
    /// Whether it may be left out.
    pub is_optional: bool,
}

/// Where texts begin in a line of the help.
const COLUMN: usize = 29;

/// Every option, in the order of the help.
pub fn options() -> Vec<Described> {
    let mut options: Vec<Described> = Vec::new();
    let mut heading = "";
    for line in HELP.lines() {
        let text = line.trim_start();
        match line.len() - text.len() {
            0 => heading = text,
            indent if indent < COLUMN => options.push(option(line, heading)),
            _ => {
                let about = &mut options.last_mut().expect("an indented line belongs to an option").about;
                if !about.is_empty() {
                    about.push(' ');
                }
                about.push_str(text);
            }
        }
    }
    options
}

/// The option that a line describes: `-w, --width=COLUMNS      lines of COLUMNS`.
fn option(line: &'static str, heading: &'static str) -> Described {
    let (names, about) = match line.split_at_checked(COLUMN) {
        Some((names, about)) if names.ends_with(' ') => (names.trim(), about),
        _ => (line.trim(), ""),
    };
    let (mut short, mut long, mut value) = (None, None, None);
    for name in names.split(", ") {
        let Some(name) = name.strip_prefix("--") else {
            short = name.chars().nth(1);
            continue;
        };
        long = Some(match name.split_once('=') {
            None => name,
            Some((name, of)) => {
                let is_optional = of.ends_with(']');
                value = Some(Value { name: of.trim_end_matches(']'), is_optional });
                name.trim_end_matches('[')
            }
        });
    }
    Described { short, long, value, about: about.to_owned(), heading }
}

/// The paragraphs of the help that follow the options.
pub fn remarks() -> &'static str {
    let at = HELP.find("SIZE is ").expect("the help explains SIZE after the options");
    &HELP[at..]
}

/// The words that the value of a long option may be; none if it may be others, or is no word.
pub fn words(long: &str) -> Vec<&'static str> {
    fn names<T>(words: &[(&'static str, T)]) -> Vec<&'static str> {
        words.iter().map(|&(word, _)| word).collect()
    }
    let switch = LONG.iter().find(|option| option.name == long).map(|option| option.means);
    match switch {
        Some(Switch::FormatNamed) => names(argmatch::FORMATS),
        Some(Switch::SortNamed) => names(argmatch::SORTS),
        Some(Switch::StampNamed) => names(argmatch::STAMPS),
        Some(Switch::IndicatorsNamed) => names(argmatch::INDICATORS),
        Some(Switch::QuotingNamed) => names(STYLES),
        Some(Switch::TimeStyle) => names(argmatch::TIME_STYLES),
        Some(Switch::Classify | Switch::Color | Switch::Hyperlink) => names(argmatch::WHENS),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ls::ask::table::SHORT;
    use crate::ls::text::getopt::Takes;

    #[test]
    fn the_help_describes_each_option_of_the_table_and_no_other() {
        let described = options();
        let mut letters: Vec<char> = described.iter().filter_map(|option| option.short).collect();
        let mut parsed: Vec<char> = SHORT.iter().map(|option| char::from(option.letter)).collect();
        letters.sort_unstable();
        parsed.sort_unstable();
        assert_eq!(letters, parsed);
        let mut names: Vec<&str> = described.iter().filter_map(|option| option.long).collect();
        let mut parsed: Vec<&str> = LONG.iter().map(|option| option.name).collect();
        names.sort_unstable();
        parsed.sort_unstable();
        assert_eq!(names, parsed);
        assert!(described.iter().all(|option| !option.about.is_empty()), "{described:?}");
    }

    #[test]
    fn the_help_shows_a_value_where_the_parser_takes_one() {
        for option in options() {
            if let Some(name) = option.long {
                let takes = LONG.iter().find(|long| long.name == name).expect("it is in the table").takes;
                let shown = match option.value {
                    None => Takes::Nothing,
                    Some(Value { is_optional: true, .. }) => Takes::Optional,
                    Some(_) => Takes::Required,
                };
                assert_eq!(shown, takes, "--{name}");
            }
        }
    }

    #[test]
    fn two_names_on_a_line_mean_the_same() {
        for option in options() {
            let (Some(letter), Some(name)) = (option.short, option.long) else { continue };
            let short = SHORT.iter().find(|short| char::from(short.letter) == letter).expect("it is in the table");
            let long = LONG.iter().find(|long| long.name == name).expect("it is in the table");
            assert_eq!(short.means, long.means, "-{letter}, --{name}");
        }
    }

    #[test]
    fn a_text_that_goes_on_in_the_next_line_is_whole() {
        let option = options().into_iter().find(|option| option.long == Some("time")).unwrap();
        assert!(option.about.starts_with("which time: atime") && option.about.ends_with("birth, creation"));
        assert_eq!(option.heading, "What is shown of each");
        assert!(remarks().starts_with("SIZE is a number") && remarks().contains("Exit status"));
    }
}
