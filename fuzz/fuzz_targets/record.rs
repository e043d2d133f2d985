//! A record, as `fsbench report` reads it, in every form: refused or shown, never a panic, never anything that acts on a
//! terminal.

#![no_main]

use fsbench::escape::acts;
use fsbench::measure::Record;
use fsbench::report::{Collection, Document, Format, Kernel, Named, Pictures, Width, make, pictures, render};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(record) = serde_json::from_slice::<Record>(bytes) else { return };
    for format in [Format::Table, Format::Markdown, Format::Csv, Format::Json] {
        render(&record, format, Kernel::Shown, Width::Columns(100));
    }
    let collection = Collection::new(vec![Named { name: "a".to_owned(), record }]);
    for document in [Document::Markdown, Document::Html, Document::Slides, Document::Csv] {
        let text = make(&collection, document, &[]).unwrap_or_default();
        assert!(!text.contains(|c| acts(c) && !matches!(c, '\n' | '\t')));
    }
    // Refused or drawn.
    let _ = pictures(&collection, Pictures::Svg);
});
