//! An executor without processes: workers that answer at once, on a clock that only listing moves.

use crate::list::{digest::Digest, tally::Tally};
use crate::measure::executor::{Conversation, Executor};
use crate::measure::oracle::{Look, Truths};
use crate::measure::process::{NoAnswer, Offsets, Patience, Program};
use crate::measure::protocol::{Answer, Request, Sample, Verified};
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

/// What a listing takes: long enough that a sample is one listing, and none comes before it off the clock.
pub(super) const LISTING: Duration = Duration::from_millis(50);

/// How many entries the tree has.
pub(super) const ENTRIES: u64 = 16;

/// Of a program that cannot be started.
pub(super) const MISSING: &str = "missing";

/// The oracle, among those that are asked.
pub(super) const ORACLE: &str = "oracle";

/// What was asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// A strategy, or [`ORACLE`].
    pub(super) whom: String,
    pub(super) request: Request,
    /// The how many'th request of its kind to this one, from 1.
    pub(super) nth: usize,
    /// How long it may take.
    pub(super) limit: Option<Duration>,
}

/// What a script answers in place of what was asked for; `None` leaves it to the mock.
pub(super) type Reply = Option<Result<Answer, NoAnswer>>;

type Script = dyn Fn(&Asked, &mut Patience<'_>) -> Reply;

/// The executor. Its parts are shared with its workers.
#[derive(Clone)]
pub(super) struct Mock {
    clock: Rc<Cell<Duration>>,
    asked: Rc<RefCell<Vec<Asked>>>,
    script: Rc<Script>,
}

impl Mock {
    /// One whose workers all do their work.
    pub(super) fn new() -> Self {
        Self::scripted(|_, _| None)
    }

    pub(super) fn scripted(script: impl Fn(&Asked, &mut Patience<'_>) -> Reply + 'static) -> Self {
        Self { clock: Rc::default(), asked: Rc::default(), script: Rc::new(script) }
    }

    /// All that was asked, in its order.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.borrow().clone()
    }

    /// Whom samples were taken of, in their order.
    pub(super) fn sampled(&self) -> Vec<String> {
        let asked = self.asked().into_iter();
        asked.filter(|asked| matches!(asked.request, Request::Sample { .. })).map(|asked| asked.whom).collect()
    }
}

impl Executor for Mock {
    fn start(&self, program: &Program, _: Option<&mut Offsets>) -> io::Result<Box<dyn Conversation>> {
        if program.path == Path::new(MISSING) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Box::new(Worker { mock: self.clone(), whom: ORACLE.to_owned() }))
    }

    fn now(&self) -> Duration {
        self.clock.get()
    }
}

struct Worker {
    mock: Mock,
    /// The oracle until a case is opened.
    whom: String,
}

impl Conversation for Worker {
    fn ask(&mut self, request: &Request, patience: &mut Patience<'_>) -> Result<Answer, NoAnswer> {
        if let Request::Open(open) = request {
            self.whom.clone_from(&open.strategy);
        }
        let asked = {
            let mut all = self.mock.asked.borrow_mut();
            let kind = std::mem::discriminant(request);
            let is_same = |other: &&Asked| other.whom == self.whom && std::mem::discriminant(&other.request) == kind;
            let nth = all.iter().filter(is_same).count() + 1;
            let asked = Asked { whom: self.whom.clone(), request: request.clone(), nth, limit: patience.limit };
            all.push(asked.clone());
            asked
        };
        let reply = (self.mock.script)(&asked, patience);
        let answer = reply.unwrap_or_else(|| {
            Ok(match request {
                Request::Open(_) => Answer::Opened { worker: "mock".to_owned() },
                Request::Verify => verified(ENTRIES),
                Request::Sample { iterations } => sampled(LISTING * *iterations),
                Request::Step(_) => Answer::Done,
                Request::Look(look) => Answer::Looked(truths(look, ENTRIES, 0)),
                _ => Answer::Failed("the mock has no answer".to_owned()),
            })
        });
        if let Ok(Answer::Sampled(sample)) = &answer {
            self.mock.clock.set(self.mock.clock.get() + Duration::from_nanos(sample.wall_ns));
        }
        answer
    }
}

fn tally(entries: u64) -> Tally {
    Tally { entries, ..Tally::default() }
}

/// The answer of a worker that saw so many entries.
pub(super) fn verified(entries: u64) -> Answer {
    Answer::Verified(Verified {
        tally: tally(entries),
        digest: Some(Digest(entries)),
        errors: Vec::new(),
        ignored: None,
    })
}

/// The answer of a worker that took so long.
pub(super) fn sampled(wall: Duration) -> Answer {
    let wall_ns = u64::try_from(wall.as_nanos()).unwrap();
    let counters = Default::default();
    let tally = tally(ENTRIES);
    let sample = Sample { wall_ns, user_ns: 0, sys_ns: 0, peak_bytes: None, tally, other_tally: None, counters };
    Answer::Sampled(Box::new(sample))
}

/// What the oracle answers that saw so many entries, in directories that were changed at `changes`.
pub(super) fn truths(look: &Look, entries: u64, changes: u64) -> Truths {
    let truth = json!({ "digest": Digest(entries), "tally": tally(entries) });
    let answers: Vec<_> = look.questions.iter().map(|question| json!([question, truth])).collect();
    let changes = Digest(changes);
    let none: [&str; 0] = [];
    let all = json!({ "answers": answers, "errors": none, "directories": 1, "changes": changes, "ambiguous": none });
    serde_json::from_value(all).unwrap()
}
