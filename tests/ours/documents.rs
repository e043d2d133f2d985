//! What the documents show is what the code is.

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

#[test]
fn every_command_that_the_readme_names_is_there() {
    let readme = include_str!("../../README.md");
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_fsbench")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let named = readme.split("`fsbench ").skip(1).filter_map(|rest| rest.split([' ', '`']).next());
    let named: Vec<&str> = named.filter(|word| word.bytes().all(|byte| byte.is_ascii_lowercase())).collect();
    assert!(named.len() > 5, "{named:?}");
    for command in named {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "no command {command}");
    }
}
