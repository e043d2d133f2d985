//! A worker for fsbench in Rust: std::fs.    rustc -O worker.rs && fsbench compare DIR --worker mine=./worker
use std::io::{self, BufRead, Error, Write};
use std::os::unix::{ffi::OsStrExt, fs::FileTypeExt as _, process::parent_id};
use std::{fs, path::Path, path::PathBuf, time::Instant};

#[derive(Default)]
struct Tally { entries: usize, name_bytes: usize, kinds: [usize; 8], errors: usize }

struct Case { root: PathBuf, kinds: bool, deep: bool }

fn list(dir: &Path, case: &Case, tally: &mut Tally) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let (fifo, socket) = (kind.is_fifo(), kind.is_socket());
        let is = [kind.is_file(), kind.is_dir(), kind.is_symlink(), fifo, socket, kind.is_block_device(), kind.is_char_device()];
        tally.entries += 1;
        tally.name_bytes += entry.file_name().as_bytes().len();
        tally.kinds[is.iter().position(|is| *is).map_or(0, |place| place + 1)] += usize::from(case.kinds);
        if kind.is_dir() && case.deep && list(&entry.path(), case, tally).is_err() {
            tally.errors += 1;
        }
    }
    Ok(())
}

fn listing(case: &Case) -> io::Result<String> {
    let mut tally = Tally::default();
    list(&case.root, case, &mut tally)?;
    let Tally { entries, name_bytes, kinds, errors } = tally;
    Ok(format!(r#"{{"entries":{entries},"name_bytes":{name_bytes},"kinds":{kinds:?},"size_bytes":0,"errors":{errors}}}"#))
}

/// A root that is not plain UTF-8 has a backslash in it, or is no string: not for us.
fn open(request: &str) -> Option<Case> {
    let (root, _) = request.split_once(r#""root":""#)?.1.split_once('"')?;
    let can = !root.contains('\\') && !request.contains(r#""metadata""#);
    let (kinds, deep) = (request.contains(r#""want":"kinds""#), request.contains(r#""level":"tree""#));
    can.then(|| Case { root: root.into(), kinds, deep })
}

fn answer(request: &str, case: &mut Option<Case>) -> io::Result<String> {
    if request.starts_with(r#"{"open""#) {
        *case = open(request);
        let refused = r#"{"unsupported":"names and kinds, of a plain root"}"#;
        return Ok(if case.is_some() { r#"{"opened":{"worker":"my worker 1.0"}}"# } else { refused }.to_owned());
    }
    let case = case.as_ref().ok_or(Error::other("nothing is open"))?;
    let iterations = request.strip_prefix(r#"{"sample":{"iterations":"#).and_then(|rest| rest.trim_end_matches('}').parse().ok());
    let _ = parent_id(); // getppid: system calls are counted from here ...
    let start = Instant::now();
    let tallies = (0..iterations.unwrap_or(1)).map(|_| listing(case)).collect::<io::Result<Vec<_>>>();
    let wall = start.elapsed().as_nanos();
    let _ = parent_id(); // ... to here
    let tally = &tallies?[0];
    Ok(match request {
        r#""verify""# => format!(r#"{{"verified":{{"tally":{tally},"digest":null,"errors":[]}}}}"#),
        r#""count""# => format!(r#"{{"counted":{tally}}}"#),
        _ => format!(r#"{{"sampled":{{"wall_ns":{wall},"user_ns":0,"sys_ns":0,"tally":{tally}}}}}"#),
    })
}

fn main() -> io::Result<()> {
    std::env::set_current_dir("/")?;
    let mut case = None;
    for request in io::stdin().lock().lines() {
        let said = answer(&request?, &mut case).unwrap_or_else(|error| format!(r#"{{"failed":"{error}"}}"#));
        writeln!(io::stdout(), "{said}")?;
    }
    Ok(())
}
