//! GNU's ls and ours, side by side: by the same name, in the same place, to the same kind of output.

use super::terminal::{on_terminal, shown_until_mark, terminal};
use std::fs::File;
use std::io::{BufRead, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the two write to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Onto {
    /// Pipes.
    Pipe,
    /// A terminal of so many columns.
    Terminal(u16),
}

/// The system's GNU ls.
pub(crate) struct Gnu {
    program: PathBuf,
    /// Its version, such as (9, 1).
    pub(crate) version: (u32, u32),
}

/// What a run left: exit status, standard output, standard error. A terminal shows both as one.
pub(crate) type Left = (Option<i32>, Vec<u8>, Vec<u8>);

impl Gnu {
    /// It, if there is one of 9.1 or later; else why not.
    pub(crate) fn find() -> Result<Self, String> {
        let program = ["/bin/ls", "/usr/bin/ls"].map(PathBuf::from).into_iter().find(|path| path.exists());
        let program = program.ok_or("there is no /bin/ls")?;
        let output = Command::new(&program).arg("--version").output().map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let version = text.strip_prefix("ls (GNU coreutils) ").and_then(|rest| {
            let mut numbers = rest.split(|c: char| !c.is_ascii_digit()).map(str::parse);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        });
        match version {
            Some(version) if version >= (9, 1) => Ok(Self { program, version }),
            _ => Err(format!("{} is not GNU ls 9.1 or later", program.display())),
        }
    }

    /// Runs both, and says where they differ; `None` if they do not.
    pub(crate) fn difference(
        &self,
        arguments: &[&str],
        environment: &[(&str, &str)],
        onto: Onto,
        dir: &Path,
    ) -> Option<String> {
        let run = |program: &Path, arguments: &[&str]| run(program, arguments, environment, onto, dir);
        let mut asked = arguments.to_vec();
        if self.version < (9, 5) {
            // Since then --dired ends --hyperlink before it.
            asked = arguments
                .iter()
                .flat_map(|&word| if word == "-lD" { vec![word, "--hyperlink=never"] } else { vec![word] })
                .collect();
        }
        let (mut gnus, ours) = (run(&self.program, &asked), run(Path::new(super::command::FSBENCH), arguments));
        if self.version < (9, 10) {
            gnus.1 = with_string_terminators(&gnus.1);
        }
        if gnus == ours {
            return None;
        }
        let first = |gnus: &[u8], ours: &[u8]| {
            let lines = |text: &[u8]| text.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
            let (gnus, ours) = (lines(gnus), lines(ours));
            let line = (0..gnus.len().max(ours.len())).find(|&line| gnus.get(line) != ours.get(line))?;
            let shown = |lines: &[Vec<u8>]| lines.get(line).map(|line| line.escape_ascii().to_string());
            Some(format!("\n  line {line}\n    GNU's {:?}\n    ours  {:?}", shown(&gnus), shown(&ours)))
        };
        let what = first(&gnus.1, &ours.1).or_else(|| first(&gnus.2, &ours.2)).unwrap_or_default();
        Some(format!("ls {arguments:?} {environment:?} {onto:?}: status {:?}, ours {:?}{what}", gnus.0, ours.0))
    }
}

/// Hyperlinks as later versions end them: by ST in place of BEL.
fn with_string_terminators(text: &[u8]) -> Vec<u8> {
    let mut pieces = text.split(|&byte| byte == 0x07);
    let mut out = pieces.next().unwrap_or_default().to_vec();
    for piece in pieces {
        let opens = out.windows(5).rposition(|window| window == b"\x1b]8;;");
        let is_open = opens.is_some_and(|opens| !out[opens + 5..].contains(&0x1b));
        out.extend_from_slice(if is_open { b"\x1b\\" } else { b"\x07" });
        out.extend_from_slice(piece);
    }
    out
}

/// What a terminal has seen of a listing that SIGTERM ended while it waited for the terminal, and the exit status that a shell
/// gives it. `None` where there is no setsid(1) to give it a terminal of its own.
pub(crate) fn ended_by_signal(
    program: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Option<(Vec<u8>, String)> {
    let (master, slave) = terminal(80);
    // The shell outlives the listing: a terminal whose session has ended may lose what was written to it.
    let script = "trap : TERM; \"$@\" & echo $! >&2; wait $!; printf '\\0%s\\0end\\0' $?; read -r line";
    let mut command = Command::new("setsid");
    command.args(["--ctty", "sh", "-c", script, "sh"]).arg(program).args(arguments);
    command.env_clear().env("PATH", "/usr/bin:/bin").envs(environment.iter().copied());
    command.stdin(slave.try_clone().unwrap()).stdout(slave).stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    drop(command);
    let mut pid = String::new();
    // Kept: a shell that cannot say that the listing was terminated would be, too.
    let mut errors = std::io::BufReader::new(child.stderr.take().unwrap());
    errors.read_line(&mut pid).unwrap();
    // Colors go out with the first piece, and the rest waits for us to read more.
    let mut master = File::from(master);
    let mut piece = [0; 64];
    let length = master.read(&mut piece).unwrap();
    let kill = Command::new("kill").args(["-TERM", pid.trim()]).status().unwrap();
    assert!(kill.success(), "the listing had ended");
    let mut shown = piece[..length].to_vec();
    shown.extend(shown_until_mark(&master));
    master.write_all(b"\n").unwrap();
    child.wait().unwrap();
    drop(errors);
    let status = shown.iter().rposition(|&byte| byte == 0).unwrap();
    let status = String::from_utf8(shown.split_off(status)).unwrap();
    Some((shown, status.trim_start_matches('\0').to_owned()))
}

fn run(program: &Path, arguments: &[&str], environment: &[(&str, &str)], onto: Onto, dir: &Path) -> Left {
    let mut command = Command::new(program);
    command.arg0("ls").args(arguments).current_dir(dir).env_clear().env("PATH", "/usr/bin:/bin");
    command.envs(environment.iter().copied()).stdin(Stdio::null());
    match onto {
        Onto::Pipe => {
            let output = command.output().unwrap();
            (output.status.code(), output.stdout, output.stderr)
        }
        Onto::Terminal(columns) => {
            let (code, shown) = on_terminal(&mut command, columns);
            (code, shown, Vec::new())
        }
    }
}
