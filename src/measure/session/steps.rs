//! A session's ends: what sets commands up before all else, and what cleans up after them, whatever happened.

use super::Session;
use crate::measure::events::Stage;
use crate::measure::failure::Failure;
use crate::measure::running::Running;

impl<'s> Session<'s> {
    /// Runs what sets commands up. It may make what is listed: so the oracle looks after it.
    pub(super) fn set_up(&mut self) -> Result<(), Failure> {
        let due = self.indices(Running::wants_setup_or_cleanup);
        if !due.is_empty() {
            self.events.stage(Stage::Setup, due.len());
        }
        for index in due {
            self.events.step(&self.plan.cases[index].name(), None);
            self.on_case(index, Running::set_up)?;
        }
        Ok(())
    }

    /// Runs what cleans up after commands, however the session ended: a signal that came is not heeded here.
    pub(super) fn clean_up(&mut self) {
        let due = self.indices(Running::is_unclean);
        if !due.is_empty() {
            self.events.stage(Stage::Cleanup, due.len());
        }
        for index in due {
            let name = self.plan.cases[index].name();
            self.events.step(&name, None);
            self.on_case(index, |running, patience| {
                patience.interrupt = None;
                running.clean_up(patience);
            });
            if let Some(why) = &self.cases[index].unclean {
                self.events.unclean(&name, why);
            }
        }
    }

    fn indices(&self, is_due: impl Fn(&Running<'s>) -> bool) -> Vec<usize> {
        let cases = self.cases.iter().enumerate();
        cases.filter(|(_, running)| is_due(running)).map(|(index, _)| index).collect()
    }
}
