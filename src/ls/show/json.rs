//! `--json`: one object an entry, a line each, holding what the options asked for.
//!
//! Names are strings where they are UTF-8; where not, the string has U+FFFD in place of what is none, and `name_hex`
//! the exact bytes. Times are seconds, with all nine digits of their fraction; sizes are bytes.

use crate::escape::append_json;
use crate::list::Kind;
use crate::ls::ask::options::{Format, Options, Stamp};
use crate::ls::read::owners::{IdKind, OwnerCache};
use crate::ls::read::table::{Mark, NO_TIME, Shown};

/// Appends an entry's object, without the end of the line.
pub(crate) fn append(
    shown: &Shown<'_>,
    directory: &[u8],
    options: &Options,
    owners: &mut OwnerCache<'_>,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(b"{\"directory\":");
    text("directory", directory, out);
    out.extend_from_slice(b",\"name\":");
    text("name", shown.name, out);
    if shown.kind != Kind::Unknown {
        field("kind", word(shown.kind).as_bytes(), out);
    }
    if let Some(cell) = shown.cell {
        number("mode", u64::from(cell.mode) & 0o7777, out);
        if options.inode {
            number("inode", cell.ino, out);
        }
        if options.blocks || options.format == Format::Long {
            number("disk_bytes", cell.blocks_512.saturating_mul(512), out);
        }
        if options.format == Format::Long {
            number("links", cell.links.into(), out);
            for (of, id, key, name) in
                [(IdKind::User, cell.uid, "uid", "user"), (IdKind::Group, cell.gid, "gid", "group")]
            {
                number(key, id.into(), out);
                let named = owners.get(of, id);
                if named.is_name {
                    field(name, &named.text, out);
                }
            }
            if matches!(shown.kind, Kind::Block | Kind::Character) {
                number("major", cell.device.major.into(), out);
                number("minor", cell.device.minor.into(), out);
            } else {
                number("size_bytes", cell.size_bytes, out);
            }
            if cell.nanos != NO_TIME {
                let key = match options.stamp {
                    Stamp::Modified => "modified",
                    Stamp::Changed => "changed",
                    Stamp::Accessed => "accessed",
                    Stamp::Born => "born",
                };
                out.extend_from_slice(format!(",\"{key}\":{}.{:09}", cell.seconds, cell.nanos).as_bytes());
            }
            if cell.mark != Mark::None {
                let mark: &[u8] = if cell.mark == Mark::Acl { b"acl" } else { b"context" };
                field("mark", mark, out);
            }
        }
    }
    if let Some(link) = shown.link {
        field("target", link.target, out);
    }
    if let Some(context) = shown.context {
        field("context", context, out);
    }
    out.push(b'}');
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Unknown => "unknown",
        Kind::File => "file",
        Kind::Directory => "directory",
        Kind::Symlink => "link",
        Kind::Fifo => "fifo",
        Kind::Socket => "socket",
        Kind::Block => "block device",
        Kind::Character => "character device",
    }
}

fn number(key: &str, value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
    out.extend_from_slice(crate::ls::text::human::decimal(value.into(), &mut [0; 40]));
}

fn field(key: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
    text(key, value, out);
}

/// A string, and its bytes under another key where it is not UTF-8.
fn text(key: &str, value: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for chunk in value.utf8_chunks() {
        append_json(chunk.valid(), out);
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    out.push(b'"');
    if std::str::from_utf8(value).is_err() {
        out.extend_from_slice(format!(",\"{key}_hex\":\"").as_bytes());
        for byte in value {
            out.extend_from_slice(format!("{byte:02x}").as_bytes());
        }
        out.push(b'"');
    }
}
