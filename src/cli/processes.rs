//! `compare`'s options about commands: rows that are whole processes.

use super::{Failed, say};
use clap::Args;
use fsbench::list::Want;
use fsbench::measure::comparison::Unfit;
use fsbench::measure::path_text::PathText;
use fsbench::measure::peers::{Installed, PEERS, Peer, named};
use fsbench::measure::plan::Way;
use fsbench::measure::process::OURSELVES;
use fsbench::measure::spec::{Failures, Output, Shown, Spec};
use fsbench::measure::typed::Typed;
use fsbench::strategy::Level;

#[derive(Args)]
#[command(next_help_heading = "Whole processes")]
pub(super) struct Processes {
    /// Add a command to a table of whole processes: 'find {}', or 'NAME=find {}', where NAME has no blank and no slash; {}
    /// is the tree. Words are split as a shell would, but no shell runs: for a pipe, write "sh -c 'find {} | wc -l'".
    /// Ratios are to find, or to fsbench itself if find is not installed. May be repeated
    #[arg(long = "command", value_name = "COMMAND")]
    commands: Vec<String>,
    /// Name the row of a command, which is then taken whole: the first -n is for the first --command, and so on
    #[arg(short = 'n', long = "command-name", value_name = "NAME", requires = "commands")]
    names: Vec<String>,
    /// Run this once before a command's first run; one for all, or one for each --command
    #[arg(long = "setup", value_name = "COMMAND", requires = "commands")]
    setups: Vec<String>,
    /// Run this before each run of a command, off the clock: one for all rows, find's and those of --peers included, or one
    /// for each --command. A command that is prepared runs once a sample
    #[arg(long = "prepare", value_name = "COMMAND")]
    prepares: Vec<String>,
    /// Run this once after a command's last run, however the comparison ends; one for all, or one for each --command
    #[arg(long = "cleanup", value_name = "COMMAND", requires = "commands")]
    cleanups: Vec<String>,
    /// Time a command also if it ends with another status than 0, and say that status
    #[arg(short = 'i', long, requires = "commands")]
    ignore_failure: bool,
    /// Show what commands print, on standard error. Their times include it: without this, output goes to /dev/null
    #[arg(long)]
    show_output: bool,
    /// Add the commands that are installed: GNU find, ls and du, bfs, fd, ripgrep, tree, eza, lsd, fdf, dust, dua, pdu,
    /// diskus, gdu, those of uutils and of busybox; and fsbench's own. What can be told its threads is there with its
    /// own choice, and with each of --threads. With names or patterns, such as --peers=find,fd,'busybox *', only these
    #[arg(long, value_name = "NAMES", num_args = 0.., require_equals = true, value_delimiter = ',')]
    peers: Option<Vec<String>>,
}

impl Processes {
    /// Whether any row was asked for.
    pub(super) fn any(&self) -> bool {
        !self.commands.is_empty() || self.peers.is_some()
    }

    /// Whether what commands print goes to the terminal, too.
    pub(super) fn show_output(&self) -> bool {
        self.show_output
    }

    /// The rows: the user's, peers if they were asked for, and the reference that ratios are to.
    pub(super) fn ways(&self, level: Level, want: Want, threads: &[usize]) -> Result<Vec<Way>, Failed> {
        if !self.any() {
            return match (self.prepares.is_empty(), self.show_output) {
                (true, false) => Ok(Vec::new()),
                (false, _) => Err(Unfit("--prepare: prepare what? Give --command or --peers".to_owned()).into()),
                (_, true) => Err(Unfit("--show-output: of what? Give --command or --peers".to_owned()).into()),
            };
        }
        let typed = self.typed();
        let users = typed.ways()?;
        typed.warnings().iter().for_each(|warning| say(warning));
        let peers = self.peers.as_deref().map(named).transpose().map_err(|error| Unfit(format!("--peers: {error}")))?;
        let threads = if peers.is_some() { threads } else { &[] };
        let own = own_commands(level, want).iter().flat_map(|&(words, output)| own_rows(words, output, threads));
        let mut ways: Vec<Way> = reference(level, want).into_iter().chain(own).collect();
        let is_users = |way: &Way| users.iter().any(|user| is_same(user, way));
        ways.retain(|way| !is_users(way));
        if let Some(peers) = peers {
            let peers = peers.into_iter().flat_map(|peer| peer_rows(peer, level, want, threads));
            let peers: Vec<Way> = peers.filter(|way| !is_users(way) && !ways.contains(way)).collect();
            ways.extend(peers);
        } else {
            // One reference that is the same in every run: so all of the user's can be judged, the first too.
            ways.truncate(1);
        }
        let steps = typed.steps_of_others()?;
        for way in &mut ways {
            if let Way::Command { spec, .. } = way {
                spec.steps = steps.clone();
                spec.shown = typed.shown;
                spec.dir = typed.dir.clone().map(PathText::from);
            }
        }
        ways.extend(users);
        Ok(ways)
    }

    fn typed(&self) -> Typed {
        Typed {
            commands: self.commands.clone(),
            names: self.names.clone(),
            setups: self.setups.clone(),
            prepares: self.prepares.clone(),
            cleanups: self.cleanups.clone(),
            failures: if self.ignore_failure { Failures::Ignored } else { Failures::Judged },
            shown: if self.show_output { Shown::OnStderr } else { Shown::Nowhere },
            // One that was removed cannot be gone to.
            dir: std::env::current_dir().ok(),
        }
    }
}

/// Whether a command of the user's is this one, too, or an absent program's row has its name.
fn is_same(user: &Way, other: &Way) -> bool {
    match (user, other) {
        (Way::Command { spec, name, .. }, Way::Command { spec: other, name: others, .. }) => {
            spec.words == other.words || name == others
        }
        (Way::Command { name, .. }, Way::Absent { name: absent, .. }) => name == absent,
        _ => false,
    }
}

/// GNU find, where it is here: what commands are held against.
fn reference(level: Level, want: Want) -> Option<Way> {
    let find = PEERS.iter().find(|peer| peer.name == "find")?;
    peer_rows(find, level, want, &[]).into_iter().find(|way| matches!(way, Way::Command { .. }))
}

/// What fsbench has for the same work.
fn own_commands(level: Level, want: Want) -> &'static [(&'static [&'static str], Output)] {
    match (level, want) {
        (Level::Tree, Want::Metadata) => {
            &[(&["count", "--size", "{}"], Output::Total), (&["ls", "-l", "-A", "-U", "-R", "{}"], Output::Nothing)]
        }
        (Level::Tree, _) => {
            &[(&["count", "{}"], Output::Total), (&["ls", "-A", "-U", "-R", "--zero", "{}"], Output::Sections)]
        }
        (Level::Directory, Want::Metadata) => &[(&["ls", "-l", "-A", "-U", "{}"], Output::Nothing)],
        (Level::Directory, _) => &[(&["ls", "-A", "-U", "--zero", "{}"], Output::Paths { fields: 0 })],
    }
}

/// A command of the running fsbench: as it is by itself, and where it takes threads with each of these numbers of them.
fn own_rows(words: &[&str], output: Output, threads: &[usize]) -> Vec<Way> {
    let row = |name: &[&str], spec| Way::Command {
        name: format!("fsbench {}", name.join(" ")),
        spec,
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
    };
    let mut ways = vec![row(words, own_spec(words, output))];
    if let ["count", rest @ ..] = words {
        ways.extend(threads.iter().map(|&threads| {
            let number = threads.to_string();
            let told = [&["count", "--threads", number.as_str()], rest].concat();
            let spec = Spec { threads: Some(threads), ..own_spec(&told, output) };
            row(&[&["count", "--threads"], rest].concat(), spec)
        }));
    }
    ways
}

/// A command of the running fsbench.
fn own_spec(words: &[&str], output: Output) -> Spec {
    let program = PathText::Text(OURSELVES.to_owned());
    let rest = words.iter().map(|&word| PathText::Text(word.to_owned()));
    Spec::new(std::iter::once(program).chain(rest).collect(), output)
}

/// The rows of a peer: one with its reason where it is not here.
fn peer_rows(peer: &Peer, level: Level, want: Want, threads: &[usize]) -> Vec<Way> {
    match peer.find(level, want, threads) {
        Err((name, reason)) => vec![Way::Absent { name, reason }],
        Ok(rows) => {
            let row = |Installed { name, version, spec }| Way::Command { name, spec, version: Some(version) };
            rows.into_iter().map(row).collect()
        }
    }
}
