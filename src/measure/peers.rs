//! Peers: installed programs that list, with the flags that make them do the same work: hidden files too, nothing
//! ignored, nothing sorted if that can be chosen, links not followed.
//!
//! Adding a program is adding its lines to [`PEERS`].

use super::path_text::PathText;
use super::programs::on_path;
use super::spec::Output;
use super::version;
use crate::list::Want;
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
    forms: &'static [Form],
}

/// How a program is asked.
struct Form {
    level: Level,
    metadata: bool,
    arguments: &'static [&'static str],
    output: Output,
}

/// A peer that is here.
pub struct Installed {
    /// Its words, `{}` for the root.
    pub words: Vec<PathText>,
    /// Its row's name.
    pub name: String,
    /// Its version, as it says it.
    pub version: String,
    /// What can be read from its output.
    pub output: Output,
}

const PATHS: Output = Output::Paths { fields: 0 };

const fn tree(arguments: &'static [&'static str], output: Output) -> Form {
    Form { level: Level::Tree, metadata: false, arguments, output }
}

const fn flat(arguments: &'static [&'static str], output: Output) -> Form {
    Form { level: Level::Directory, metadata: false, arguments, output }
}

const fn with_metadata(form: Form) -> Form {
    Form { metadata: true, ..form }
}

const FIND: &[Form] = &[
    tree(&["{}", "-mindepth", "1", "-print0"], PATHS),
    flat(&["{}", "-mindepth", "1", "-maxdepth", "1", "-print0"], PATHS),
    with_metadata(tree(&["{}", "-mindepth", "1", "-printf", FIELDS], Output::Paths { fields: 8 })),
    with_metadata(flat(&["{}", "-mindepth", "1", "-maxdepth", "1", "-printf", FIELDS], Output::Paths { fields: 8 })),
];

/// Mode, links, owner, group, size, seconds, inode, kind, as `ls -li` needs them.
const FIELDS: &str = "%m %n %U %G %s %T@ %i %y %p\\0";

const LS: &[Form] = &[
    tree(&["-A", "-U", "-R", "--zero", "{}"], Output::Sections),
    flat(&["-A", "-U", "--zero", "{}"], PATHS),
    // Long lines can't be taken apart with certainty.
    with_metadata(tree(&["-l", "-A", "-U", "-R", "{}"], Output::Nothing)),
    with_metadata(flat(&["-l", "-A", "-U", "{}"], Output::Nothing)),
];

/// All of them.
pub const PEERS: &[Peer] = &[
    Peer { name: "find", programs: &[("find", &[])], version: &["--version"], says: "GNU findutils", forms: FIND },
    Peer {
        name: "ls",
        programs: &[("ls", &[]), ("gnuls", &[])],
        version: &["--version"],
        says: "GNU coreutils",
        forms: LS,
    },
    Peer {
        name: "du",
        programs: &[("du", &[])],
        version: &["--version"],
        says: "GNU coreutils",
        // -l: a file of several names is several entries.
        forms: &[with_metadata(tree(&["-a", "-l", "-0", "{}"], Output::Paths { fields: 1 }))],
    },
    Peer { name: "bfs", programs: &[("bfs", &[])], version: &["--version"], says: "bfs", forms: FIND },
    Peer {
        name: "fd",
        programs: &[("fd", &[]), ("fdfind", &[])],
        version: &["--version"],
        says: "fd",
        forms: &[
            tree(&["--unrestricted", "--print0", ".", "{}"], PATHS),
            flat(&["--unrestricted", "--print0", "--max-depth", "1", ".", "{}"], PATHS),
        ],
    },
    Peer {
        name: "rg",
        programs: &[("rg", &[])],
        version: &["--version"],
        says: "ripgrep",
        forms: &[
            tree(&["--no-config", "--files", "-uuu", "--null", "{}"], Output::Files),
            flat(&["--no-config", "--files", "-uuu", "--null", "--max-depth", "1", "{}"], Output::Files),
        ],
    },
    Peer {
        name: "tree",
        programs: &[("tree", &[])],
        version: &["--version"],
        says: "tree",
        forms: &[
            tree(&["-a", "-f", "-i", "-U", "-N", "--noreport", "{}"], Output::Nothing),
            flat(&["-a", "-f", "-i", "-U", "-N", "-L", "1", "--noreport", "{}"], Output::Nothing),
        ],
    },
    Peer {
        name: "eza",
        programs: &[("eza", &[])],
        version: &["--version"],
        says: "eza",
        forms: &[
            tree(&["--oneline", "--all", "--recurse", "--sort=none", "--color=never", "{}"], Output::Nothing),
            flat(&["--oneline", "--all", "--sort=none", "--color=never", "{}"], Output::Nothing),
            with_metadata(tree(
                &["--long", "--all", "--recurse", "--sort=none", "--color=never", "{}"],
                Output::Nothing,
            )),
            with_metadata(flat(&["--long", "--all", "--sort=none", "--color=never", "{}"], Output::Nothing)),
        ],
    },
    Peer {
        name: "lsd",
        programs: &[("lsd", &[])],
        version: &["--version"],
        says: "lsd",
        forms: &[
            tree(&["-1", "-A", "-U", "-R", "--icon=never", "--color=never", "{}"], Output::Nothing),
            flat(&["-1", "-A", "-U", "--icon=never", "--color=never", "{}"], Output::Nothing),
            with_metadata(tree(&["-l", "-A", "-U", "-R", "--icon=never", "--color=never", "{}"], Output::Nothing)),
            with_metadata(flat(&["-l", "-A", "-U", "--icon=never", "--color=never", "{}"], Output::Nothing)),
        ],
    },
    Peer {
        name: "uutils ls",
        programs: &[("coreutils", &["ls"]), ("uu-ls", &[]), ("ls", &[])],
        version: &["--version"],
        says: "ls 0.",
        forms: &[
            // Its --zero came late, and its names are as they are where no terminal reads them.
            tree(&["-1", "-A", "-U", "-R", "{}"], Output::Nothing),
            flat(&["-1", "-A", "-U", "{}"], Output::Guess),
            with_metadata(tree(&["-l", "-A", "-U", "-R", "{}"], Output::Nothing)),
            with_metadata(flat(&["-l", "-A", "-U", "{}"], Output::Nothing)),
        ],
    },
    Peer {
        name: "busybox find",
        programs: &[("busybox", &["find"])],
        version: &["--help"],
        says: "BusyBox",
        forms: &[
            tree(&["{}", "-mindepth", "1", "-print0"], PATHS),
            flat(&["{}", "-mindepth", "1", "-maxdepth", "1", "-print0"], PATHS),
        ],
    },
];

impl Peer {
    /// What it is asked at `level` for `want`, if it is here; `None` where it lists nothing of the kind.
    ///
    /// # Errors
    /// Its row's name, and why it is not here.
    pub fn find(&self, level: Level, want: Want) -> Option<Result<Installed, (String, String)>> {
        let metadata = want == Want::Metadata;
        let form = self.forms.iter().find(|form| form.level == level && form.metadata == metadata)?;
        let found = self.programs.iter().find_map(|(program, applet)| {
            let path = on_path(program)?;
            let asked = version::line(Command::new(&path).args(*applet).args(self.version));
            let version = asked.filter(|said| said.contains(self.says))?;
            let words = applet.iter().chain(form.arguments).map(|word| (*word).to_owned());
            let name = std::iter::once((*program).to_owned()).chain(words.clone()).collect::<Vec<_>>().join(" ");
            let words = std::iter::once(path.into()).chain(words.map(PathText::Text)).collect();
            Some(Installed { words, name: name.replace('\0', "\\0"), version, output: form.output })
        });
        Some(found.ok_or_else(|| {
            let names: Vec<&str> = self.programs.iter().map(|(program, _)| *program).collect();
            (self.name.to_owned(), format!("no {} is on the PATH that says it is {}", names.join(" or "), self.says))
        }))
    }
}
