//! `ls`, held against the system's GNU ls: the same bytes, the same messages, the same exit status.

use crate::kit::command::{FSBENCH, Unprivileged, fsbench};
use crate::kit::faults::{Call, Fault, Faults};
use crate::kit::gallery::Gallery;
use crate::kit::gnu::{Gnu, Onto, ended_by_signal};
use crate::kit::lines::LINES;
use crate::kit::locales::locale;
use crate::kit::skip::skip;
use crate::kit::slow::Slow;
use fuser::Errno;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// The reference, or a word on why there is none.
pub(super) fn gnu() -> Option<Gnu> {
    Gnu::find().map_err(|why| skip("ls against GNU's", why)).ok()
}

const COLORS: &str = "no=38;5;7:fi=00:di=01;34:ln=target:mh=44;37:pi=40;33:or=40;31;01:mi=05;37;41:su=37;41:tw=30;42:\
    ex=01;32:*.txt=31:*.c=\\e[1m:*.tar.gz=^[x";
const PLAIN_COLORS: &str = "rs=0:di=01;34:ln=01;36:mh=00:pi=40;33:so=01;35:bd=40;33;01:cd=40;33;01:or=40;31;01:mi=00:\
    su=37;41:sg=30;43:tw=30;42:ow=34;42:st=37;44:ex=01;32:*.gz=01;31:*~=00;90";

/// Arguments, and variables of the environment.
pub(super) type Case<'c> = (Vec<&'c str>, Vec<(&'c str, &'c str)>);

/// Checks each, and fails with all that differ.
pub(super) fn check(gnu: &Gnu, dir: &Path, cases: &[Case<'_>]) {
    let mut differences = Vec::new();
    for (arguments, environment) in cases {
        for onto in [Onto::Pipe, Onto::Terminal(80)] {
            differences.extend(gnu.difference(arguments, environment, onto, dir));
        }
    }
    assert!(differences.is_empty(), "{} of {}:\n{}", differences.len(), cases.len() * 2, differences.join("\n"));
}

#[test]
fn single_options_print_what_gnus_do() {
    let Some(gnu) = gnu() else { return };
    let gallery = Gallery::new();
    let mut lines: Vec<Vec<&str>> =
        LINES.lines().map(|line| line.split(' ').filter(|word| !word.is_empty()).collect()).collect();
    if gnu.version >= (9, 6) {
        lines.extend([vec!["-f"], vec!["-fl"], vec!["-lf"], vec!["-sf"], vec!["-D"], vec!["--sort=name", "-t"]]);
    } else {
        // Earlier versions give these another meaning, or list other words.
        lines.retain(|line| !line.iter().any(|word| matches!(*word, "--sort=x" | "--time=x" | "loop")));
    }
    let mut cases = Vec::new();
    for locale in ["C", "C.UTF-8"] {
        cases.extend(lines.iter().map(|line| (line.clone(), vec![("LC_ALL", locale)])));
        for colors in [COLORS, PLAIN_COLORS, "lc=<:rc=>:ec=END:di=D:ex=X:*b=E", "xx=1", "di", "mi=31:or=01;36:ln=01;36"]
        {
            for line in [
                "--color",
                "--color -l",
                "--color -lL",
                "--color -CF",
                "--color -m",
                "--color -l -w 30",
                "--color -R deep",
            ] {
                cases.push((line.split(' ').collect(), vec![("LC_ALL", locale), ("LS_COLORS", colors)]));
            }
        }
    }
    check(&gnu, gallery.path(), &cases);
}

#[test]
fn quoting_styles_print_what_gnus_do() {
    let Some(gnu) = gnu() else { return };
    let gallery = Gallery::new();
    let styles = [
        "literal",
        "shell",
        "shell-always",
        "shell-escape",
        "shell-escape-always",
        "c",
        "c-maybe",
        "escape",
        "locale",
        "clocale",
    ];
    let styles = styles.map(|style| format!("--quoting-style={style}"));
    let mut cases = Vec::new();
    for locale in ["C", "C.UTF-8"] {
        for style in &styles {
            for more in ["-1", "-C", "-l", "-q", "-F", "-m", "--hyperlink", "--sort=width"] {
                cases.push((vec![style, more], vec![("LC_ALL", locale)]));
            }
        }
    }
    check(&gnu, gallery.path(), &cases);
}

#[test]
fn the_environment_means_what_it_means_to_gnus() {
    let Some(gnu) = gnu() else { return };
    let gallery = Gallery::new();
    let variables = [
        ("QUOTING_STYLE", "c"),
        ("QUOTING_STYLE", "bad"),
        ("TIME_STYLE", "iso"),
        ("TIME_STYLE", "+%s"),
        ("BLOCK_SIZE", "1M"),
        ("LS_BLOCK_SIZE", "human-readable"),
        ("BLOCKSIZE", "512"),
        ("POSIXLY_CORRECT", "1"),
        ("COLUMNS", "40"),
        ("COLUMNS", "x"),
        ("TABSIZE", "3"),
        ("TABSIZE", "x"),
        ("TZ", "America/New_York"),
        ("TZ", "Asia/Kathmandu"),
        ("TZ", "XXX-3:07:11"),
    ];
    let mut cases = Vec::new();
    for variable in variables {
        for line in ["-l", "-C", "-s", "-lk", "-x", "a -l"] {
            cases.push((line.split(' ').collect(), vec![("LC_ALL", "C.UTF-8"), variable]));
        }
    }
    check(&gnu, gallery.path(), &cases);
}

/// Options that may stand beside each other in any number.
const OPTIONS: &[&str] = &[
    "-a",
    "-A",
    "-B",
    "-b",
    "-C",
    "-c",
    "-d",
    "-F",
    "-G",
    "-g",
    "-h",
    "-H",
    "-i",
    "-k",
    "-L",
    "-l",
    "-m",
    "-N",
    "-n",
    "-o",
    "-p",
    "-Q",
    "-q",
    "-R",
    "-r",
    "-S",
    "-s",
    "-t",
    "-U",
    "-u",
    "-v",
    "-X",
    "-x",
    "-1",
    "-Z",
    "-lD",
    "--author",
    "--color",
    "--color=auto",
    "--file-type",
    "--full-time",
    "--group-directories-first",
    "--hyperlink",
    "--si",
    "--zero",
    "--show-control-chars",
    "--time=birth",
    "--time=ctime",
    "--sort=width",
    "--time-style=long-iso",
    "--time-style=+%F %T.%3N",
    "--block-size=1K",
    "--block-size=M",
    "-w30",
    "-w0",
    "-T0",
    "-T3",
    "-I*.txt",
    "--hide=a*",
    "--quoting-style=shell-escape",
    "--quoting-style=locale",
    "--quoting-style=c-maybe",
    "--indicator-style=none",
    "--format=across",
];
const OPERANDS: &[&[&str]] = &[
    &[],
    &[],
    &[],
    &["a", "b.txt", "ln"],
    &["dir", "deep"],
    &["deep"],
    &["lndir"],
    &["broken", "nonexist", "dir", "exe"],
    &[".", ".."],
    &["noread", "noexec", "dir"],
];

/// Random command lines, always the same ones for a seed.
fn random_cases<'e>(seed: u64, count: usize, environment: &[(&'e str, &'e str)]) -> Vec<Case<'e>> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let mut one = |count: usize| (random.next_u32() as usize) % count;
    let mut cases = Vec::new();
    for _ in 0..count {
        let mut arguments: Vec<&str> = (0..=one(6)).map(|_| OPTIONS[one(OPTIONS.len())]).collect();
        arguments.extend(OPERANDS[one(OPERANDS.len())]);
        let mut environment = environment.to_vec();
        environment.push(("LS_COLORS", [COLORS, PLAIN_COLORS][one(2)]));
        cases.push((arguments, environment));
    }
    cases
}

#[test]
fn combinations_print_what_gnus_do() {
    let Some(gnu) = gnu() else { return };
    let gallery = Gallery::new();
    check(&gnu, gallery.path(), &random_cases(1, 300, &[("LC_ALL", "C")]));
    check(&gnu, gallery.path(), &random_cases(2, 300, &[("LC_ALL", "C.UTF-8")]));
}

#[test]
fn other_locales_sort_and_count_columns_as_gnus() {
    let Some(gnu) = gnu() else { return };
    let gallery = Gallery::new();
    for (name, charset) in [("en_US", "UTF-8"), ("de_DE", "UTF-8"), ("sv_SE", "ISO-8859-1"), ("ja_JP", "EUC-JP")] {
        match locale(name, charset) {
            Ok(environment) => {
                let environment: Vec<(&str, &str)> =
                    environment.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
                check(&gnu, gallery.path(), &random_cases(3, 60, &environment));
            }
            Err(why) => skip(name, why),
        }
    }
}

#[test]
fn whoever_may_not_look_is_told_what_gnus_tells() {
    if gnu().is_none() {
        return;
    }
    // From root nothing is kept: both run as somebody else.
    let gallery = Gallery::new();
    fs::set_permissions(gallery.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let unprivileged = Unprivileged::new();
    for line in [
        "noread",
        "-l noexec",
        "-R noexec noread dir",
        "-lR .",
        "-F noexec",
        "--color noexec",
        "-Z noexec",
        "-Cs -w 9 noexec",
        "-Cis -w 11 noexec",
        "-ims noexec",
        "-ZC -w 40 noexec",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let run = |mut command: Command, first: &[&str]| {
            command.args(first).args(&words).current_dir(gallery.path()).env("LC_ALL", "C");
            let output = command.output().unwrap();
            (output.status.code(), output.stdout, output.stderr)
        };
        let ours = run(unprivileged.command(), &["ls"]);
        let mut theirs = Command::new("ls");
        if rustix::process::geteuid().is_root() {
            use std::os::unix::process::CommandExt;
            theirs.uid(65534).gid(65534);
        }
        let gnus = run(theirs, &[]);
        let text = |left: &(Option<i32>, Vec<u8>, Vec<u8>)| {
            (left.0, left.1.escape_ascii().to_string(), left.2.escape_ascii().to_string())
        };
        assert_eq!(text(&ours), text(&gnus), "ls {line}");
    }
}

#[test]
fn what_vanishes_between_reading_and_looking_up_is_told_as_gnus_tells_it() {
    let Some(gnu) = gnu() else { return };
    let tree = Slow { latency: Duration::ZERO, directories: 4, files: 3 };
    let gone = || Fault::Error(Errno::ENOENT);
    let faults = Faults::default()
        .with(Call::Lookup, tree.file(0, 1), gone())
        .with(Call::Lookup, tree.file(2, 0), gone())
        .with(Call::Lookup, tree.directory(1), gone())
        .with(Call::Opendir, tree.directory(3), gone());
    let folder = tempfile::tempdir().unwrap();
    let _mounted = match tree.mount_with(faults, folder.path()) {
        Ok(mounted) => mounted,
        Err(why) => return skip("vanishing entries against GNU's", why),
    };
    let lines = [
        "",
        "-l",
        "-F",
        "-i",
        "-t",
        "-s",
        "-R",
        "-lR",
        "-lU",
        "--color=always",
        "-lad d1 d2 d3 f1",
        "-l d1 d2 d3",
        "-Z",
    ];
    let cases = lines.map(|line| (line.split_whitespace().collect(), vec![("LC_ALL", "C")]));
    check(&gnu, folder.path(), &cases);
}

#[test]
fn a_terminal_has_its_colors_back_when_a_signal_ends_the_listing() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..20_000 {
        File::create(folder.path().join(format!("{number:05}-{}", "x".repeat(40)))).unwrap();
    }
    let link = folder.path().join("ls");
    std::os::unix::fs::symlink(FSBENCH, &link).unwrap();
    for program in [Some(link.as_path()), gnu().is_some().then_some(Path::new("/bin/ls"))].into_iter().flatten() {
        let arguments = ["-1", "--color", folder.path().to_str().unwrap()];
        let Some((shown, status)) =
            ended_by_signal(program, &arguments, &[("LS_COLORS", "fi=31:ln=31"), ("LC_ALL", "C")])
        else {
            return skip("a listing that a signal ends", "there is no setsid");
        };
        assert_eq!(status, "143", "{}", program.display());
        assert!(shown.ends_with(b"\x1b[m"), "{}: {}", program.display(), shown.escape_ascii());
        assert!(shown.len() < 20_000 * 40, "{}: it was listed to its end", program.display());
    }
}

#[test]
fn large_directories_print_what_gnus_do_at_any_number_of_threads() {
    let Some(gnu) = gnu() else { return };
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("large");
    fs::create_dir(&dir).unwrap();
    for number in 0..12_000_u32 {
        File::create(dir.join(format!(
            "name-{:09}-{}",
            number.wrapping_mul(2_654_435_761),
            "x".repeat(number as usize % 40)
        )))
        .unwrap();
    }
    let mut differences = Vec::new();
    for threads in ["--threads=1", "--threads=2", "--threads=7"] {
        for line in ["-U", "-aU", "-l", "-lU", "-a", "-C", "-s", "-lS", "-v", "-X", "-aR", "-i", "-F", "-m", "--zero"] {
            let ours = Command::new(FSBENCH).args(["ls", threads, line]).arg(&dir).env("LC_ALL", "C").output().unwrap();
            let gnus = Command::new("ls").arg(line).arg(&dir).env("LC_ALL", "C").output().unwrap();
            if (ours.status.code(), &ours.stdout, &ours.stderr) != (gnus.status.code(), &gnus.stdout, &gnus.stderr) {
                differences.push(format!("{line} {threads}"));
            }
        }
    }
    assert!(differences.is_empty(), "GNU ls {:?}: {differences:?}", gnu.version);
}

#[test]
fn output_that_nobody_takes_ends_ours_as_it_ends_gnus() {
    let Some(_) = gnu() else { return };
    let dir = tempfile::tempdir().unwrap();
    File::create(dir.path().join("file")).unwrap();
    for (script, expected) in [
        // SIGPIPE, the end of a program whose reader has gone.
        ("exec \"$@\"", (None, Some(13), "")),
        ("trap '' PIPE; exec \"$@\"", (Some(2), None, "write error: Broken pipe\n")),
        ("exec \"$@\" >&-", (Some(2), None, "write error: Bad file descriptor\n")),
    ] {
        for program in [&["ls"][..], &[FSBENCH, "ls"]] {
            for line in ["-l", "-U", "-R"] {
                let (reader, writer) = std::io::pipe().unwrap();
                drop(reader);
                let mut command = Command::new("sh");
                command.args(["-c", script, "sh"]).args(program).arg(line).arg(dir.path()).env("LC_ALL", "C");
                let output = command.stdout(writer).output().unwrap();
                let said = String::from_utf8(output.stderr).unwrap();
                let said = said.strip_prefix("ls: ").unwrap_or(&said);
                assert_eq!(
                    (output.status.code(), output.status.signal(), said),
                    expected,
                    "{program:?} {line} after {script}"
                );
            }
        }
    }
}

#[test]
fn trees_print_what_gnus_do_at_any_number_of_threads_and_of_descriptors() {
    let Some(gnu) = gnu() else { return };
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("tree");
    let made = fsbench(&["gen", "source", tree.to_str().unwrap(), "--entries", "20000"]);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let mut differences = Vec::new();
    for line in ["-R", "-lR", "-aRi", "-RC", "-lRD", "-RU", "-R --color", "-R --group-directories-first"] {
        let words: Vec<&str> = line.split(' ').collect();
        let run = |mut command: Command| {
            let output = command.args(&words).args([&tree, &tree]).env("LC_ALL", "C").output().unwrap();
            (output.status.code(), output.stdout, output.stderr)
        };
        let gnus = run(Command::new("ls"));
        for (threads, descriptors) in [(1, 1024), (2, 1024), (7, 1024), (1, 9), (7, 24)] {
            let mut ours = Command::new("sh");
            ours.args(["-c", "ulimit -n $0; exec \"$@\""]).arg(descriptors.to_string());
            ours.args([FSBENCH, "ls"]).arg(format!("--threads={threads}"));
            if run(ours) != gnus {
                differences.push(format!("{line}, {threads} threads, {descriptors} descriptors"));
            }
        }
    }
    assert!(differences.is_empty(), "GNU ls {:?}: {differences:#?}", gnu.version);
}

#[test]
fn what_stays_is_listed_once_while_other_entries_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("churn");
    fs::create_dir(&dir).unwrap();
    for number in 0..6000 {
        File::create(dir.join(format!("stays-{number:05}-{}", "x".repeat(30)))).unwrap();
    }
    let operations = AtomicU64::new(0);
    let enough = 100_000;
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0_u64.. {
                if operations.load(Ordering::Relaxed) >= enough {
                    break;
                }
                let _ = File::create(dir.join(format!("goes-{}", round % 997)));
                let _ = fs::rename(
                    dir.join(format!("goes-{}", round * 7 % 997)),
                    dir.join(format!("goes-{}", round * 11 % 997)),
                );
                let _ = fs::remove_file(dir.join(format!("goes-{}", round * 5 % 997)));
                operations.fetch_add(3, Ordering::Relaxed);
            }
        });
        let mut round = 0;
        while operations.load(Ordering::Relaxed) < enough {
            round += 1;
            let threads = format!("--threads={}", [1, 2, 5, 64][round % 4]);
            let how = ["-U", "-l", "-1", "-lU"][round / 4 % 4];
            let ran = fsbench(&["ls", &threads, how, dir.to_str().unwrap()]);
            let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
            for name in ran.out.lines().filter_map(|line| line.find("stays-").map(|at| &line[at..])) {
                *seen.entry(name).or_default() += 1;
            }
            assert_eq!(seen.len(), 6000, "{threads} {how}");
            assert!(seen.values().all(|&times| times == 1), "{threads} {how}");
            // What went between reading and looking up is told, as GNU's tells it.
            assert!(matches!(ran.code, Some(0 | 1)), "{:?} {}", ran.code, ran.err);
        }
    });
}

#[test]
fn trees_deeper_than_path_max_are_listed_to_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let name = "d".repeat(200);
    let mut at = rustix::fs::open(folder.path(), rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty()).unwrap();
    for _ in 0..30 {
        rustix::fs::mkdirat(&at, &name, rustix::fs::Mode::RWXU).unwrap();
        at = rustix::fs::openat(&at, &name, rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty()).unwrap();
    }
    let ran = fsbench(&["ls", "-R", folder.path().to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(ran.out.lines().filter(|line| **line == name).count(), 30);
}
