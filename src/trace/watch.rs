//! Chooses a method, and watches a process with it.

use super::accounts::Trace;
use super::recorder::Recorder;
use super::scope::{Choice, Refused, Scope};
use super::tracer::Tracer;
use rustix::process::Pid;
use std::io;

/// A process being watched.
pub struct Watch {
    by: By,
    /// Why tracepoints, which also tell times, are not used.
    pub fallback: Option<Refused>,
}

enum By {
    Recorder(Recorder),
    Tracer(Tracer),
}

/// What was seen.
pub struct Seen {
    /// The calls.
    pub trace: Trace,
    /// How the process ended, as wait(2) says it, if the watcher waited for it.
    pub status: Option<i32>,
}

impl Watch {
    /// Watches `process`, all its threads and children.
    ///
    /// # Errors
    /// Why no chosen way is possible.
    pub fn attach(choice: Choice, process: Pid, scope: Scope) -> Result<Self, Refused> {
        let mut fallback = None;
        if choice != Choice::Ptrace {
            match Recorder::attach(process, scope) {
                Ok(recorder) => return Ok(Self { by: By::Recorder(recorder), fallback }),
                Err(refused) if choice == Choice::Tracepoints => return Err(refused),
                Err(refused) => fallback = Some(refused),
            }
        }
        match Tracer::attach(process, scope) {
            Ok(tracer) => Ok(Self { by: By::Tracer(tracer), fallback }),
            Err(refused) => Err(match fallback {
                Some(first) if first != refused => Refused(format!("{first}; {refused}")),
                _ => refused,
            }),
        }
    }

    /// Ends the recording; or waits for the traced window, or process, to end.
    ///
    /// # Errors
    /// When what was seen is not what was to be seen: in words.
    pub fn finish(self) -> io::Result<Seen> {
        match self.by {
            By::Recorder(recorder) => recorder.finish().map(|trace| Seen { trace, status: None }),
            By::Tracer(tracer) => tracer.finish().map(|traced| Seen { trace: traced.trace, status: traced.status }),
        }
    }
}
