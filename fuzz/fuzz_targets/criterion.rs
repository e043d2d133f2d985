//! What Criterion leaves behind, as `fsbench report --criterion` reads it: the first line's bytes are a benchmark's name, the
//! rest its samples.

#![no_main]

use fsbench::bench::Saved;
use fsbench::report::{Format, Screen, criterion};
use libfuzzer_sys::fuzz_target;
use std::fs;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().unwrap();
    let new = folder.path().join("group/function/new");
    fs::create_dir_all(&new).unwrap();
    let (id, sample) = bytes.iter().position(|&byte| byte == b'\n').map_or((bytes, &b""[..]), |at| bytes.split_at(at));
    fs::write(new.join("benchmark.json"), id).unwrap();
    fs::write(new.join("sample.json"), sample).unwrap();
    if let Ok(saved) = Saved::read(folder.path(), "new") {
        for format in [Format::Table, Format::Markdown, Format::Csv] {
            criterion::tell(&saved, format, &Screen::PIPE);
            criterion::compare(&saved, &saved, format, &Screen::PIPE);
        }
    }
});
