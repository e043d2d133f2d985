//! Peers: installed programs that list, with the flags that make them do the same work: hidden files too, nothing
//! ignored, nothing sorted if that can be chosen, links not followed.
//!
//! A peer is a row with what it does by itself. One that can be told its threads is a row for each number that is asked
//! for, too: so what it owes to its threads is seen, and the best number for this machine. Adding a program is adding its
//! lines to [`PEERS`].

mod known;

pub use known::PEERS;

use super::path_text::PathText;
use super::programs::all_on_path;
use super::spec::{Output, Spec};
use super::version;
use crate::list::Want;
use crate::pattern::Pattern;
use crate::strategy::Level;
use std::process::Command;

/// A program that lists.
pub struct Peer {
    /// What its rows are called.
    pub name: &'static str,
    /// The names it may have on the PATH, and what makes a multi-call program be it.
    programs: &'static [(&'static str, &'static [&'static str])],
    /// What it must be asked for its version.
    version: &'static [&'static str],
    /// What only this program says when asked for its version, where others have the same name.
    says: &'static str,
    /// The version from which its figures tell of the program that people use today, and what came with it.
    since: Option<((u32, u32), &'static str)>,
    /// How it is told its threads.
    threads: Option<Switch>,
    forms: &'static [Form],
}

/// How a number is told, before all other arguments.
enum Switch {
    /// `-j 4`
    Apart(&'static str),
    /// `-j4`
    Joined(&'static str),
}

/// How a program is asked.
struct Form {
    level: Level,
    metadata: bool,
    arguments: &'static [&'static str],
    output: Output,
}

/// A peer that is here, asked in one way.
pub struct Installed {
    /// Its row's name.
    pub name: String,
    /// Its version, as it says it.
    pub version: String,
    /// What is run.
    pub spec: Spec,
}

impl Switch {
    fn words(&self, threads: usize) -> Vec<String> {
        match self {
            Self::Apart(switch) => vec![(*switch).to_owned(), threads.to_string()],
            Self::Joined(switch) => vec![format!("{switch}{threads}")],
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Apart(switch) | Self::Joined(switch) => switch,
        }
    }
}

/// The peers whose names fit one of the patterns, in their own order; all of them where there is no pattern.
///
/// # Errors
/// A pattern that is none, or that no peer's name fits: the names are said.
pub fn named(patterns: &[String]) -> Result<Vec<&'static Peer>, String> {
    let patterns = patterns.iter().map(|text| Pattern::new(text).map_err(|error| format!("{text}: {error}")));
    let patterns = patterns.collect::<Result<Vec<_>, _>>()?;
    if let Some(stray) = patterns.iter().find(|pattern| !PEERS.iter().any(|peer| pattern.fits(peer.name))) {
        let names: Vec<&str> = PEERS.iter().map(|peer| peer.name).collect();
        return Err(format!("{}: no peer has that name; they are {}", stray.text(), names.join(", ")));
    }
    let fits = |peer: &&Peer| patterns.is_empty() || patterns.iter().any(|pattern| pattern.fits(peer.name));
    Ok(PEERS.iter().filter(fits).collect())
}

impl Peer {
    /// What it is asked at `level` for `want`, if it is here: as it is by itself, and with each of these numbers of threads
    /// if it can be told. Empty where it lists nothing of the kind.
    ///
    /// # Errors
    /// Its row's name, and why it is not here.
    pub fn find(&self, level: Level, want: Want, threads: &[usize]) -> Result<Vec<Installed>, (String, String)> {
        let metadata = want == Want::Metadata;
        let mut forms = self.forms.iter().filter(|form| form.level == level && form.metadata == metadata).peekable();
        if forms.peek().is_none() {
            return Ok(Vec::new());
        }
        let found = self.programs.iter().find_map(|(program, applet)| {
            all_on_path(program).into_iter().find_map(|path| {
                let asked = version::line(Command::new(&path).args(*applet).args(self.version));
                Some((path, applet, asked.filter(|said| said.contains(self.says))?))
            })
        });
        let Some((path, applet, version)) = found else {
            let names: Vec<&str> = self.programs.iter().map(|(program, _)| *program).collect();
            let why = format!("no {} is on the PATH that says it is {}", names.join(" or "), self.says);
            return Err((self.name.to_owned(), why));
        };
        let row = |form: &Form, threads: Option<(&Switch, usize)>| {
            let told = threads.map_or(Vec::new(), |(switch, threads)| switch.words(threads));
            let arguments = || form.arguments.iter().map(|word| (*word).to_owned());
            let words = applet.iter().map(|word| (*word).to_owned()).chain(told).chain(arguments());
            let words = std::iter::once(path.clone().into()).chain(words.map(PathText::Text)).collect();
            // Two peers may be programs of one name. All numbers of threads are one row's: its name has the switch, and its
            // number stands after it.
            let name = std::iter::once(self.name).chain(threads.map(|(switch, _)| switch.name()));
            let name = name.map(str::to_owned).chain(arguments()).collect::<Vec<_>>().join(" ").replace('\0', "\\0");
            let outdated = self.outdated(&version);
            let threads = threads.map(|(_, threads)| threads);
            let spec = Spec { threads, outdated, ..Spec::new(words, form.output) };
            Installed { name, version: version.clone(), spec }
        };
        let told =
            || self.threads.iter().flat_map(|switch| threads.iter().map(move |&threads| Some((switch, threads))));
        Ok(forms.flat_map(|form| std::iter::once(None).chain(told()).map(|told| row(form, told))).collect())
    }

    /// Why the figures of a program of this version say little of the program as it is, if they do.
    fn outdated(&self, version: &str) -> Option<String> {
        let ((major, minor), what) = self.since?;
        let is_older = version::numbers(version)? < (major, minor);
        is_older.then(|| format!("OLD: {} {major}.{minor} {what}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_older_than_what_people_use_is_told() {
        let bfs = PEERS.iter().find(|peer| peer.name == "bfs").unwrap();
        assert!(bfs.outdated("bfs 2.6.1").is_some_and(|why| why.contains("bfs 3.0")));
        for well in ["bfs 3.0", "bfs 4.1.4-12-g4af45dc", "bfs"] {
            assert_eq!(bfs.outdated(well), None, "{well}");
        }
        let find = PEERS.iter().find(|peer| peer.name == "find").unwrap();
        assert_eq!(find.outdated("find (GNU findutils) 4.9.0"), None);
    }

    #[test]
    fn peers_are_chosen_by_name_or_pattern_and_a_name_of_none_is_refused() {
        let names = |patterns: &[&str]| -> Result<Vec<&str>, String> {
            let patterns: Vec<String> = patterns.iter().map(|&text| text.to_owned()).collect();
            Ok(named(&patterns)?.iter().map(|peer| peer.name).collect())
        };
        assert_eq!(names(&[]).unwrap().len(), PEERS.len());
        assert_eq!(names(&["rg", "find", "fd"]).unwrap(), ["find", "fd", "rg"], "in their own order");
        assert_eq!(names(&["busybox *"]).unwrap(), ["busybox find", "busybox ls", "busybox du"]);
        assert!(
            names(&["find", "ripgrep"]).unwrap_err().starts_with("ripgrep: no peer has that name; they are find, ls")
        );
        assert!(names(&["["]).is_err());
    }

    #[test]
    fn a_peer_that_can_be_told_its_threads_is_a_row_for_each_number() {
        let rows = |name: &str, threads: &[usize]| -> Vec<(String, Option<usize>)> {
            let peer = Peer { programs: &[("sh", &["-c", "echo $0 1.0"])], says: "1.0", ..of(name) };
            let rows = peer.find(Level::Tree, Want::Names, threads).unwrap();
            rows.into_iter().map(|row| (row.name, row.spec.threads)).collect()
        };
        let told = rows("bfs", &[1, 8]);
        assert_eq!(told.iter().map(|(_, threads)| *threads).collect::<Vec<_>>(), [None, Some(1), Some(8)]);
        assert!(told[1].0.contains("-j {}") && told[1].0 == told[2].0 && !told[0].0.contains("-j"), "{told:?}");
        assert!(
            told[0].0.starts_with("bfs {} "),
            "a row has its peer's name, whatever the program is called: {told:?}"
        );
        assert_eq!(rows("find", &[1, 8]).len(), 1);
    }

    fn of(name: &str) -> Peer {
        let Peer { name, programs, version, says, since, threads, forms } =
            PEERS.iter().find(|peer| peer.name == name).unwrap();
        let threads = threads.as_ref().map(|switch| match switch {
            Switch::Apart(switch) => Switch::Apart(switch),
            Switch::Joined(switch) => Switch::Joined(switch),
        });
        Peer { name, programs, version, says, since: *since, threads, forms }
    }
}
