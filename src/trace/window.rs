//! The window: between which two moments calls are counted.
//!
//! A worker marks its listing: it calls getppid(2) right before and right after. The call needs no argument, changes
//! nothing, is in every language's library, and no listing has a use for it. So the count is exactly the listing's by
//! construction: what the protocol itself costs (reading the request, writing the answer) lies outside, and nothing has
//! to be subtracted. Enabling a counter for the listing alone would not do: it takes two more messages, whose reads and
//! writes are then inside.

use super::name;

/// Which calls count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// All.
    Whole,
    /// Those that return between the first two calls of getppid(2), without these.
    Marked,
}

/// A window, and where in time we are.
#[derive(Debug)]
pub(super) struct Gate {
    window: Window,
    marks: u32,
}

impl Gate {
    pub(super) fn new(window: Window) -> Self {
        Self { window, marks: 0 }
    }

    /// Whether this call, the next one to return, counts.
    pub(super) fn admits(&mut self, number: i64) -> bool {
        match self.window {
            Window::Whole => true,
            Window::Marked if number == name::MARK => {
                self.marks += 1;
                false
            }
            Window::Marked => self.marks == 1,
        }
    }

    /// Whether no later call can count.
    pub(super) fn is_over(&self) -> bool {
        self.window == Window::Marked && self.marks >= 2
    }

    /// Whether it was passed from one end to the other; the whole is, however it ends.
    pub(super) fn is_complete(&self) -> bool {
        self.window == Window::Whole || self.marks == 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calls_between_the_marks_count() {
        let mut gate = Gate::new(Window::Marked);
        let admitted = [0, name::MARK, 1, 2, name::MARK, 3].map(|number| gate.admits(number));
        assert_eq!(admitted, [false, false, true, true, false, false]);
        assert!(gate.is_over() && gate.is_complete());
    }

    #[test]
    fn a_window_that_was_never_closed_is_not_complete() {
        let mut gate = Gate::new(Window::Marked);
        gate.admits(name::MARK);
        assert!(!gate.is_complete());
    }
}
