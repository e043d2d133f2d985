//! Commands as the user types them: their names, their words, and what runs around each.
//!
//! ```text
//! --command 'mine=./lister {}' --prepare sync   ->   Typed   ->   Way::Command
//! ```
//!
//! The options are hyperfine's. What differs: no shell runs anything, and since samples of all rows take turns, what one
//! command's steps change is there for the others too.

use super::comparison::Unfit;
use super::path_text::PathText;
use super::plan::Way;
use super::programs::{is_script, named};
use super::shell;
use super::spec::{Failures, Output, Shown, Spec};
use super::step::{Step, Steps};
use super::version;
use crate::error::Escaped;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Commands, and the options that are about them.
#[derive(Debug, Clone)]
pub struct Typed {
    /// Each command: `find {}`, or `NAME=find {}`.
    pub commands: Vec<String>,
    /// Names, of the first, the second ... command.
    pub names: Vec<String>,
    /// What to run before a command's first run: none, one for all, or one for each.
    pub setups: Vec<String>,
    /// What to run before each run, likewise.
    pub prepares: Vec<String>,
    /// What to run after the last run, likewise.
    pub cleanups: Vec<String>,
    /// What it means if a command fails.
    pub failures: Failures,
    /// Where what commands print goes.
    pub shown: Shown,
    /// The directory that all of it runs in.
    pub dir: Option<PathBuf>,
}

impl Typed {
    /// The rows of the commands.
    ///
    /// # Errors
    /// What is wrong, in a sentence that says what to do; also that a program is not here or can't be run: whoever named
    /// it wants it measured.
    pub fn ways(&self) -> Result<Vec<Way>, Unfit> {
        let (names, commands) = (self.names.len(), self.commands.len());
        if names > commands {
            return Err(Unfit(format!("-n: there are more names ({names}) than --command ({commands})")));
        }
        let mut versions = BTreeMap::new();
        (0..commands).map(|index| self.way(index, &mut versions)).collect()
    }

    fn way(&self, index: usize, versions: &mut BTreeMap<PathBuf, Option<String>>) -> Result<Way, Unfit> {
        let text = &self.commands[index];
        let (name, command) = match self.names.get(index) {
            // A command that has a name is taken whole.
            Some(name) => (Some(name.as_str()), text.as_str()),
            None => split_name(text),
        };
        let words = words("--command", command)?;
        if !words.iter().skip(1).any(|word| word.contains("{}")) {
            let why = "does not say where the tree goes: write {} for it, as in 'bfs {}'";
            return Err(Unfit(format!("--command '{}' {why}", shown(command))));
        }
        let steps = self.steps(index)?;
        let found = if steps.setup.is_some() { later(&words[0]) } else { None };
        let found = match found {
            Some(path) => path,
            None => named(Path::new(&words[0])).map_err(|error| not_found(&error.to_string(), name, command))?,
        };
        // A script of the user's may do its work whatever it is asked.
        let is_asked = found.is_file() && (!words[0].contains('/') || !is_script(&found));
        let version = versions.entry(found.clone()).or_insert_with(|| is_asked.then(|| version::of(&found)).flatten());
        let version = version.clone();
        let name = name.map_or_else(|| words.join(" "), str::to_owned);
        let name = Escaped(Path::new(&name)).to_string();
        let arguments = words.into_iter().skip(1).map(PathText::Text);
        let words = std::iter::once(PathText::from(found)).chain(arguments).collect();
        let dir = self.dir.clone().map(PathText::from);
        let spec = Spec { steps, failures: self.failures, shown: self.shown, dir, ..Spec::new(words, Output::Guess) };
        Ok(Way::Command { name, spec, version })
    }

    /// What runs around the command of this index.
    fn steps(&self, index: usize) -> Result<Steps, Unfit> {
        let step = |step, given: &[String], is_later| {
            let one = paired(step, given, self.commands.len(), index)?;
            one.map(|text| resolved(step, text, is_later)).transpose()
        };
        let is_built = !self.setups.is_empty();
        Ok(Steps {
            setup: step(Step::Setup, &self.setups, false)?,
            prepare: step(Step::Prepare, &self.prepares, is_built)?,
            cleanup: step(Step::Cleanup, &self.cleanups, is_built)?,
        })
    }

    /// What runs around a command that is not the user's: what prepares every run, so that all find the same.
    ///
    /// # Errors
    /// As [`Typed::ways`].
    pub fn steps_of_others(&self) -> Result<Steps, Unfit> {
        let prepare = match &self.prepares[..] {
            [one] => Some(resolved(Step::Prepare, one, !self.setups.is_empty())?),
            _ => None,
        };
        Ok(Steps { prepare, ..Steps::default() })
    }

    /// Warnings: where a shell would act, and none does.
    pub fn warnings(&self) -> Vec<String> {
        let commands = self.commands.iter().enumerate().map(|(index, text)| match self.names.get(index) {
            Some(_) => text.as_str(),
            None => split_name(text).1,
        });
        let steps = [&self.setups, &self.prepares, &self.cleanups].into_iter().flatten().map(String::as_str);
        let warning = |text: &str| {
            let sign = shell::syntax(text)?;
            let by_shell = shell::by_shell(text);
            Some(format!(
                "no shell runs '{}': its {sign} is a word like any other; to have a shell run it, write: {}",
                shown(text),
                shown(&by_shell)
            ))
        };
        commands.chain(steps).filter_map(warning).collect()
    }
}

fn shown(text: &str) -> String {
    Escaped(Path::new(text)).to_string()
}

/// The one of `given` that is for the command of this index.
fn paired(step: Step, given: &[String], commands: usize, index: usize) -> Result<Option<&str>, Unfit> {
    match given {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        each if each.len() == commands => Ok(Some(&each[index])),
        some => Err(Unfit(format!(
            "{} is there {} times for {commands} --command: give one for all, or one for each",
            step.option(),
            some.len()
        ))),
    }
}

/// The name before the first `=`, and the command after it. What stands before `=` in a command that begins with
/// `env X=1` or `./a=b` has a blank or a slash in it, and is no name.
fn split_name(text: &str) -> (Option<&str>, &str) {
    let is_name = |name: &str| {
        let is_of_a_word = |c: char| c.is_whitespace() || matches!(c, '/' | '\'' | '"' | '\\' | '{' | '$');
        !name.is_empty() && !name.contains(is_of_a_word)
    };
    match text.split_once('=') {
        Some((name, command)) if is_name(name) && !command.trim().is_empty() => (Some(name), command.trim_start()),
        _ => (None, text),
    }
}

/// The words of a command, as a shell splits them: at least one.
fn words(option: &str, text: &str) -> Result<Vec<String>, Unfit> {
    let unfit = |why: &str| Unfit(format!("{option} '{}': {why}", shown(text)));
    match shell_words::split(text) {
        Ok(words) if words.is_empty() => Err(unfit("there is no command in it")),
        Ok(words) => Ok(words),
        Err(_) => Err(unfit("a quote is open at its end: close it, or write \\' for a quote that is meant")),
    }
}

/// A step's words, its program looked for here, since a worker has another working directory.
fn resolved(step: Step, text: &str, is_later: bool) -> Result<Vec<PathText>, Unfit> {
    let words = words(step.option(), text)?;
    let found = if is_later { later(&words[0]) } else { None };
    let found = match found {
        Some(path) => path,
        None => named(Path::new(&words[0])).map_err(|error| Unfit(format!("{}: {error}", step.option())))?,
    };
    Ok(std::iter::once(PathText::from(found)).chain(words.into_iter().skip(1).map(PathText::Text)).collect())
}

/// The path of a program that is not here, and may be when the setup has made it.
fn later(program: &str) -> Option<PathBuf> {
    let path = Path::new(program);
    (program.contains('/') && !path.exists()).then(|| std::path::absolute(path).ok()).flatten()
}

/// Says what to do where `X=1 find {}` was meant to set a variable.
fn not_found(error: &str, name: Option<&str>, command: &str) -> Unfit {
    let hint = name.map(|name| {
        let (name, command) = (shown(name), shown(command));
        format!("; '{name}' before it is taken for the row's name: to set a variable, write env {name}={command}")
    });
    Unfit(format!("{error}{}", hint.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(commands: &[&str]) -> Typed {
        Typed {
            commands: commands.iter().map(ToString::to_string).collect(),
            names: Vec::new(),
            setups: Vec::new(),
            prepares: Vec::new(),
            cleanups: Vec::new(),
            failures: Failures::Judged,
            shown: Shown::Nowhere,
            dir: None,
        }
    }

    fn given(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    fn names(typed: &Typed) -> Vec<String> {
        let name = |way| match way {
            Way::Command { name, .. } => name,
            _ => panic!("a command is a command"),
        };
        typed.ways().unwrap().into_iter().map(name).collect()
    }

    fn steps(way: &Way) -> &Steps {
        match way {
            Way::Command { spec, .. } => &spec.steps,
            _ => panic!("a command is a command"),
        }
    }

    #[test]
    fn a_name_stands_before_the_first_equals_sign_and_has_neither_blank_nor_slash() {
        assert_eq!(split_name("mine=find {}"), (Some("mine"), "find {}"));
        assert_eq!(split_name("a-b.c:2= find {} -size=1"), (Some("a-b.c:2"), "find {} -size=1"));
        for unnamed in ["find {}", "env X=1 find {}", "./a=b {}", "=find {}", "name=", "name= ", "'a=b' {}"] {
            assert_eq!(split_name(unnamed), (None, unnamed));
        }
    }

    #[test]
    fn names_of_their_own_are_for_commands_in_their_order_which_are_then_taken_whole() {
        let mut typed = typed(&["true a=b {}", "two=true {}"]);
        assert_eq!(names(&typed), ["true a=b {}", "two"]);
        typed.names = given(&["one with blanks"]);
        assert_eq!(names(&typed), ["one with blanks", "two"]);
        typed.names = given(&["a", "b", "c"]);
        assert_eq!(typed.ways().unwrap_err().0, "-n: there are more names (3) than --command (2)");
    }

    #[test]
    fn a_variable_before_a_command_is_told_what_it_is_taken_for() {
        let why = typed(&["LC_ALL=no-such-program {}"]).ways().unwrap_err().0;
        assert!(why.contains("there is no such program on the PATH"), "{why}");
        assert!(why.ends_with("write env LC_ALL=no-such-program {}"), "{why}");
    }

    #[test]
    fn a_command_is_split_as_a_shell_splits_and_must_say_where_the_tree_goes() {
        let ways = typed(&["find {} -name 'a b'"]).ways().unwrap();
        assert!(matches!(&ways[0], Way::Command { spec, .. } if spec.words.len() == 4));
        for (command, why) in [("find", "{}"), ("find 'x", "quote"), ("", "no command")] {
            assert!(typed(&[command]).ways().unwrap_err().0.contains(why), "{command}");
        }
    }

    #[test]
    fn a_step_is_for_all_commands_or_there_is_one_for_each() {
        let mut typed = typed(&["one=true {}", "two=true {}"]);
        typed.prepares = given(&["true 1"]);
        typed.cleanups = given(&["true 1", "true 2"]);
        let ways = typed.ways().unwrap();
        let last = |words: Option<&[PathText]>| words.and_then(|words| words.last().cloned());
        let one = Some(PathText::Text("1".to_owned()));
        assert_eq!(ways.iter().map(|way| last(steps(way).of(Step::Prepare))).collect::<Vec<_>>(), [one.clone(), one]);
        assert_eq!(last(steps(&ways[1]).of(Step::Cleanup)), Some(PathText::Text("2".to_owned())));
        assert!(typed.steps_of_others().unwrap().prepare.is_some());
        typed.setups = given(&["true", "true", "true"]);
        let why = typed.ways().unwrap_err().0;
        assert_eq!(why, "--setup is there 3 times for 2 --command: give one for all, or one for each");
    }

    #[test]
    fn a_program_that_the_setup_makes_need_not_be_there_before() {
        let mut typed = typed(&["./no/such/program {}"]);
        assert!(typed.ways().unwrap_err().0.contains("No such file"));
        typed.setups = given(&["true"]);
        typed.prepares = given(&["./no/such/step"]);
        assert!(typed.ways().is_ok());
        typed.setups = given(&["./no/such/setup"]);
        assert!(typed.ways().unwrap_err().0.starts_with("--setup: stat"));
    }

    #[test]
    fn where_a_shell_would_act_the_user_is_told_how_to_have_one() {
        let mut typed = typed(&["n=find {} | wc -l", "find {}"]);
        typed.setups = given(&["sync; true"]);
        let told = "no shell runs 'find {} | wc -l': its | is a word like any other; to have a shell run it, write: \
                    sh -c 'find {} | wc -l'";
        assert_eq!(typed.warnings().len(), 2);
        assert_eq!(typed.warnings()[0], told);
    }
}
