//! What the documents show is what the code is.

use crate::kit::command::{FSBENCH, Ran};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// The lines that a diff in `document` adds to `file`.
fn added(document: &str, file: &str) -> String {
    let start = document.find(&format!("+++ b/{file}\n")).unwrap_or_else(|| panic!("no diff of {file}"));
    let lines =
        document[start..].lines().skip(1).take_while(|line| !line.starts_with("---") && !line.starts_with("```"));
    lines.filter_map(|line| line.strip_prefix('+')).map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_strategy_that_contributing_adds_is_the_one_in_the_code() {
    let contributing = include_str!("../../CONTRIBUTING.md");
    assert_eq!(added(contributing, "src/list/unknown.rs"), include_str!("../../src/list/unknown.rs"));
    for (file, code) in [
        ("src/list/mod.rs", include_str!("../../src/list/mod.rs")),
        ("src/strategy/registry.rs", include_str!("../../src/strategy/registry.rs")),
    ] {
        let line = added(contributing, file);
        assert!(!line.is_empty() && code.contains(&line), "{file}: {line}");
    }
}

/// The script in docs/ci.md.
fn gate() -> &'static str {
    let (_, script) = include_str!("../../docs/ci.md").split_once("<!-- a test runs this -->\n```sh\n").unwrap();
    script.split_once("\n```").unwrap().0
}

#[test]
fn the_gate_of_the_ci_document_fails_for_a_slower_program_only() {
    let folder = tempfile::tempdir().unwrap();
    let tool = |name: &str, body: &str| {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{body}exec find \"$1\" -print0\n")).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path
    };
    let (base, slower) = (tool("base", ""), tool("slower", "sleep 0.1\n"));
    let bin = Path::new(FSBENCH).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    for (head, status) in [(&base, 0), (&slower, 3)] {
        let mut shell = Command::new("sh");
        shell.args(["-c", gate()]).current_dir(folder.path()).env("PATH", &path);
        shell.env("BASE", &base).env("HEAD", head).env("ENTRIES", "500").env("TIME", "3s").env("LIMIT", "50%");
        let ran = Ran::of(&mut shell);
        assert_eq!(ran.code, Some(status), "{}{}", ran.out, ran.err);
        assert!(ran.out.contains("Against base.json"), "{}", ran.out);
    }
}

#[test]
fn every_command_that_the_readme_names_is_there() {
    let readme = include_str!("../../README.md");
    let help = Command::new(FSBENCH).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let named = readme.split("`fsbench ").skip(1).filter_map(|rest| rest.split([' ', '`']).next());
    let named: Vec<&str> = named.filter(|word| word.bytes().all(|byte| byte.is_ascii_lowercase())).collect();
    assert!(named.len() > 5, "{named:?}");
    for command in named {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "no command {command}");
    }
}
