//! Trees that a command makes for itself, in a temporary folder that is removed at its end.

use super::leftover::Temporary;
use super::progress::Progress;
use super::{Failed, target};
use fsbench::error::Error;
use fsbench::interrupt::Interrupt;
use fsbench::measure::Target;
use fsbench::strategy::Level;
use fsbench::tree::{self, Shape, Spec};

/// A temporary folder with trees in it.
pub(super) struct Scratch {
    folder: Temporary,
}

impl Scratch {
    /// A new folder below the system's temporary one (TMPDIR).
    pub(super) fn new() -> Result<Self, Failed> {
        Ok(Self { folder: Temporary::new()? })
    }

    /// Makes a tree in it.
    pub(super) fn tree(
        &self,
        spec: Spec,
        level: Level,
        progress: &mut Progress,
        interrupt: &Interrupt,
    ) -> Result<Target, Failed> {
        let root = self.folder.path().join(spec.shape.to_string());
        progress.start("creating", spec.entries);
        let bar = progress.bar();
        let made = tree::generate(&root, &spec, &|made| bar.set_position(made), interrupt.flag());
        interrupt.check()?;
        made.map_err(Error::from)?;
        let shape = target::described(&spec);
        Ok(Target { named: root.clone(), root, level, shape: Some(shape), made: None })
    }

    /// The tree to make if none was named: small enough for a first answer within a minute.
    pub(super) fn usual(level: Level, entries: Option<u64>, seed: u64) -> Spec {
        let (shape, usual) = match level {
            Level::Directory => (Shape::Flat, 20_000),
            Level::Tree => (Shape::Source, 50_000),
        };
        Spec { shape, entries: entries.unwrap_or(usual), seed }
    }
}
