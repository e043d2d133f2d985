//! `fsbench completions`: what the shells make of the scripts, each asked itself, with a Tab where it has no other way.

use crate::kit::command::{Ran, fsbench};
use crate::kit::skip::skip;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// What is typed before a Tab, and the last word that the shell makes of it.
const TYPED: &[(&str, &str)] = &[
    ("fsbench strat", "strategies"),
    ("fsbench compare --fail-if-s", "--fail-if-slower"),
    ("fsbench compare -s walkd", "walkdir"),
    ("fsbench compare -s serial:readdir+is", "serial:readdir+isdir+isfile"),
    ("fsbench compare --strategy=serial:readdir+is", "--strategy=serial:readdir+isdir+isfile"),
    ("fsbench compare --want m", "metadata"),
    ("fsbench trace -s walkd", "walkdir"),
    ("fsbench gen so", "source"),
    ("fsbench man strat", "strategies"),
    ("fsbench completions z", "zsh"),
    ("fsbench ls --group-d", "--group-directories-first"),
    ("fsbench ls --sort=vers", "--sort=version"),
    ("fsbench compare fold", "folder/"),
    ("fsbench report reco", "record.json"),
    ("fsbench ls reco", "record.json"),
];

/// A folder with things to name, and the script in it.
fn folder(shell: &str, script: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    fs::write(folder.path().join("record.json"), "").unwrap();
    let ran = fsbench(&["completions", shell]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    fs::write(folder.path().join(script), ran.out).unwrap();
    folder
}

fn is_here(program: &str) -> bool {
    let is_here = Command::new(program).arg("--version").output().is_ok();
    if !is_here {
        skip(program, "it is not installed");
    }
    is_here
}

/// An interactive shell on a terminal of its own, to which `setup` and then each line with a Tab are typed. `fsbench` is a
/// function there that shows its arguments: answers the last argument of each line.
fn typed(shell: &str, setup: &str, folder: &Path) -> Vec<String> {
    let mut keys = format!("{setup}; fsbench() {{ printf '%s\\n' \"GOT:${{@: -1}}\"; }}\n");
    for (line, _) in TYPED {
        keys += &format!("{line}\t\n");
    }
    keys += "exit\n";
    let mut terminal = Command::new("timeout")
        .args(["60", "script", "-qec", shell, "/dev/null"])
        .current_dir(folder)
        .env("HOME", folder)
        .env("TERM", "dumb")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Stays open until the shell has ended: at the end of input, the terminal would hang up.
    let mut keyboard = terminal.stdin.take().unwrap();
    keyboard.write_all(keys.as_bytes()).unwrap();
    let shown = terminal.wait_with_output().unwrap().stdout;
    drop(keyboard);
    let shown = String::from_utf8_lossy(&shown).into_owned();
    let got = shown.lines().filter_map(|line| Some(line.split_once("GOT:")?.1.trim_end().to_owned()));
    let got: Vec<String> = got.filter(|word| !word.starts_with('$')).collect();
    assert_eq!(got.len(), TYPED.len(), "{shown}");
    got
}

#[test]
fn a_tab_in_bash_completes_commands_options_values_and_files() {
    if !is_here("bash") || !is_here("script") {
        return;
    }
    let folder = folder("bash", "fsbench.bash");
    let got = typed("bash --norc --noprofile -i", "source ./fsbench.bash", folder.path());
    for ((line, word), got) in TYPED.iter().zip(got) {
        assert_eq!(got, *word, "{line}");
    }
}

#[test]
fn a_tab_in_zsh_completes_commands_options_values_and_files() {
    if !is_here("zsh") || !is_here("script") {
        return;
    }
    let folder = folder("zsh", "_fsbench");
    let setup = "fpath=($PWD $fpath); autoload -U compinit; compinit -u -D";
    for ((line, word), got) in TYPED.iter().zip(typed("zsh -f -i", setup, folder.path())) {
        // zsh takes the slash back when the line ends.
        assert_eq!(got, word.trim_end_matches('/'), "{line}");
    }
}

#[test]
fn fish_completes_commands_options_values_and_files() {
    if !is_here("fish") {
        return;
    }
    let folder = folder("fish", "fsbench.fish");
    for (line, word) in TYPED {
        let asked = format!("source fsbench.fish; complete -C '{line}'");
        let mut fish = Command::new("fish");
        let answer = Ran::of(fish.args(["-N", "-c", &asked]).current_dir(folder.path()).env("HOME", folder.path()));
        let words: Vec<&str> = answer.out.lines().filter_map(|line| line.split('\t').next()).collect();
        assert_eq!(words, [*word], "{line}: {}", answer.err);
    }
}

#[test]
fn completions_name_each_strategy_that_can_be_compared() {
    let names: Vec<String> = fsbench::strategy::Strategy::all().map(|strategy| strategy.name().into_owned()).collect();
    assert!(names.len() > 20, "{names:?}");
    for shell in ["bash", "fish", "zsh"] {
        let script = fsbench(&["completions", shell]).out;
        for name in &names {
            assert!(script.contains(name.as_str()), "{name} in {shell}");
        }
    }
}
