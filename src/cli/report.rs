//! `fsbench report`: makes tables, charts, pages and slides of records.

use super::replace::{Replacing, deliver};
use super::screen::screen;
use super::{Failed, Status, criterion, gallery, leftover, say, show};
use clap::{Args, ValueEnum};
use fsbench::error::{Error, Escaped};
use fsbench::measure::{file, renew};
use fsbench::report::{
    self, Collection, Detail, Document, Made, Named, Screen, Talk, Traced, Unrenderable, make, spliced,
};
use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

/// Make a page, slides, tables or charts of records
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Records that `compare --save` wrote; several are shown side by side where they may be compared
    #[arg(required_unless_present_any = ["criterion", "gallery"])]
    records: Vec<PathBuf>,
    /// Make a page of all records in a folder and below it, machine by machine, file system by file system; what cannot
    /// be read is named there, and the exit status is 1
    #[arg(long, value_name = "DIR", conflicts_with_all = ["records", "criterion", "baselines", "rows", "columns", "splice", "verbose"])]
    gallery: Option<PathBuf>,
    #[command(flatten)]
    criterion: criterion::Arguments,
    /// What to make [default: what the ending of -o says; else a table on a terminal, Markdown elsewhere]
    #[arg(long, value_enum, conflicts_with = "splice")]
    format: Option<Document>,
    /// Where to: a file; for svg and png a folder, with a file in it for each chart
    #[arg(short, long, value_name = "FILE", conflicts_with = "splice")]
    output: Option<PathBuf>,
    /// Rows of tables and charts, by name or pattern such as 'python/*', in this order; may be repeated [default: all,
    /// fastest first]
    #[arg(long, value_name = "PATTERN")]
    rows: Vec<String>,
    /// Columns of Markdown tables, such as strategy,ratio,time,note; others are left out [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    columns: Vec<String>,
    /// With --format slides, the title of the talk
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// With --format slides, who gives it
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// With --format slides, where and when
    #[arg(long, value_name = "TEXT")]
    event: Option<String>,
    /// On a terminal, show every table, row and column that there is room for, and how it was measured
    #[arg(short, long)]
    verbose: bool,
    /// Renew the tables of these records in a Markdown file, between `<!-- fsbench:NAME -->` and `<!-- /fsbench -->`;
    /// NAME is a record's file name without its ending, or that, a slash, and a table of it
    #[arg(long, value_name = "FILE")]
    splice: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  fsbench compare --save warm.json    measure, and keep it
  fsbench report warm.json            the tables, as compare showed them
  fsbench report warm.json -o report.html
                                      a page
  fsbench report *.json --format slides -o talk.html
                                      a deck: open it, and press ? for the keys; traces beside the records
                                      (trace-*.md, by `fsbench trace --format markdown`) are shown, too
  fsbench report *.json --criterion --format slides -o talk.html
                                      with what calls cost, by cargo bench
  fsbench report *.json --format svg -o charts/
                                      a picture of each chart
  fsbench report --gallery . -o gallery.html
                                      all records of a folder, as one page
  fsbench report warm.json --splice README.md
                                      renew the tables in a README
  cargo bench && fsbench report --criterion
                                      tables, prices, strategies explained by them
  cargo bench -- --save-baseline before
                                      ... then a change, and the same for after
  fsbench report --criterion --baseline before --baseline after
                                      what the change brought";

pub(super) fn run(arguments: &Arguments, typed: &[OsString]) -> Result<Status, Failed> {
    let prices = arguments.criterion.criterion.as_ref();
    if let (Some(folder), []) = (prices, &arguments.records[..]) {
        if arguments.output.is_some() {
            return Err(Failed::Serious("--criterion without records prints: -o is for what has records".to_owned()));
        }
        let format = match arguments.format {
            None => report::Format::Table,
            Some(Document::Tables(format)) if format != report::Format::Json => format,
            Some(_) => {
                let why = "--criterion without records makes tables only: --format table, markdown or csv, or none";
                return Err(Failed::Serious(why.to_owned()));
            }
        };
        return criterion::run(folder.as_deref(), &arguments.criterion.baselines, format);
    }
    let document = arguments.document()?;
    if let Some(folder) = &arguments.gallery {
        if document != Document::Html {
            return Err(Failed::Serious("--gallery makes a page: end -o in .html, and leave --format out".to_owned()));
        }
        return gallery::run(folder, arguments.output.as_deref(), typed);
    }
    let records = arguments.records.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    if !arguments.criterion.baselines.is_empty() {
        return Err(Failed::Serious("--baseline is for --criterion without records".to_owned()));
    }
    if prices.is_some() && matches!(document, Document::Tables(report::Format::Csv | report::Format::Json)) {
        return Err(Failed::Serious(
            "--criterion with records is for documents and pictures: csv has rows only, json records only".to_owned(),
        ));
    }
    let prices = prices.map(|folder| criterion::last(folder.as_deref())).transpose()?;
    let is_markdown = arguments.splice.is_some() || document == Document::Tables(report::Format::Markdown);
    if !arguments.columns.is_empty() && !is_markdown {
        return Err(Failed::Serious("--columns is for Markdown: say --format markdown, or --splice FILE".to_owned()));
    }
    let collection = Collection::new(records).with_prices(prices);
    let collection = collection.with_rows(&arguments.rows)?.with_columns(&arguments.columns)?;
    let collection = match document {
        Document::Slides => collection.for_talk(arguments.talk(), traces(&arguments.records)?),
        _ if arguments.talk() != Talk::default() => {
            return Err(Failed::Serious("--title, --author and --event are for --format slides".to_owned()));
        }
        _ => collection,
    };
    for objection in collection.objections() {
        say(&objection);
    }
    let made_by = super::typed(typed);
    if let Some(text) = &arguments.splice {
        splice(&collection, text, &made_by)?;
        return Ok(Status::Fine);
    }
    let to_file = arguments.output.is_some();
    let screen = if to_file { Screen::PIPE } else { screen(Detail::Short) };
    let detail = if arguments.verbose { Detail::Full } else { Detail::Short };
    let screen = Screen { detail, ..screen };
    let made = make(&collection, document, &made_by, &screen)?;
    match (made, &arguments.output) {
        (Made::Text(text), None) if document == Document::Tables(report::Format::Table) => show(&text, &screen)?,
        (Made::Text(text), output) => deliver(&text, output.as_deref())?,
        (Made::Files(files), folder) => keep(files, folder.as_deref())?,
    }
    Ok(Status::Fine)
}

impl Arguments {
    fn talk(&self) -> Talk {
        Talk { title: self.title.clone(), author: self.author.clone(), event: self.event.clone() }
    }

    /// What is to be made: as --format says, else as the output's name ends.
    fn document(&self) -> Result<Document, Failed> {
        let refuse = |why: String| Err(Failed::Serious(why));
        let by_name = self.output.as_deref().and_then(Document::of_name);
        let name = |document: Document| document.to_possible_value().map(|value| value.get_name().to_owned());
        let document = match (self.format, by_name, &self.output) {
            (Some(asked), Some(by_name), Some(path)) if asked.ending() != by_name.ending() => {
                let asked = name(asked).unwrap_or_default();
                return refuse(format!("--format {asked} contradicts the ending of {}: change one", Escaped(path)));
            }
            (Some(asked), ..) => asked,
            (None, Some(Document::Pictures(kind)), Some(path)) => {
                let kind = name(Document::Pictures(kind)).unwrap_or_default();
                let path = Escaped(path);
                return refuse(format!("a report has several charts: say --format {kind} -o FOLDER, not {path}"));
            }
            (None, Some(by_name), _) => by_name,
            (None, None, Some(path)) => {
                let path = Escaped(path);
                return refuse(format!(
                    "{path}: its name tells no format; end it in .html, .md, .csv, .json or .txt, or say --format"
                ));
            }
            (None, None, None) if self.gallery.is_some() => Document::Html,
            (None, None, None) if io::stdout().is_terminal() => Document::Tables(report::Format::Table),
            (None, None, None) => Document::Tables(report::Format::Markdown),
        };
        let is_page = matches!(document, Document::Html | Document::Slides);
        if is_page && self.output.is_none() && io::stdout().is_terminal() {
            return refuse("a page is for a browser, not for a terminal: say -o FILE.html".to_owned());
        }
        Ok(document)
    }
}

fn read(path: &Path) -> Result<Named, Failed> {
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut record = file::read(path)?;
    renew(&mut record);
    Ok(Named { name, record })
}

/// What `fsbench trace` wrote beside these records. A folder that cannot be listed has none for us.
fn traces(records: &[PathBuf]) -> Result<Vec<Traced>, Failed> {
    let folder = |path: &PathBuf| match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in records.iter().map(folder).filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
        let name = entry.file_name();
        let is_trace = name.as_encoded_bytes().starts_with(b"trace-") && name.as_encoded_bytes().ends_with(b".md");
        if is_trace && !paths.contains(&entry.path()) {
            paths.push(entry.path());
        }
    }
    paths.sort();
    let read = |path: &PathBuf| fs::read(path).map_err(|error| Error::new("read", path, error));
    let texts = paths.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(texts.iter().filter_map(|text| Traced::read(&String::from_utf8_lossy(text))).collect())
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

/// Writes a file for each chart.
fn keep(files: Vec<(String, Vec<u8>)>, folder: Option<&Path>) -> Result<(), Failed> {
    let folder =
        folder.ok_or_else(|| Failed::Serious("-o FOLDER is needed: there is a file for each chart".to_owned()))?;
    fs::create_dir_all(folder).map_err(|error| Error::new("mkdir", folder, error))?;
    leftover::tell_files(folder);
    for (name, bytes) in files {
        Replacing::new(&folder.join(name))?.finish(&bytes)?;
    }
    Ok(())
}

impl From<Unrenderable> for Failed {
    fn from(why: Unrenderable) -> Self {
        Self::Serious(why.to_string())
    }
}
