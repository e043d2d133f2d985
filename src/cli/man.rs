//! `fsbench man`: manual pages, made of what `--help` says. clap_mangen writes names, synopses and options; examples, exit
//! statuses and references, which it would run together, are written here.

use super::outline::outline;
use super::replace::Replacing;
use super::{Failed, Status, Unbuffered};
use clap::{Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use fsbench::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Print a manual page, or write them all
#[derive(Args)]
#[command(after_help = "\
Packages install these pages. The environment variable SOURCE_DATE_EPOCH dates them; without it, they have no date.

Examples:
  fsbench man | man -l -            the page of fsbench itself
  fsbench man compare | man -l -    that of a command
  fsbench man -o ~/.local/share/man/man1
                                    all of them, where `man fsbench` finds them")]
pub(super) struct Arguments {
    /// The command that the page is about [default: fsbench itself]
    command: Option<String>,
    /// Write every page into this directory, as fsbench.1, fsbench-compare.1 and so on
    #[arg(short, long, value_name = "DIR", conflicts_with = "command")]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Status, Failed> {
    let mut program = outline();
    program.build();
    let date = date(std::env::var("SOURCE_DATE_EPOCH").ok().as_deref())?;
    if let Some(folder) = &arguments.output {
        write_all(&program, &date, folder)?;
        return Ok(Status::Fine);
    }
    let command = match &arguments.command {
        None => &program,
        Some(name) => program.find_subcommand(name).ok_or_else(|| unknown(&program, name))?,
    };
    let page = page(&program, command, &date).map_err(Failed::output)?;
    Unbuffered.write_all(&page).map_err(Failed::output)?;
    Ok(Status::Fine)
}

fn unknown(program: &Command, name: &str) -> Failed {
    let names: Vec<&str> = program.get_subcommands().map(Command::get_name).collect();
    Failed::Serious(format!("no command '{name}': there are {}", names.join(", ")))
}

/// A day, of seconds since 1970.
fn date(epoch_seconds: Option<&str>) -> Result<String, Failed> {
    let Some(text) = epoch_seconds else { return Ok(String::new()) };
    let time = text.parse().ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    let time = time.ok_or_else(|| Failed::Serious(format!("SOURCE_DATE_EPOCH '{text}' is no number of seconds")))?;
    Ok(time.strftime("%Y-%m-%d").to_string())
}

fn write_all(program: &Command, date: &str, folder: &Path) -> Result<(), Failed> {
    fs::create_dir_all(folder).map_err(|error| Error::new("mkdir", folder, error))?;
    for command in std::iter::once(program).chain(program.get_subcommands()) {
        let path = folder.join(Man::new(command.clone()).get_filename());
        let page = page(program, command, date).map_err(|error| Error::new("write", &path, error))?;
        Replacing::new(&path)?.finish(&page)?;
    }
    Ok(())
}

/// The page of a command, or of the program itself.
fn page(program: &Command, command: &Command, date: &str) -> io::Result<Vec<u8>> {
    let version = program.get_version().unwrap_or_default();
    let man = Man::new(command.clone()).date(date).source(format!("fsbench {version}")).manual("User Commands");
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let help = AfterHelp::read(&help);
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    help.remarks(&mut Roff::new()).to_writer(&mut page)?;
    if command.get_arguments().next().is_some() {
        let mut options = Vec::new();
        man.render_options_section(&mut options)?;
        // Between an option and its values clap_mangen breaks the line twice around an empty one; mandoc warns of that.
        page.extend_from_slice(String::from_utf8_lossy(&options).replace(".br\n\n.br\n", ".sp\n").as_bytes());
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut rest = Roff::new();
    help.exit_status(&mut rest);
    help.examples(&mut rest);
    see_also(program, command, &mut rest);
    rest.to_writer(&mut page)?;
    Ok(page)
}

fn see_also(program: &Command, command: &Command, roff: &mut Roff) {
    roff.control("SH", ["SEE ALSO"]);
    let pages = std::iter::once(program).chain(program.get_subcommands());
    let pages = pages.filter(|other| other.get_name() != command.get_name());
    let mut names: Vec<&str> = pages.map(|page| page.get_display_name().unwrap_or(page.get_name())).collect();
    if command.get_name() == "ls" {
        names.push("ls");
    }
    for (place, name) in names.iter().enumerate() {
        let after = if place + 1 == names.len() { "(1)" } else { "(1)," };
        roff.text([bold(*name), roman(after)]);
    }
}

/// What a command's help says after its options.
#[derive(Default)]
struct AfterHelp<'h> {
    remarks: Vec<&'h str>,
    examples: Vec<&'h str>,
    exit_status: Option<&'h str>,
}

impl<'h> AfterHelp<'h> {
    fn read(help: &'h str) -> Self {
        let mut read = Self::default();
        for paragraph in help.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
            if let Some(examples) = paragraph.strip_prefix("Examples:\n") {
                read.examples.extend(examples.lines());
            } else if let Some(status) = paragraph.strip_prefix("Exit status: ") {
                read.exit_status = Some(status);
            } else {
                read.remarks.push(paragraph);
            }
        }
        read
    }

    /// Paragraphs.
    fn remarks<'r>(&self, roff: &'r mut Roff) -> &'r mut Roff {
        for remark in &self.remarks {
            roff.control("PP", []);
            for line in remark.lines() {
                roff.text([roman(line.trim())]);
            }
        }
        roff
    }

    /// A command, in bold, and below it what it does: two columns of the help, or two lines where the first is long.
    fn examples(&self, roff: &mut Roff) {
        if self.examples.is_empty() {
            return;
        }
        roff.control("SH", ["EXAMPLES"]);
        for line in &self.examples {
            let text = line.trim_start();
            if line.len() - text.len() > 2 {
                roff.text([roman(text)]);
                continue;
            }
            let (command, about) = text.split_once("  ").unwrap_or((text, ""));
            roff.control("TP", []);
            roff.text([bold(command)]);
            if !about.is_empty() {
                roff.text([roman(about.trim_start())]);
            }
        }
    }

    fn exit_status(&self, roff: &mut Roff) {
        if let Some(status) = self.exit_status {
            roff.control("SH", ["EXIT STATUS"]);
            for line in status.lines() {
                roff.text([roman(line)]);
            }
        }
    }
}
