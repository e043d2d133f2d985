//! A terminal's output as a picture: reads text with colors from standard input, writes SVG to standard output.
//!
//! ```sh
//! fsbench report warm.json --color always --format table | cargo run --example screenshot >warm.svg
//! ```
//!
//! `scripts/screenshot` does that for a terminal of a chosen width.

use anstyle_svg::{Term, VGA};
use std::io::{self, Read, Write};

fn main() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let term = Term::new().palette(VGA).min_width_px(680);
    io::stdout().write_all(term.render_svg(text.trim_end()).as_bytes())
}
