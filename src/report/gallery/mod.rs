//! A gallery: all records of a folder as one static page, machine by machine, file system by file system.
//!
//! Anyone can add a record. Its digest proves which tree it is of: two records of one digest are of the same tree,
//! whoever made it and wherever. Nothing is compared between machines: what stands here is each record alone.

use super::collection::{Collection, Named};
use super::document::{self, Drawn, Table};
use super::grid::{Align, Grid};
use super::html::Template;
use super::number::{bytes, counted};
use super::slug;
use super::text::printable;
use super::{Unrenderable, verdict};
use crate::list::{Projection, Want};
use crate::measure::record::{Record, TruthRecord};
use serde::Serialize;
use std::collections::BTreeMap;

const TEMPLATE: Template = Template {
    name: "gallery.html",
    text: include_str!("gallery.html"),
    style: include_str!("../page/page.css"),
    script: include_str!("../page/page.js"),
};

/// A file that is no record, or a damaged one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// Below the gallery's folder.
    pub name: String,
    /// Why.
    pub why: String,
}

#[derive(Serialize)]
struct Gallery {
    title: String,
    subtitle: String,
    unread: Vec<Unread>,
    machines: Vec<Machine>,
    made_by: String,
}

#[derive(Serialize)]
struct Machine {
    id: String,
    name: String,
    systems: Vec<System>,
}

#[derive(Serialize)]
struct System {
    id: String,
    name: String,
    overview: Table,
    records: Vec<Exhibit>,
}

/// A record's part of the page.
#[derive(Serialize)]
struct Exhibit {
    id: String,
    name: String,
    debug: bool,
    views: Vec<ExhibitView>,
    facts: Vec<String>,
    command: String,
}

#[derive(Serialize)]
struct ExhibitView {
    id: String,
    title: String,
    claim: String,
    charts: Vec<Drawn>,
    grid: Table,
}

/// The records, each with the name that is shown of it: that in the collection is an id, which no other has.
struct Hall {
    names: Vec<String>,
    collection: Collection,
}

/// Indices of one machine's records by their file systems.
type Systems = BTreeMap<String, Vec<usize>>;

/// The page of all `records`, each named by its path below the folder. `made_by` is the command that makes it again.
///
/// # Errors
/// When the template cannot be filled.
pub fn gallery(mut records: Vec<Named>, unread: Vec<Unread>, made_by: &[String]) -> Result<String, Unrenderable> {
    records.sort_by_key(|named| (named.record.started, named.name.clone()));
    let names: Vec<String> = records.iter().map(|named| named.name.clone()).collect();
    for (named, id) in records.iter_mut().zip(slug::numbered(names.iter().map(String::as_str))) {
        named.name = id;
    }
    let hall = Hall { names, collection: Collection::new(records) };
    let machines = hall.machines();
    let subtitle = format!(
        "{} of {}",
        counted(hall.names.len() as u64, "record", "records"),
        counted(machines.len() as u64, "machine", "machines")
    );
    let mut ids = Vec::new();
    let machines = machines.into_iter().map(|(name, systems)| hall.machine(&name, systems, &mut ids)).collect();
    let unread = unread.iter().map(|file| Unread { name: printable(&file.name), why: printable(&file.why) }).collect();
    let title = "Ways of listing directories: a gallery of records".to_owned();
    let page = Gallery { title, subtitle, unread, machines, made_by: document::shell(made_by) };
    Ok(crate::escape::lines(&TEMPLATE.fill(&page)?).into_owned())
}

/// An id that no other part of the page has.
fn id(title: &str, ids: &mut Vec<String>) -> String {
    ids.push(title.to_owned());
    slug::numbered(ids.iter().map(String::as_str)).pop().unwrap_or_default()
}

impl Hall {
    /// Records by machine and file system, each in the order of their times.
    fn machines(&self) -> BTreeMap<String, Systems> {
        let mut machines: BTreeMap<String, Systems> = BTreeMap::new();
        for (index, Named { record, .. }) in self.collection.records.iter().enumerate() {
            let environment = &record.environment;
            let memory = environment.memory_bytes.map_or_else(String::new, |memory| format!(", {}", bytes(memory)));
            let machine = format!("{} x {}{memory}", environment.cores, environment.cpu);
            let kinds = record.targets.iter().map(|target| target.file_system.kind.clone());
            let system = slug::distinct(kinds).join(", ");
            machines.entry(machine).or_default().entry(system).or_default().push(index);
        }
        machines
    }

    fn machine(&self, name: &str, systems: Systems, ids: &mut Vec<String>) -> Machine {
        let machine_id = id(&format!("machine {name}"), ids);
        let systems = systems.into_iter().map(|(system, records)| System {
            id: id(&format!("system {name} {system}"), ids),
            name: printable(&system),
            overview: Table::of(&self.overview(&system, &records)),
            records: records.iter().map(|&index| self.exhibit(index)).collect(),
        });
        Machine { id: machine_id, systems: systems.collect(), name: printable(name) }
    }

    /// What each record is of, a line each.
    fn overview(&self, system: &str, records: &[usize]) -> Grid {
        let columns = [
            ("Record", Align::Left, 0),
            ("Day", Align::Left, 0),
            ("Tree", Align::Left, 0),
            ("Digest", Align::Left, 0),
            ("Kernel", Align::Left, 0),
            ("Rounds", Align::Right, 0),
            ("Ruler", Align::Right, 0),
        ];
        let mut grid = Grid::new(format!("Records on {system}"), &columns);
        for &index in records {
            let record = &self.collection.records[index].record;
            let cells = vec![
                self.names[index].clone(),
                record.started.strftime("%Y-%m-%d").to_string(),
                trees(record),
                digests(record),
                record.environment.kernel.clone(),
                record.rounds.count.to_string(),
                half_width(record),
            ];
            grid.rows.push(cells.into());
        }
        grid
    }

    fn exhibit(&self, index: usize) -> Exhibit {
        let named = &self.collection.records[index];
        let record = &named.record;
        let sections = document::of_record(&self.collection, named);
        let views = sections.iter().zip(&record.views).map(|(section, view)| ExhibitView {
            id: format!("view-{}", section.id),
            title: section.title.clone(),
            claim: verdict::at_length(record, view),
            charts: section.charts.iter().map(Drawn::of).collect(),
            grid: Table::of(&section.grid),
        });
        Exhibit {
            id: format!("record-{}", named.name),
            name: printable(&self.names[index]),
            debug: document::is_debug(record),
            views: views.collect(),
            facts: document::facts(record),
            command: document::shell(&record.command),
        }
    }
}

fn trees(record: &Record) -> String {
    let entries = |count| counted(count, "entry", "entries");
    let trees = record.targets.iter().map(|target| target.shape.clone().unwrap_or_else(|| entries(target.entries)));
    slug::distinct(trees).join("; ")
}

fn digests(record: &Record) -> String {
    let of_tree = |truth: &&TruthRecord| truth.want == Want::Kinds && truth.projection == Projection::Whole;
    let truths = record.targets.iter().filter_map(|target| target.truths.iter().find(of_tree));
    truths.map(|truth| truth.digest.to_string()).collect::<Vec<_>>().join("; ")
}

/// How surely the baseline is as fast as itself.
fn half_width(record: &Record) -> String {
    let same = record.ruler.same.filter(|same| same.median > 0.0);
    same.map_or_else(|| "-".to_owned(), |same| format!("± {:.1} %", (same.high - same.low) / 2.0 / same.median * 100.0))
}
