//! Help: readable in 80 columns, and its examples run.

use crate::kit::command::{FSBENCH, Ran, fsbench};
use crate::kit::skip::skip;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const COMMANDS: [&str; 12] = [
    "compare",
    "report",
    "strategies",
    "count",
    "trace",
    "env",
    "explain",
    "predict",
    "gen",
    "ls",
    "completions",
    "man",
];

/// The help of a command, as a terminal of so many columns shows it; of the program without a command.
fn help(command: &str, flag: &str, columns: &str) -> String {
    let mut help = Command::new(FSBENCH);
    let words = [command, flag];
    help.args(words.iter().filter(|word| !word.is_empty())).env("COLUMNS", columns);
    let ran = Ran::of(&mut help);
    assert_eq!(ran.code, Some(0), "{command} {flag}: {}", ran.err);
    ran.out
}

fn all() -> impl Iterator<Item = (&'static str, String)> {
    let flags = |command: &'static str| if command == "ls" { vec!["--help"] } else { vec!["-h", "--help"] };
    let commands = COMMANDS.into_iter().chain([""]);
    commands.flat_map(move |command| flags(command).into_iter().map(move |flag| (command, help(command, flag, "80"))))
}

#[test]
fn no_line_is_wider_than_a_terminal() {
    for (command, help) in all() {
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{command}: {line}");
        }
    }
}

/// Text that was broken in the source, and once more in the terminal, has short lines in the middle of sentences.
#[test]
fn no_line_ends_where_the_next_word_would_fit() {
    let indent = |line: &str| line.len() - line.trim_start().len();
    for (command, help) in all().filter(|(command, _)| *command != "ls") {
        // Its lines stand by themselves.
        let text = help.replace("\nExamples:\n", "\n\n");
        let is_item = |line: &str| {
            let line = line.trim_start();
            ["-", "[", "<", "fsbench ", "sudo ", "cargo "].iter().any(|start| line.starts_with(start))
        };
        for pair in text.lines().collect::<Vec<_>>().windows(2) {
            let [line, next] = pair else { continue };
            let goes_on = indent(line) == indent(next) && !next.trim().is_empty() && !line.trim().is_empty();
            // Lists: of commands, of possible values, of examples.
            let is_list =
                is_item(next) || is_item(line) && command != "compare" || line.contains("  ") && indent(line) > 0;
            if !goes_on || is_list || line.trim_start().contains("  ") {
                continue;
            }
            let word = next.split_whitespace().next().unwrap_or_default();
            assert!(line.chars().count() + 1 + word.chars().count() > 80, "{command}:\n{line}\n{next}");
        }
    }
}

#[test]
fn help_with_a_commands_name_is_the_help_of_that_command() {
    for command in COMMANDS {
        let asked = fsbench(&["help", command]);
        assert_eq!(asked.code, Some(0), "{command}: {}", asked.err);
        let usage = asked.out.lines().find(|line| line.starts_with("Usage:")).unwrap();
        assert!(usage.contains(&format!("fsbench {command}")), "{usage}");
        assert!(asked.out.len() > 200, "{}", asked.out);
    }
    assert_eq!(fsbench(&["help", "ls"]).out, fsbench(&["ls", "--help"]).out);
}

/// The examples in a help text: lines that are commands.
fn examples(help: &str) -> Vec<String> {
    let Some((_, rest)) = help.split_once("Examples:\n") else { return Vec::new() };
    let lines = rest.lines().take_while(|line| !line.trim().is_empty());
    let commands = lines.filter(|line| {
        let line = line.strip_prefix("  ").unwrap_or_default();
        ["fsbench ", "sudo ", "cargo "].iter().any(|start| line.starts_with(start))
    });
    // What it is for stands after two blanks or more.
    commands.map(|line| line.trim().split("  ").next().unwrap_or_default().to_owned()).collect()
}

/// A folder with what the examples name: two trees and two records.
fn workshop() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let home = [".local/share/bash-completion/completions", ".config/fish/completions", ".zsh", ".local/share/man"];
    for dir in ["usr/bin", "big/dir", "old", "path"].into_iter().chain(home) {
        fs::create_dir_all(path(dir)).unwrap();
    }
    for file in ["usr/bin/a", "usr/b", "big/dir/c", "big/dir/d"] {
        fs::write(path(file), "").unwrap();
    }
    fs::write(path("README.md"), "<!-- fsbench:warm -->\n<!-- /fsbench -->\n").unwrap();
    for link in ["old/fsbench", "path/fsbench"] {
        std::os::unix::fs::symlink(FSBENCH, path(link)).unwrap();
    }
    for record in ["warm.json", "before.json"] {
        shell(folder.path(), &format!("fsbench compare usr --rounds 2 --calls none --save {record}"));
    }
    folder
}

fn shell(folder: &Path, line: &str) -> Ran {
    let path = format!("{}:{}", folder.join("path").display(), std::env::var("PATH").unwrap_or_default());
    Ran::of(Command::new("sh").args(["-c", line]).current_dir(folder).env("PATH", path).env("HOME", folder))
}

/// The example, on small trees and in few rounds.
fn small(example: &str) -> String {
    let words = example.split(' ').map(|word| match word {
        "/usr" => "usr".to_owned(),
        "/big/dir" => "big/dir".to_owned(),
        "/mnt/nfs" => ".".to_owned(),
        "/tmp/flat" => "flat".to_owned(),
        "1m" => "1k".to_owned(),
        "before.json" if example.contains("--save") => "saved.json".to_owned(),
        "warm.json" if example.contains("--save") => "kept.json".to_owned(),
        "compare" if example.contains("fsbench compare") => {
            let made =
                if example.ends_with("compare") || example.contains("--save warm") { "--entries 200" } else { "" };
            format!("compare --rounds 1 --calls none {made}")
        }
        word => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_example_in_a_help_text_runs() {
    let folder = workshop();
    let folder = folder.path();
    let mut ran_many = 0;
    for command in COMMANDS.into_iter().chain([""]).filter(|command| *command != "ls") {
        for example in examples(&help(command, "--help", "80")) {
            let mut line = small(&example);
            if example.contains("cargo ") || example.contains("--criterion") {
                skip(&example, "the benches take minutes");
                continue;
            }
            if example.contains("| man ") && !shell(folder, "command -v man").out.contains("man") {
                skip(&example, "there is no man(1)");
                continue;
            }
            if let Some(rest) = line.strip_prefix("sudo ") {
                if !rustix::process::geteuid().is_root() {
                    skip(&example, "not root");
                    continue;
                }
                line = rest.to_owned();
            }
            let ran = shell(folder, &line);
            let fine = match ran.code {
                // A file left over from an example before, a row that this machine cannot run, or one that differs by chance.
                Some(0 | 1 | 3) => true,
                _ if line.contains("--cache cold") && ran.err.contains("cold caches take root") => {
                    skip(&example, ran.err.trim());
                    true
                }
                _ => false,
            };
            assert!(fine, "{example}\n{line}\n{}", ran.err);
            ran_many += 1;
        }
    }
    assert!(ran_many > 25, "the examples were not found: {ran_many}");
}
