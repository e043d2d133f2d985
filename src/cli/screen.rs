//! The screen that standard output is: how wide, whether it takes colors.

use fsbench::report::{Detail, Paint, Screen, Width};
use std::io::{self, IsTerminal};

/// Standard output, for so much detail. Colors go where the user wants them: --color, NO_COLOR, CLICOLOR_FORCE.
pub(super) fn screen(detail: Detail) -> Screen {
    let paint = match anstream::AutoStream::choice(&io::stdout()) {
        anstream::ColorChoice::Never => Paint::Plain,
        _ => Paint::Colors,
    };
    Screen { width: columns().map_or(Width::Any, Width::Columns), paint, detail }
}

/// Decides for the whole program when to color.
pub(super) fn set_color(when: clap::ColorChoice) {
    let choice = match when {
        clap::ColorChoice::Auto => anstream::ColorChoice::Auto,
        clap::ColorChoice::Always => anstream::ColorChoice::Always,
        clap::ColorChoice::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// Width of the terminal that standard output goes to; `None` if it is no terminal, or its width is unknown or useless.
fn columns() -> Option<u16> {
    let out = io::stdout();
    let size = out.is_terminal().then(|| rustix::termios::tcgetwinsize(&out).ok())?;
    size.map(|size| size.ws_col).filter(|&columns| columns >= 40)
}
