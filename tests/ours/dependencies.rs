//! What we depend on: under licences that deny.toml allows, from crates.io, each once but for what deny.toml lists.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The text of an array of deny.toml.
fn array(name: &str) -> String {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml")).unwrap();
    let (_, rest) = text.split_once(&format!("\n{name} = [\n")).unwrap_or_else(|| panic!("deny.toml has no {name}"));
    rest.split_once("\n]").unwrap().0.to_owned()
}

/// What stands first in quotes in each line.
fn quoted(text: &str) -> BTreeSet<String> {
    text.lines().filter_map(|line| Some(line.split('"').nth(1)?.to_owned())).collect()
}

/// Every package that a build on this platform may take in.
fn packages() -> Vec<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let version = Command::new(&cargo).arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("cargo says its host");
    let arguments =
        ["metadata", "--offline", "--locked", "--all-features", "--format-version", "1", "--filter-platform", host];
    let run = Command::new(&cargo).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let metadata: Value = serde_json::from_slice(&run.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// Whether an SPDX expression can be met by what is allowed. AND binds closer than OR; an older form has a slash for
/// OR.
fn is_met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = &words[..];
    let is_met = either(&mut rest, allowed);
    assert!(rest.is_empty(), "{expression}: what comes after is not understood: {rest:?}");
    is_met
}

fn either(rest: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    let mut is_met = both(rest, allowed);
    while let ["OR", after @ ..] = *rest {
        *rest = after;
        is_met |= both(rest, allowed);
    }
    is_met
}

fn both(rest: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    let mut is_met = one(rest, allowed);
    while let ["AND", after @ ..] = *rest {
        *rest = after;
        is_met &= one(rest, allowed);
    }
    is_met
}

fn one(rest: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    match *rest {
        ["(", after @ ..] => {
            *rest = after;
            let is_met = either(rest, allowed);
            *rest = rest.strip_prefix(&[")"]).expect("a bracket is closed");
            is_met
        }
        [license, "WITH", exception, after @ ..] => {
            *rest = after;
            allowed.contains(&format!("{license} WITH {exception}"))
        }
        [license, after @ ..] => {
            *rest = after;
            allowed.contains(*license)
        }
        [] => panic!("an expression ends in the middle"),
    }
}

#[test]
fn every_licence_is_allowed_and_every_package_is_from_crates_io() {
    let allowed = quoted(&array("allow"));
    assert!(
        allowed.contains("MIT") && !is_met("GPL-3.0", &allowed) && !is_met("MIT AND (GPL-3.0 OR MPL-2.0)", &allowed)
    );
    let packages = packages();
    assert!(packages.len() > 100, "{}", packages.len());
    for package in &packages {
        let name = &package["name"];
        let license = package["license"].as_str().unwrap_or_else(|| panic!("{name} does not say its licence"));
        assert!(is_met(license, &allowed), "{name} is under {license}: see deny.toml");
        let source = package["source"].as_str();
        let is_ours = source.is_none() && ["fsbench", "fsbench-mpi", "fswalk"].contains(&name.as_str().unwrap());
        assert!(is_ours || source.is_some_and(|source| source.contains("crates.io-index")), "{name}: {source:?}");
    }
}

#[test]
fn nothing_comes_in_two_versions_but_what_is_listed_with_its_reason() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages() {
        let text = |field: &str| package[field].as_str().unwrap().to_owned();
        versions.entry(text("name")).or_default().insert(text("version"));
    }
    let skip = array("skip");
    assert!(skip.lines().all(|line| line.contains("reason = \"")), "{skip}");
    let mut listed = quoted(&skip);
    for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
        let of_version = |listed: &str, version: &str| {
            let (of, start) = listed.split_once('@').unwrap();
            of == name && version.strip_prefix(start).is_some_and(|rest| rest.starts_with('.'))
        };
        let skipped = versions.iter().filter(|version| listed.iter().any(|listed| of_version(listed, version))).count();
        assert!(versions.len() - skipped <= 1, "{name} comes as {versions:?}: see deny.toml");
        listed.retain(|listed| !versions.iter().any(|version| of_version(listed, version)));
    }
    assert!(listed.is_empty(), "these come once: {listed:?}");
}
