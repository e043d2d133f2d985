//! `fsbench completions`: what a shell needs to complete commands, options, and their values by name.
//!
//! clap_complete writes the scripts. Added to them is what they lack: in bash, words with ':' and '='; in fish, the values
//! of arguments that are no options. Its engine that asks the program at each key was rejected: its interface is declared
//! unstable.

use super::outline::with_strategies;
use super::{Failed, Status, Unbuffered};
use clap::{Args, Command, ValueEnum};
use clap_complete::{Shell as Writer, generate};
use std::io::Write;

/// Print a script that completes fsbench's command line in a shell
#[derive(Args)]
#[command(after_help = "\
Packages install these scripts.

Examples:
  fsbench completions bash >~/.local/share/bash-completion/completions/fsbench
  fsbench completions fish >~/.config/fish/completions/fsbench.fish
  fsbench completions zsh >~/.zsh/_fsbench
                                     where ~/.zsh is in $fpath, before compinit")]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Clone, Copy, ValueEnum)]
enum Shell {
    /// GNU bash, 4.4 or later
    Bash,
    /// fish, 3.0 or later
    Fish,
    /// zsh
    Zsh,
}

pub(super) fn run(arguments: &Arguments) -> Result<Status, Failed> {
    Unbuffered.write_all(&script(arguments.shell)).map_err(Failed::output)?;
    Ok(Status::Fine)
}

fn script(shell: Shell) -> Vec<u8> {
    // zsh splits a value from its description at the first colon that is not escaped twice; clap_complete escapes once.
    let colon = if matches!(shell, Shell::Zsh) { r"\:" } else { ":" };
    let mut command = with_strategies(colon);
    let mut script = Vec::new();
    let (writer, more) = match shell {
        Shell::Bash => (Writer::Bash, WHOLE_WORDS.to_owned()),
        Shell::Fish => (Writer::Fish, positional_values(&command)),
        Shell::Zsh => (Writer::Zsh, String::new()),
    };
    generate(writer, &mut command, "fsbench", &mut script);
    script.extend_from_slice(more.as_bytes());
    script
}

/// For bash: hands the function above whole words, and takes from its answers what bash will not replace.
const WHOLE_WORDS: &str = r#"
# bash breaks words at ':' and '=': `serial:readdir` and `--strategy=serial` come in pieces.
_fsbench_whole_words() {
    local line=${COMP_LINE:0:COMP_POINT} word
    local -a COMP_WORDS=() fit=()
    read -ra COMP_WORDS <<<"$line"
    [[ $line != *[[:space:]] ]] || COMP_WORDS+=("")
    local last=$((${#COMP_WORDS[@]} - 1))
    word=${COMP_WORDS[last]}
    if [[ $word == --*=* ]]; then
        COMP_WORDS[last]=${word%%=*}
        word=${word#*=}
        COMP_WORDS+=("$word")
        last=$((last + 1))
    fi
    local COMP_CWORD=$last
    _fsbench "$1" "$word" "${COMP_WORDS[last - 1]}"
    # Options are for who has begun one. Where nothing is left, bash completes the names of files.
    local option='-*' answer
    [[ $word != -* ]] || option=
    # What bash replaces begins after its last break.
    local kept=${word%"$2"}
    for answer in "${COMPREPLY[@]}"; do
        [[ $answer == $option ]] || fit+=("${answer#"$kept"}")
    done
    COMPREPLY=("${fit[@]}")
}
complete -F _fsbench_whole_words -o nosort -o bashdefault -o default fsbench
"#;

/// For fish: lines that complete arguments by their values.
fn positional_values(program: &Command) -> String {
    let mut lines = String::new();
    for command in program.get_subcommands() {
        let values = command.get_positionals().map(|arg| (arg, arg.get_possible_values()));
        for (arg, values) in values.filter(|(_, values)| !values.is_empty()) {
            // Where another argument may be a file, files are offered beside the values.
            let no_files =
                if command.get_positionals().all(|other| other.get_id() == arg.get_id()) { " -f" } else { "" };
            for value in values {
                let about = value.get_help().map(ToString::to_string).unwrap_or_default();
                lines += &format!(
                    "complete -c fsbench -n \"__fish_fsbench_using_subcommand {}\"{no_files} -a {} -d '{}'\n",
                    command.get_name(),
                    value.get_name(),
                    about.replace('\\', "\\\\").replace('\'', "\\'"),
                );
            }
        }
    }
    lines
}
