//! Like node_modules: packages of a few tiny directories, some with packages of their own; five entries a directory.

use super::{Layout, What, push};
use crate::tree::plan::directories;
use crate::tree::random::Stream;

/// How far a package reaches below the root.
const DEPTH: u8 = 12;

pub(super) const LAYOUT: Layout = Layout {
    skeleton: |entries, stream| {
        let count = entries / 5;
        let parents = parents(count, stream);
        // From one file a directory to seven; the root has none.
        directories(&parents, entries - count, |index| u64::from(index > 0) * (1 + u64::from(stream.below(7))))
    },
    directory: |stream, dir, out| {
        const INNER: [&str; 6] = ["lib", "dist", "node_modules", "src", "test", "esm"];
        match INNER.get(dir.nth as usize) {
            Some(inner) if dir.parent != 0 => out.extend_from_slice(inner.as_bytes()),
            _ => {
                stream.word(1, 3, out);
                push(out, format_args!("-{}", dir.nth));
            }
        }
    },
    file: |stream, nth, out| {
        const USUAL: [&str; 6] = ["package.json", "index.js", "README.md", "LICENSE", "index.d.ts", "index.js.map"];
        match USUAL.get(nth as usize) {
            Some(usual) => out.extend_from_slice(usual.as_bytes()),
            None => {
                stream.word(1, 3, out);
                push(out, format_args!(".{nth}.js"));
            }
        }
        What::File
    },
};

/// Two in five directories begin a package in the root; the others go into one of the last eight.
fn parents(count: u32, stream: &mut Stream) -> Vec<u32> {
    let mut parents = Vec::with_capacity(count as usize);
    let mut depths = vec![0u8];
    for dir in 0..count {
        let recent = if stream.below(5) < 2 { 0 } else { dir - stream.below(dir.min(8)) };
        let depth = depths[recent as usize];
        let (parent, depth) = if depth + 2 > DEPTH { (0, 0) } else { (recent, depth) };
        depths.push(depth + 1);
        parents.push(parent);
    }
    parents
}
