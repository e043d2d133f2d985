//! `fsbench-mpi compare`: the number of ranks as a sweep. It is fsbench that measures: each number is a command of `fsbench compare`, so rounds
//! are interleaved, ratios paired, and the record is one of fsbench's, with all its reports. A command's time includes what mpirun takes to
//! start and end its ranks.

use super::SERIOUS;
use clap::Args;
use fswalk::error::reason;
use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

/// Compare numbers of ranks: `fsbench compare` of `mpirun -n N fsbench-mpi count`
#[derive(Args)]
pub(super) struct Arguments {
    /// The tree
    dir: PathBuf,
    /// Numbers of ranks
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "1,2,4,8", value_parser = clap::value_parser!(u16).range(1..))]
    ranks: Vec<u16>,
    /// Threads that list, on each rank
    #[arg(long, value_name = "N")]
    threads: Option<u16>,
    /// What starts ranks, with its own options
    #[arg(long, value_name = "COMMAND", default_value = "mpirun")]
    mpirun: String,
    /// fsbench
    #[arg(long, value_name = "PROGRAM", default_value = "fsbench")]
    fsbench: PathBuf,
    /// Options of `fsbench compare`
    #[arg(last = true)]
    options: Vec<OsString>,
}

pub(super) fn run(arguments: &Arguments) -> u8 {
    let say = |message: String| {
        let _ = writeln!(io::stderr().lock(), "fsbench-mpi: {message}");
        SERIOUS
    };
    let me = match std::env::current_exe().map(PathBuf::into_os_string).map(OsString::into_string) {
        Ok(Ok(me)) => me.replace('\'', r"'\''"),
        Ok(Err(_)) => {
            return say("this program's path is not UTF-8, which `fsbench compare --command` wants".to_owned());
        }
        Err(error) => return say(format!("readlink '/proc/self/exe': {}", reason(&error))),
    };
    let threads = arguments.threads.map_or_else(String::new, |threads| format!(" --threads {threads}"));
    let mut command = Command::new(&arguments.fsbench);
    command.arg("compare").arg(&arguments.dir);
    for ranks in &arguments.ranks {
        let name = if *ranks == 1 { "1 rank".to_owned() } else { format!("{ranks} ranks") };
        command.args(["-n", &name]);
        command.arg("--command").arg(format!("{} -n {ranks} '{me}' count{threads} {{}}", arguments.mpirun));
    }
    command.args(&arguments.options);
    let error = command.exec();
    say(format!("exec '{}': {}", arguments.fsbench.display(), reason(&error)))
}
