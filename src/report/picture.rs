//! Charts as pictures, for other people's slides: PNG, drawn by resvg.
//!
//! The font comes with the program (DejaVu Sans, free to embed), so that a picture is the same on every machine, one
//! without any font included.
//!
//! The feature `png` brings both, since few need them and everybody would wait for their build.

use super::Unrenderable;
use super::chart::Chart;
#[cfg(feature = "png")]
use {
    super::chart::Frame,
    resvg::{tiny_skia, usvg},
    std::sync::Arc,
};

/// Pixels per unit: makes a chart that is 1,263 units wide sharp on a 4K projector.
#[cfg(feature = "png")]
const SCALE: f32 = 2.0;

/// Says what to do instead.
#[cfg(not(feature = "png"))]
pub(super) fn png(_: &Chart) -> Result<Vec<u8>, Unrenderable> {
    let how = "`cargo install --path . --features png` builds one with it; --format svg needs nothing";
    Err(Unrenderable(format!("this fsbench was built without png: {how}")))
}

/// The chart as PNG.
#[cfg(feature = "png")]
pub(super) fn png(chart: &Chart) -> Result<Vec<u8>, Unrenderable> {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    fonts.load_font_data(dejavu::sans::bold().to_vec());
    let options =
        usvg::Options { font_family: "DejaVu Sans".to_owned(), fontdb: Arc::new(fonts), ..Default::default() };
    let failed = |what: &dyn std::fmt::Display| Unrenderable(format!("chart {}: {what}", chart.slug));
    let tree = usvg::Tree::from_str(&chart.svg(&Frame::ALONE), &options).map_err(|error| failed(&error))?;
    let size = tree.size().to_int_size();
    let pixels = |side: u32| (side as f32 * SCALE) as u32;
    let mut picture = tiny_skia::Pixmap::new(pixels(size.width()), pixels(size.height()))
        .ok_or_else(|| failed(&"too large for a picture"))?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(SCALE, SCALE), &mut picture.as_mut());
    picture.encode_png().map_err(|error| failed(&error))
}
