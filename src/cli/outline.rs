//! The whole command line as data, for completions and manual pages: every command that is not hidden, with the options of
//! `ls`, which clap does not parse, and with hints as to what a value is.

use super::Arguments;
use clap::builder::{PossibleValue, PossibleValuesParser, Str};
use clap::{Arg, ArgAction, Command, CommandFactory, ValueHint};
use fsbench::ls::described::{self, Described};
use fsbench::strategy::{Level, Strategy};

/// The program with all its commands.
pub(super) fn outline() -> Command {
    let parsed = Arguments::command();
    let shown: Vec<&Command> = parsed.get_subcommands().filter(|command| !command.is_hide_set()).collect();
    let names: Vec<Str> = shown.iter().map(|command| Str::from(command.get_name().to_owned())).collect();
    let commands = shown.into_iter().cloned().map(|command| match command.get_name() {
        "ls" => ls(&command),
        "man" => command.mut_arg("command", |arg| arg.value_parser(PossibleValuesParser::new(names.clone()))),
        _ => command.mut_args(hinted),
    });
    let mut program = Command::new("fsbench").subcommand_required(true).disable_help_subcommand(true);
    program = program.version(env!("CARGO_PKG_VERSION"));
    program = program
        .about(parsed.get_about().cloned().unwrap_or_default())
        .after_help(parsed.get_after_help().cloned().unwrap_or_default());
    program.subcommand_value_name("COMMAND").subcommand_help_heading("COMMANDS").subcommands(commands)
}

/// The same with names of strategies for values, and `colon` for the ':' in them. Their parsers accept patterns, too, so
/// this is for completions alone.
pub(super) fn with_strategies(colon: &str) -> Command {
    let names = |level: Option<Level>| {
        let all = Strategy::all().chain(Strategy::combinations());
        let fit = all.filter(|strategy| level.is_none_or(|level| level == strategy.level()));
        PossibleValuesParser::new(fit.map(|strategy| {
            let name = PossibleValue::new(Str::from(strategy.name().replace(':', colon)));
            // A combination is explained by its parts.
            if strategy.name().contains(':') { name } else { name.help(strategy.about().into_owned()) }
        }))
    };
    let of = |command: Command, arg: &str, level| command.mut_arg(arg, |arg| arg.value_parser(names(level)));
    outline()
        .mut_subcommand("compare", |command| of(of(command, "strategies", None), "baseline", None))
        .mut_subcommand("trace", |command| of(command, "strategy", None))
        .mut_subcommand("predict", |command| of(command, "strategies", None))
        .mut_subcommand("ls", |command| of(command, "strategy", Some(Level::Directory)))
}

/// The argument with a hint by the name of its value, by which completion knows files from numbers.
fn hinted(arg: Arg) -> Arg {
    if !arg.get_action().takes_values() || !arg.get_possible_values().is_empty() {
        return arg;
    }
    let name = match arg.get_value_names() {
        Some([name]) => name.to_string(),
        _ => arg.get_id().as_str().to_uppercase(),
    };
    let hint = match (name.as_str(), arg.is_positional()) {
        ("DIR" | "DIRS", _) => ValueHint::DirPath,
        ("FILE" | "RECORDS", _) => ValueHint::FilePath,
        ("PROGRAM", _) => ValueHint::ExecutablePath,
        ("COMMAND", true) => ValueHint::CommandWithArguments,
        ("COMMAND", false) => ValueHint::CommandString,
        _ => ValueHint::Other,
    };
    arg.value_hint(hint)
}

/// `ls` with the options that its own parser takes.
fn ls(parsed: &Command) -> Command {
    let mut command =
        Command::new("ls").about(parsed.get_about().cloned().unwrap_or_default()).after_help(described::remarks());
    command = command.override_usage("fsbench ls [OPTION]... [FILE]...");
    // `-h` is --human-readable; --help and --version are among the options.
    command = command.disable_help_flag(true).disable_version_flag(true);
    for (place, option) in described::options().into_iter().enumerate() {
        command = command.arg(ls_option(option).display_order(place));
    }
    let files = Arg::new("FILE").num_args(0..).value_hint(ValueHint::AnyPath);
    command.arg(files.help("What to list [default: the current directory]"))
}

fn ls_option(option: Described) -> Arg {
    let id = option.long.map_or_else(|| option.short.map(String::from).unwrap_or_default(), str::to_owned);
    let mut arg = Arg::new(Str::from(id)).help(option.about);
    if let Some(letter) = option.short {
        arg = arg.short(letter);
    }
    if let Some(name) = option.long {
        arg = arg.long(name);
    }
    if !option.heading.is_empty() {
        arg = arg.help_heading(option.heading);
    }
    let Some(value) = option.value else { return arg.action(ArgAction::SetTrue) };
    arg = arg.value_name(value.name);
    if value.is_optional {
        arg = arg.num_args(0..=1).require_equals(true);
    }
    let words = option.long.map(described::words).unwrap_or_default();
    // The help names the words.
    let arg = if words.is_empty() { arg } else { arg.value_parser(words).hide_possible_values(true) };
    hinted(arg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outline_is_a_command_line_that_clap_accepts() {
        with_strategies(":").debug_assert();
    }

    #[test]
    fn the_outline_has_each_command_that_is_not_hidden() {
        let outline = outline();
        let names: Vec<&str> = outline.get_subcommands().map(Command::get_name).collect();
        assert!(names.contains(&"compare") && names.contains(&"ls") && names.contains(&"man"), "{names:?}");
        assert!(!names.contains(&"worker"), "{names:?}");
    }
}
