//! What the kernel writes and we decode: the oracle's records of getdents64, and items of btrfs's tree search. Whatever
//! the bytes, decoding ends and stays within them; records that were encoded come back as they were.

#![no_main]

use fsbench::sys::btrfs::Items;
use fsbench::sys::getdents::{Record, first_record};
use fsbench::walk::btrfs::items::{DirItem, meta};
use libfuzzer_sys::fuzz_target;
use std::ffi::CString;

/// As fs/readdir.c writes a record: its header, the name, its NUL, and what rounds it up to eight bytes.
fn encode(record: &Record<'_>, out: &mut Vec<u8>) {
    let name = record.name.to_bytes_with_nul();
    let length = (19 + name.len()).next_multiple_of(8);
    let end = out.len() + length;
    out.extend_from_slice(&[0xa5; 16]);
    out.extend_from_slice(&u16::try_from(length).unwrap().to_ne_bytes());
    out.push(record.d_type);
    out.extend_from_slice(name);
    out.resize(end, 0x5a);
}

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    while let Some((_, after)) = first_record(rest) {
        assert!(after.len() < rest.len());
        rest = after;
    }

    let names: Vec<CString> =
        bytes.split(|&byte| byte == 0).map(|name| CString::new(&name[..name.len().min(255)]).unwrap()).collect();
    let records: Vec<Record<'_>> = names
        .iter()
        .map(|name| Record { d_type: name.to_bytes().first().copied().unwrap_or_default(), name })
        .collect();
    let mut encoded = Vec::new();
    records.iter().for_each(|record| encode(record, &mut encoded));
    let mut rest = &encoded[..];
    for record in &records {
        let (read, after) = first_record(rest).unwrap();
        assert_eq!(&read, record);
        rest = after;
    }
    assert!(rest.is_empty());

    for item in Items::new(bytes, u32::MAX) {
        if let Some(entry) = DirItem::decode(item.bytes) {
            assert!(entry.name.len() + 30 <= item.bytes.len());
        }
        meta(item.bytes, item.key.object, 1, 4096);
    }
});
