//! `fsbench report`: makes tables, charts, pages and slides of records.

use super::replace::Replacing;
use super::{Failed, Status, criterion, leftover, print, say};
use clap::{Args, ValueEnum};
use fsbench::error::Error;
use fsbench::measure::{file, renew};
use fsbench::report::{self, Collection, Document, Named, Pictures, Unrenderable, make, pictures, spliced};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Make a page, slides, tables or charts of records
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Records that `compare --save` wrote; several are shown side by side where they may be compared
    #[arg(required_unless_present = "criterion")]
    records: Vec<PathBuf>,
    #[command(flatten)]
    criterion: criterion::Arguments,
    /// What to make [default: markdown; with --criterion, tables for a terminal]
    #[arg(long, value_enum, conflicts_with = "splice")]
    format: Option<Format>,
    /// Where to: a file; for svg and png a folder, with a file in it for each chart
    #[arg(short, long, value_name = "FILE", conflicts_with = "splice")]
    output: Option<PathBuf>,
    /// Renew the tables of these records in a Markdown file, between `<!-- fsbench:NAME -->` and `<!-- /fsbench -->`;
    /// NAME is a record's file name without its ending, or that, a slash, and a table of it
    #[arg(long, value_name = "FILE")]
    splice: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// Tables for a README or an issue
    Markdown,
    /// One page that needs nothing else
    Html,
    /// One deck that needs nothing else
    Slides,
    /// A line per row
    Csv,
    /// Each chart as a vector picture
    Svg,
    /// Each chart as a picture in pixels
    Png,
}

const EXAMPLES: &str = "\
Examples:
  fsbench compare --save warm.json                           measure, and keep it
  fsbench report warm.json --format html -o report.html      a page
  fsbench report *.json --format slides -o talk.html         a deck: open it in a browser, press ? for the keys
  fsbench report *.json --criterion --format slides          with what calls cost, as cargo bench measured it
  fsbench report ext4.json xfs.json --format png -o charts/  a picture of each chart
  fsbench report warm.json --splice README.md                renew the tables in a README
  cargo bench && fsbench report --criterion                  tables, the price list, each strategy explained by it
  cargo bench -- --save-baseline before                      ... then a change, and the same for after ...
  fsbench report --criterion --baseline before --baseline after";

pub(super) fn run(arguments: &Arguments, typed: &[OsString]) -> Result<Status, Failed> {
    let prices = arguments.criterion.criterion.as_ref();
    if let (Some(folder), []) = (prices, &arguments.records[..]) {
        if arguments.output.is_some() {
            return Err(Failed::Serious("--criterion without records prints: -o is for what has records".to_owned()));
        }
        let format = match arguments.format {
            None => report::Format::Table,
            Some(Format::Markdown) => report::Format::Markdown,
            Some(Format::Csv) => report::Format::Csv,
            Some(_) => {
                let why = "--criterion without records makes tables only: --format markdown or csv, or none";
                return Err(Failed::Serious(why.to_owned()));
            }
        };
        return criterion::run(folder.as_deref(), &arguments.criterion.baselines, format);
    }
    let records = arguments.records.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    if !arguments.criterion.baselines.is_empty() {
        return Err(Failed::Serious("--baseline is for --criterion without records".to_owned()));
    }
    if prices.is_some() && matches!(arguments.format, Some(Format::Csv)) {
        return Err(Failed::Serious(
            "--criterion with records is for documents and pictures: csv has rows only".to_owned(),
        ));
    }
    let prices = prices.map(|folder| criterion::last(folder.as_deref())).transpose()?;
    let collection = Collection::new(records).with_prices(prices);
    for objection in collection.objections() {
        say(&objection);
    }
    let name = std::iter::once("fsbench".to_owned());
    let made_by: Vec<String> =
        name.chain(typed.iter().skip(1).map(|word| word.to_string_lossy().into_owned())).collect();
    if let Some(text) = &arguments.splice {
        splice(&collection, text, &made_by)?;
        return Ok(Status::Fine);
    }
    let document = match arguments.format.unwrap_or(Format::Markdown) {
        Format::Markdown => Document::Markdown,
        Format::Html => Document::Html,
        Format::Slides => Document::Slides,
        Format::Csv => Document::Csv,
        Format::Svg => return draw(&collection, Pictures::Svg, arguments.output.as_deref()),
        Format::Png => return draw(&collection, Pictures::Png, arguments.output.as_deref()),
    };
    match &arguments.output {
        Some(path) => {
            leftover::tell_beside(path);
            let place = Replacing::new(path)?;
            place.finish(make(&collection, document, &made_by)?.as_bytes())?;
        }
        None => print(&make(&collection, document, &made_by)?)?,
    }
    Ok(Status::Fine)
}

fn read(path: &Path) -> Result<Named, Failed> {
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut record = file::read(path)?;
    renew(&mut record);
    Ok(Named { name, record })
}

fn splice(collection: &Collection, path: &Path, made_by: &[String]) -> Result<(), Failed> {
    leftover::tell_beside(path);
    // Before it is read: a pipe would keep us waiting.
    let place = Replacing::new(path)?;
    let text = fs::read_to_string(path).map_err(|error| Error::new("read", path, error))?;
    let spliced = spliced(collection, &text, made_by)
        .map_err(|error| Failed::Serious(format!("{}: {error}", fsbench::error::Escaped(path))))?;
    if spliced.sections == 0 {
        return Err(Failed::Serious(format!(
            "{} has no section for any of these records, such as <!-- fsbench:{} -->",
            fsbench::error::Escaped(path),
            collection.records.first().map_or("NAME", |named| named.name.as_str())
        )));
    }
    if spliced.text != text {
        place.finish(spliced.text.as_bytes())?;
    }
    Ok(())
}

fn draw(collection: &Collection, kind: Pictures, folder: Option<&Path>) -> Result<Status, Failed> {
    let folder =
        folder.ok_or_else(|| Failed::Serious("-o FOLDER is needed: there is a file for each chart".to_owned()))?;
    let drawn = pictures(collection, kind)?;
    fs::create_dir_all(folder).map_err(|error| Error::new("mkdir", folder, error))?;
    leftover::tell_files(folder);
    for (name, bytes) in drawn {
        Replacing::new(&folder.join(name))?.finish(&bytes)?;
    }
    Ok(Status::Fine)
}

impl From<Unrenderable> for Failed {
    fn from(why: Unrenderable) -> Self {
        Self::Serious(why.to_string())
    }
}
