//! A record, as `fsbench report` reads it, in every form: refused or shown, never a panic, never anything that acts on a
//! terminal.

#![no_main]

use fsbench::escape::acts;
use fsbench::measure::Record;
use fsbench::report::{
    Collection, Detail, Document, Format, Kernel, Made, Named, Paint, Pictures, Screen, Width, make, render,
};
use libfuzzer_sys::fuzz_target;

const SCREEN: Screen = Screen { width: Width::Columns(100), paint: Paint::Plain, detail: Detail::Full };

fuzz_target!(|bytes: &[u8]| {
    let Ok(record) = serde_json::from_slice::<Record>(bytes) else { return };
    for format in [Format::Table, Format::Markdown, Format::Csv, Format::Json] {
        render(&record, format, Kernel::Shown, &SCREEN);
    }
    let collection = Collection::new(vec![Named { name: "a".to_owned(), record }]);
    let tables = [Format::Table, Format::Markdown, Format::Csv, Format::Json].map(Document::Tables);
    let others = [Document::Html, Document::Slides, Document::Pictures(Pictures::Svg)];
    for document in tables.into_iter().chain(others) {
        // Refused or made.
        if let Ok(Made::Text(text)) = make(&collection, document, &[], &SCREEN) {
            assert!(!text.contains(|c| acts(c) && !matches!(c, '\n' | '\t')));
        }
    }
});
