//! A maildir: `cur`, `new` and `tmp`, and names of about 90 bytes. Nine in ten messages are in `cur`, none in `tmp`.
//! Of fewer than three entries all are directories.

use super::{Layout, What, push};
use crate::tree::plan::directories;

pub(super) const LAYOUT: Layout = Layout {
    skeleton: |entries, _| {
        let count = entries.min(3);
        directories(&vec![0; count as usize], entries - count, |index| match index {
            1 => 9,
            2 => 1,
            _ => 0,
        })
    },
    directory: |_, dir, out| {
        out.extend_from_slice(["cur", "new", "tmp"].get(dir.nth as usize).copied().unwrap_or("more").as_bytes());
    },
    file: |stream, nth, out| {
        let second = 1_400_000_000 + u64::from(nth) * 37 + u64::from(stream.below(37));
        let (micros, inode, size) = (stream.below(1_000_000), stream.below(u32::MAX), 400 + stream.below(90_000));
        push(out, format_args!("{second}.M{micros:06}P{}V000000000000FD01I{inode:016X}", 300 + stream.below(32_000)));
        let flags = stream.pick(&["", "S", "RS", "FS"]);
        push(out, format_args!("_{nth}.mail.example.org,S={size},W={}:2,{flags}", size + size / 40));
        What::File
    },
};
