//! Other languages as rows: contestants that speak the [protocol](super::protocol), for `compare --languages`.
//!
//! Their sources are part of this program, so that an installed fsbench has them; they are written to a folder of the
//! caller's, and compiled there where the language wants it. A language that is not here is rows with the reason.
//! Adding a language is adding its source to scripts/contestants/ and a line to [`LANGUAGES`].

use super::plan::Way;
use super::process::{Program, Renewal};
use super::programs::on_path;
use crate::error::{Error, reason};
use crate::list::{Projection, Want};
use crate::strategy::Level;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A language, with its contestant.
pub struct Language {
    /// Its name.
    pub name: &'static str,
    /// Names of the programs that run or compile it; one is enough.
    programs: &'static [&'static str],
    /// The file that its source is written to.
    file: &'static str,
    source: &'static str,
    make: Make,
    /// Its rows.
    pub rows: &'static [Row],
}

/// How a source becomes a worker.
#[derive(Clone, Copy)]
enum Make {
    /// `PROGRAM FILE`
    Interpret,
    /// `PROGRAM -O2 -o OUT FILE`, which makes a program.
    Compile,
    /// `javac -d FOLDER FILE`, then `java -cp FOLDER CLASS`.
    CompileJava,
    /// `go build -o OUT FILE`, which makes a program.
    CompileGo,
}

/// A row of a language.
pub struct Row {
    /// Its name, which is what the contestant knows it by.
    pub name: &'static str,
    /// What it lists.
    pub level: Level,
    /// What can be asked of it.
    pub wants: &'static [Want],
    /// How much of the truth it sees.
    pub projection: Projection,
}

const NAMES: &[Want] = &[Want::Names];
const KINDS: &[Want] = &[Want::Kinds];
const NAMES_KINDS: &[Want] = &[Want::Names, Want::Kinds];
const LOOKED_UP: &[Want] = &[Want::Kinds, Want::Metadata];
const ALL: &[Want] = &Want::ALL;

const fn flat(name: &'static str, wants: &'static [Want]) -> Row {
    Row { name, level: Level::Directory, wants, projection: Projection::Whole }
}

const fn tree(name: &'static str, wants: &'static [Want]) -> Row {
    Row { name, level: Level::Tree, wants, projection: Projection::Whole }
}

/// A walk that tells names only, though it must know kinds.
const fn names_of_tree(name: &'static str) -> Row {
    Row { name, level: Level::Tree, wants: NAMES_KINDS, projection: Projection::Names }
}

/// One that asks whether a thing is a directory, then whether it is a file.
const fn followed(name: &'static str, level: Level) -> Row {
    Row { name, level, wants: KINDS, projection: Projection::Followed }
}

/// All languages, Python's first: the question goes back to them.
pub const LANGUAGES: &[Language] = &[
    Language {
        name: "Python",
        programs: &["python3"],
        file: "python.py",
        source: include_str!("../../scripts/contestants/python.py"),
        make: Make::Interpret,
        rows: &[
            flat("python/listdir", NAMES),
            followed("python/listdir+isdir+isfile", Level::Directory),
            flat("python/listdir+lstat", LOOKED_UP),
            flat("python/scandir", ALL),
            flat("python/Path.iterdir", NAMES),
            flat("python/glob", NAMES),
            followed("python/walk:listdir+isdir+isfile", Level::Tree),
            tree("python/walk:listdir+lstat", LOOKED_UP),
            tree("python/walk:scandir", LOOKED_UP),
            names_of_tree("python/os.walk"),
            names_of_tree("python/os.fwalk"),
            names_of_tree("python/Path.walk"),
            names_of_tree("python/Path.rglob"),
            names_of_tree("python/glob-recursive"),
        ],
    },
    Language {
        name: "Node.js",
        programs: &["node", "nodejs"],
        file: "node.js",
        source: include_str!("../../scripts/contestants/node.js"),
        make: Make::Interpret,
        rows: &[
            flat("node/readdir", NAMES),
            flat("node/readdir+types", KINDS),
            flat("node/readdir+lstat", LOOKED_UP),
            flat("node/opendir", KINDS),
            tree("node/walk:readdir+types", KINDS),
            tree("node/walk:readdir+lstat", LOOKED_UP),
            tree("node/walk:opendir", KINDS),
            tree("node/readdir-recursive", KINDS),
        ],
    },
    Language {
        name: "Perl",
        programs: &["perl"],
        file: "perl.pl",
        source: include_str!("../../scripts/contestants/perl.pl"),
        make: Make::Interpret,
        rows: &[
            flat("perl/readdir", NAMES),
            followed("perl/readdir+d+f", Level::Directory),
            flat("perl/readdir+lstat", KINDS),
            followed("perl/walk:readdir+d+f", Level::Tree),
            tree("perl/walk:readdir+lstat", KINDS),
            tree("perl/File::Find", KINDS),
        ],
    },
    Language {
        name: "C",
        programs: &["cc", "gcc", "clang"],
        file: "libc.c",
        source: include_str!("../../scripts/contestants/libc.c"),
        make: Make::Compile,
        rows: &[
            flat("c/getdents", NAMES_KINDS),
            flat("c/readdir", NAMES_KINDS),
            flat("c/readdir+fstatat", KINDS),
            tree("c/walk:readdir", KINDS),
            tree("c/fts", KINDS),
            tree("c/nftw", KINDS),
        ],
    },
    Language {
        name: "Java",
        programs: &["javac"],
        file: "Contestant.java",
        source: include_str!("../../scripts/contestants/Contestant.java"),
        make: Make::CompileJava,
        rows: &[
            flat("java/newDirectoryStream", NAMES),
            flat("java/newDirectoryStream+attributes", KINDS),
            tree("java/walkFileTree", KINDS),
            names_of_tree("java/Files.walk"),
        ],
    },
    Language {
        name: "Go",
        programs: &["go"],
        file: "contestant.go",
        source: include_str!("../../scripts/contestants/contestant.go"),
        make: Make::CompileGo,
        rows: &[
            flat("go/os.ReadDir", KINDS),
            flat("go/os.ReadDir+Info", LOOKED_UP),
            tree("go/filepath.WalkDir", KINDS),
            tree("go/filepath.Walk", LOOKED_UP),
        ],
    },
];

impl Language {
    /// Makes the contestant in `folder`, and says how to start it.
    ///
    /// # Errors
    /// Why it cannot run here: a sentence.
    pub fn prepare(&self, folder: &Path) -> Result<Program, String> {
        let tool = self.programs.iter().find_map(|name| on_path(name));
        let tool = tool.ok_or_else(|| format!("{} is not on the PATH", self.programs.join(" or ")))?;
        let source = folder.join(self.file);
        fs::write(&source, self.source).map_err(|error| Error::new("write", &source, error).to_string())?;
        let out = folder.join(self.name);
        let started = |path: PathBuf, arguments: Vec<OsString>| Program::at(path, arguments, Renewal::Never);
        match self.make {
            Make::Interpret => Ok(started(tool, vec![source.into()])),
            Make::Compile => {
                compile(Command::new(&tool).arg("-O2").arg("-o").arg(&out).arg(&source))?;
                Ok(started(out, Vec::new()))
            }
            Make::CompileGo => {
                let cache = folder.join("go-cache");
                compile(Command::new(&tool).env("GOCACHE", cache).arg("build").arg("-o").arg(&out).arg(&source))?;
                Ok(started(out, Vec::new()))
            }
            Make::CompileJava => {
                compile(Command::new(&tool).arg("-d").arg(folder).arg(&source))?;
                let java = on_path("java").ok_or("java is not on the PATH")?;
                let class = self.file.trim_end_matches(".java");
                Ok(started(java, vec!["-cp".into(), folder.into(), class.into()]))
            }
        }
    }

    /// Its rows at `level` that can be asked for `want`: run by `worker`, or absent for a reason.
    pub fn ways(&self, level: Level, want: Want, worker: &Result<Program, String>) -> Vec<Way> {
        let fit = self.rows.iter().filter(|row| row.level == level && row.wants.contains(&want));
        fit.map(|row| {
            let name = row.name.to_owned();
            match worker {
                Ok(program) => Way::Foreign { name, program: program.clone(), projection: row.projection },
                Err(reason) => Way::Absent { name, reason: reason.clone() },
            }
        })
        .collect()
    }
}

/// Runs a compiler; of what it says, the first line is kept.
fn compile(command: &mut Command) -> Result<(), String> {
    let name = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{name}: {}", reason(&error)))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or("").to_owned();
    Err(format!("{name} failed ({}): {said}", output.status))
}
