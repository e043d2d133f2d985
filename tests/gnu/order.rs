//! The order of names: strcoll(3)'s in every locale, as sort(1) of the same system has it.

use crate::kit::command::FSBENCH;
use crate::kit::locales::locale;
use crate::kit::skip::skip;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

const LOCALES: [(&str, &str); 8] = [
    ("en_US", "UTF-8"),
    ("de_DE", "UTF-8"),
    ("fr_FR", "UTF-8"),
    ("sv_SE", "UTF-8"),
    ("tr_TR", "UTF-8"),
    ("fi_FI", "UTF-8"),
    ("ar_EG", "UTF-8"),
    ("fa_IR", "UTF-8"),
];

/// All strings over these letters, of 1 to `longest` of them, but for `.` and `..`.
fn strings(letters: &str, longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut start = 0;
    for _ in 0..longest {
        let end = all.len();
        for index in start..end {
            all.extend(letters.chars().map(|letter| format!("{}{letter}", all[index])).collect::<Vec<_>>());
        }
        start = end;
    }
    all.retain(|name| !matches!(name.as_str(), "" | "." | ".."));
    all
}

/// What a command prints for `input`.
fn answer(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    output.stdout
}

fn listed(dir: &Path, arguments: &[&str], environment: &[(String, String)]) -> Vec<u8> {
    let mut command = Command::new(FSBENCH);
    command.arg("ls").args(arguments).current_dir(dir).envs(environment.iter().cloned());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    output.stdout
}

/// The lines in the locale's order; equal ones as they come.
fn sorted(lines: &[u8], arguments: &[&str], environment: &[(String, String)]) -> Vec<u8> {
    answer(Command::new("sort").arg("-s").args(arguments).envs(environment.iter().cloned()), lines)
}

#[test]
fn names_are_in_the_locales_order_with_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let (few, many) = (folder.path().join("few"), folder.path().join("many"));
    fs::create_dir(&few).unwrap();
    fs::create_dir(&many).unwrap();
    for name in strings("a3.-", 4) {
        File::create(few.join(name)).unwrap();
    }
    // Enough for more than one thread to sort.
    for name in strings("a3.-_", 6).into_iter().chain(strings("bZ+ ~", 5)) {
        symlink("x", many.join(name)).unwrap();
    }
    for (name, charset) in LOCALES {
        let environment = match locale(name, charset) {
            Ok(environment) => environment,
            Err(why) => {
                skip(name, why);
                continue;
            }
        };
        let expected = sorted(&listed(&few, &["-AU"], &environment), &[], &environment);
        assert_eq!(text(&listed(&few, &["-A"], &environment)), text(&expected), "{name}");
        if name == "ar_EG" || name == "en_US" {
            let expected = sorted(&listed(&many, &["-AU"], &environment), &[], &environment);
            for threads in ["--threads=1", "--threads=2", "--threads=8"] {
                assert!(listed(&many, &["-A", threads], &environment) == expected, "{name} {threads}");
            }
            let backwards = sorted(&listed(&many, &["-AU"], &environment), &["-r"], &environment);
            assert!(listed(&many, &["-Ar", "--threads=8"], &environment) == backwards, "{name} -r");
        }
    }
}

#[test]
fn what_is_alike_in_size_time_or_extension_is_in_the_locales_order() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    for name in strings("a3-_", 4) {
        File::create(dir.join(&name)).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    }
    let environment = match locale("en_US", "UTF-8") {
        Ok(environment) => environment,
        Err(why) => return skip("en_US", why),
    };
    let expected = sorted(&listed(dir, &["-AU"], &environment), &[], &environment);
    for how in ["-AS", "-At", "-AX"] {
        assert_eq!(text(&listed(dir, &[how], &environment)), text(&expected), "{how}");
    }
    // Extensions are in that order, too.
    for name in strings("a3-_", 4) {
        fs::rename(dir.join(&name), dir.join(format!("x.{name}"))).unwrap();
    }
    let expected = sorted(&listed(dir, &["-AU"], &environment), &[], &environment);
    assert_eq!(text(&listed(dir, &["-AX"], &environment)), text(&expected));
}

fn text(lines: &[u8]) -> String {
    String::from_utf8_lossy(lines).into_owned()
}
