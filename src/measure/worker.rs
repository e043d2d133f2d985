//! `fsbench worker`: runs one case in a process of its own, and answers requests.
//!
//! A process each, since one strategy's threads (a shared descriptor table makes every `fd` lookup atomic), heap or
//! pool could tilt another's.

use super::command::OpenedCommand;
use super::counters::{Meter, Threads};
use super::difference::{Part, Parting, Parts};
use super::oracle::{self, Look};
use super::price::price;
use super::protocol::{Answer, Open, Request, Sample, Verified};
use super::serve::{Serve, mark, peak_bytes, reset_peak};
use crate::error::{Error, Unsupported};
use crate::escape;
use crate::list::{Options, Projection, Want, digest::Digests, tally::Tallies, tally::Tally};
use crate::strategy::{Level, Strategy};
use crate::walk::Run;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Serves requests until the input ends.
///
/// # Errors
/// The pipe's own.
pub fn serve(input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    isolate();
    // Before there is a second thread: its counters are inherited by the threads to come.
    let mut meter = Meter::open();
    let mut case: Option<Box<dyn Serve>> = None;
    for line in input.lines() {
        let answer = match serde_json::from_str(&line?) {
            Ok(Request::Open(open)) => match open_case(&open) {
                Ok(opened) => {
                    case = Some(opened);
                    Answer::Opened { worker: concat!("fsbench ", env!("CARGO_PKG_VERSION")).to_owned() }
                }
                Err(reason) => Answer::Unsupported(reason.to_string()),
            },
            Ok(request) => match (&mut case, request) {
                (_, Request::Look(look)) => look_for(&look),
                (_, Request::LookPart(look, part)) => look_for_part(&look, &part),
                (None, _) => Answer::Failed("nothing is open".to_owned()),
                (Some(case), Request::Sample { iterations }) => case.sample(iterations, &mut meter),
                (Some(case), Request::Count) => case.count(),
                (Some(case), Request::Part(part)) => case.part(&part),
                (Some(case), Request::Price) => case.price(),
                (Some(case), Request::Step(step)) => case.step(step),
                (Some(case), _) => case.verify(),
            },
            Err(error) => Answer::Failed(format!("not a request: {error}")),
        };
        output.write_all(escape::json_line(&answer)?.as_bytes())?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}

/// Ties the process to its parent and to nothing else. What fails here is no loss: the parent also kills its workers.
fn isolate() {
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    // A working directory in the tree would pin its caches.
    let _ = std::env::set_current_dir("/");
    raise_descriptor_limit();
}

/// Raises the soft limit of open descriptors to the hard one: a walker keeps one open a level.
pub fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}

/// The oracle, in a process of its own: a signal ends it in whatever call it waits.
fn look_for(look: &Look) -> Answer {
    match oracle::look(look, || Ok::<(), Error>(())) {
        Ok(truths) => Answer::Looked(truths),
        Err(error) => Answer::Failed(error.to_string()),
    }
}

fn look_for_part(look: &Look, part: &Part) -> Answer {
    let Some(&(want, projection)) = look.questions.first() else {
        return Answer::Failed("no question".to_owned());
    };
    let mut parting = Parting::new(part, want, projection);
    let seen = oracle::each(
        look,
        || Ok::<(), Error>(()),
        |_, seen| {
            if let Ok(entry) = seen {
                parting.entry(entry);
            }
        },
    );
    match seen {
        Ok(_) => Answer::Parted(parting.into_parted()),
        Err(error) => Answer::Failed(error.to_string()),
    }
}

fn open_case(open: &Open) -> Result<Box<dyn Serve>, Unsupported> {
    Ok(match &open.command {
        Some(command) => Box::new(OpenedCommand::new(open, command)?),
        None => Box::new(Opened::new(open)?),
    })
}

/// A strategy, opened.
struct Opened {
    run: Box<dyn Run>,
    root: PathBuf,
    want: Want,
    projection: Projection,
    threads: Threads,
    strategy: Strategy,
}

impl Opened {
    fn new(open: &Open) -> Result<Self, Unsupported> {
        let strategy = Strategy::by_name(&open.strategy)
            .ok_or_else(|| Unsupported(format!("this worker has no strategy '{}'", open.strategy).into()))?;
        let options = Options { threads: open.threads, entries: open.entries };
        let mut run = strategy.open(open.want, &options)?;
        let root = PathBuf::from(&open.root);
        let rehearsed = rehearse(run.as_mut(), open.want, Path::new("/proc/self/task"));
        run.prepare(&root)?;
        if rehearsed.is_err() {
            // A file system's own interface works there only.
            let _ = rehearse(run.as_mut(), open.want, &root);
        }
        let threads = if strategy.takes_threads() && open.threads > 1 { Threads::Many } else { Threads::One };
        let projection = strategy.projection(open.want);
        Ok(Self { run, root, want: open.want, projection, threads, strategy })
    }
}

/// Lists something small that lies on no disk, so that the code of a listing is in memory before the first that counts:
/// where caches are dropped before a sample, pages of the program that nobody has touched yet go too, and would be read
/// from the disk while the clock runs.
fn rehearse(run: &mut dyn Run, want: Want, root: &Path) -> Result<(), Error> {
    // What comes and goes there is no matter.
    run.run(root, want, &Tallies::default())
}

impl Serve for Opened {
    fn verify(&mut self) -> Answer {
        let sinks = Digests::new(self.want, self.projection);
        match self.run.run(&self.root, self.want, &sinks) {
            Ok(()) => {
                let (digest, seen) = sinks.into_seen();
                let errors = seen.errors.iter().map(ToString::to_string).collect();
                Answer::Verified(Verified {
                    tally: seen.tally.only(self.want),
                    digest: Some(digest),
                    errors,
                    ignored: None,
                })
            }
            Err(error) => Answer::Failed(error.to_string()),
        }
    }

    fn count(&mut self) -> Answer {
        mark();
        let sinks = Tallies::default();
        let outcome = self.run.run(&self.root, self.want, &sinks);
        let seen = sinks.into_seen().tally;
        mark();
        match outcome {
            Ok(()) => Answer::Counted(seen.only(self.want)),
            Err(error) => Answer::Failed(error.to_string()),
        }
    }

    fn price(&mut self) -> Answer {
        let (factors, walks) = (self.strategy.factors(self.want), self.strategy.level() == Level::Tree);
        let mut list = || self.run.run(&self.root, self.want, &Tallies::default());
        price(&self.root, &factors, walks, &mut list)
            .map_or_else(|error| Answer::Failed(error.to_string()), Answer::Priced)
    }

    fn sample(&mut self, iterations: u32, meter: &mut Meter) -> Answer {
        let (mut tally, mut other_tally): (Option<Tally>, Option<Tally>) = (None, None);
        let peak_is_fresh = reset_peak();
        let before = meter.start();
        let start = Instant::now();
        for _ in 0..iterations {
            let sinks = Tallies::default();
            if let Err(error) = self.run.run(&self.root, self.want, &sinks) {
                return Answer::Failed(error.to_string());
            }
            let seen = sinks.into_seen().tally;
            match &tally {
                None => tally = Some(seen),
                Some(first) if first.same_as(&seen) => {}
                Some(_) => other_tally = other_tally.or(Some(seen)),
            }
        }
        let wall_ns = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let spent = meter.stop(&before, self.threads);
        Answer::Sampled(Box::new(Sample {
            wall_ns,
            user_ns: spent.user_ns,
            sys_ns: spent.sys_ns,
            peak_bytes: peak_is_fresh.then(peak_bytes).flatten(),
            tally: tally.unwrap_or_default().only(self.want),
            other_tally: other_tally.map(|tally| tally.only(self.want)),
            counters: spent.counters,
        }))
    }

    fn part(&mut self, part: &Part) -> Answer {
        let sinks = Parts::new(part, self.want, self.projection);
        match self.run.run(&self.root, self.want, &sinks) {
            Ok(()) => Answer::Parted(sinks.into_parted()),
            Err(error) => Answer::Failed(error.to_string()),
        }
    }
}
