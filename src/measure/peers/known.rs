//! The peers themselves.

use super::{Form, Peer, Switch};
use crate::measure::spec::Output;
use crate::strategy::Level;

const PATHS: Output = Output::Paths { fields: 0 };

const fn tree(arguments: &'static [&'static str], output: Output) -> Form {
    Form { level: Level::Tree, metadata: false, arguments, output }
}

const fn flat(arguments: &'static [&'static str], output: Output) -> Form {
    Form { level: Level::Directory, metadata: false, arguments, output }
}

const fn with_metadata(form: Form) -> Form {
    Form { metadata: true, ..form }
}

/// A program of its own name, asked for its version as most are, which has one thread or chooses.
const fn peer(name: &'static str, programs: &'static [(&'static str, &'static [&'static str])]) -> Peer {
    Peer { name, programs, version: &["--version"], says: name, since: None, threads: None, forms: &[] }
}

const FIND: &[Form] = &[
    tree(&["{}", "-mindepth", "1", "-print0"], PATHS),
    flat(&["{}", "-mindepth", "1", "-maxdepth", "1", "-print0"], PATHS),
    with_metadata(tree(&["{}", "-mindepth", "1", "-printf", FIELDS], Output::Paths { fields: 8 })),
    with_metadata(flat(&["{}", "-mindepth", "1", "-maxdepth", "1", "-printf", FIELDS], Output::Paths { fields: 8 })),
];

/// Mode, links, owner, group, size, seconds, inode, kind, as `ls -li` needs them.
const FIELDS: &str = "%m %n %U %G %s %T@ %i %y %p\\0";

const LS: &[Form] = &[
    tree(&["-A", "-U", "-R", "--zero", "{}"], Output::Sections),
    flat(&["-A", "-U", "--zero", "{}"], PATHS),
    // Long lines can't be taken apart with certainty.
    with_metadata(tree(&["-l", "-A", "-U", "-R", "{}"], Output::Nothing)),
    with_metadata(flat(&["-l", "-A", "-U", "{}"], Output::Nothing)),
];

/// -l: a file of several names is several entries.
const DU: &[Form] = &[
    with_metadata(tree(&["-a", "-l", "-0", "{}"], Output::Paths { fields: 1 })),
    with_metadata(tree(&["-s", "-l", "-B1", "{}"], BYTES)),
];

const BYTES: Output = Output::Usage { unit: 1 };

/// BusyBox has a language of its own for each of its programs, and one version.
const fn busybox(name: &'static str, program: &'static [(&'static str, &'static [&'static str])]) -> Peer {
    Peer { version: &["--help"], says: "BusyBox", ..peer(name, program) }
}

/// All of them.
pub const PEERS: &[Peer] = &[
    Peer { says: "GNU findutils", forms: FIND, ..peer("find", &[("find", &[])]) },
    Peer { says: "GNU coreutils", forms: LS, ..peer("ls", &[("ls", &[]), ("gnuls", &[])]) },
    Peer { says: "GNU coreutils", forms: DU, ..peer("du", &[("du", &[])]) },
    Peer {
        since: Some(((3, 0), "walks with several threads")),
        threads: Some(Switch::Joined("-j")),
        forms: FIND,
        ..peer("bfs", &[("bfs", &[])])
    },
    Peer {
        since: Some(((9, 0), "hands its directories from thread to thread by work stealing, several times as fast")),
        threads: Some(Switch::Apart("-j")),
        forms: &[
            // Without a pattern: "." needs a character, and some names have none.
            tree(&["--unrestricted", "--print0", "--search-path", "{}"], PATHS),
            flat(&["--unrestricted", "--print0", "--max-depth", "1", "--search-path", "{}"], PATHS),
        ],
        ..peer("fd", &[("fd", &[]), ("fdfind", &[])])
    },
    Peer {
        says: "ripgrep",
        since: Some(((14, 0), "hands its directories from thread to thread by work stealing")),
        threads: Some(Switch::Apart("-j")),
        forms: &[
            tree(&["--no-config", "--files", "-uuu", "--null", "{}"], Output::Files),
            flat(&["--no-config", "--files", "-uuu", "--null", "--max-depth", "1", "{}"], Output::Files),
        ],
        ..peer("rg", &[("rg", &[])])
    },
    Peer {
        threads: Some(Switch::Apart("-j")),
        forms: &[tree(&["-H", "-I", "-0", ".", "{}"], PATHS), flat(&["-H", "-I", "-0", "-d", "1", ".", "{}"], PATHS)],
        ..peer("fdf", &[("fdf", &[])])
    },
    Peer {
        forms: &[
            // A link's line says where it leads, too.
            tree(&["-a", "-f", "-i", "-U", "-N", "--noreport", "{}"], Output::Guess),
            flat(&["-a", "-f", "-i", "-U", "-N", "-L", "1", "--noreport", "{}"], Output::Guess),
        ],
        ..peer("tree", &[("tree", &[])])
    },
    Peer {
        forms: &[
            tree(&["--oneline", "--all", "--recurse", "--sort=none", "--color=never", "{}"], Output::Nothing),
            flat(&["--oneline", "--all", "--sort=none", "--color=never", "{}"], Output::Nothing),
            with_metadata(tree(
                &["--long", "--all", "--recurse", "--sort=none", "--color=never", "{}"],
                Output::Nothing,
            )),
            with_metadata(flat(&["--long", "--all", "--sort=none", "--color=never", "{}"], Output::Nothing)),
        ],
        ..peer("eza", &[("eza", &[])])
    },
    Peer {
        forms: &[
            tree(&["--ignore-config", "-1", "-A", "-U", "-R", "--icon=never", "--color=never", "{}"], Output::Nothing),
            flat(&["--ignore-config", "-1", "-A", "-U", "--icon=never", "--color=never", "{}"], Output::Nothing),
            with_metadata(tree(
                &["--ignore-config", "-l", "-A", "-U", "-R", "--icon=never", "--color=never", "{}"],
                Output::Nothing,
            )),
            with_metadata(flat(
                &["--ignore-config", "-l", "-A", "-U", "--icon=never", "--color=never", "{}"],
                Output::Nothing,
            )),
        ],
        ..peer("lsd", &[("lsd", &[])])
    },
    Peer {
        says: "uutils",
        forms: &[
            // Its --zero came late, and its names are as they are where no terminal reads them.
            tree(&["-1", "-A", "-U", "-R", "{}"], Output::Nothing),
            flat(&["-1", "-A", "-U", "{}"], Output::Guess),
            with_metadata(tree(&["-l", "-A", "-U", "-R", "{}"], Output::Nothing)),
            with_metadata(flat(&["-l", "-A", "-U", "{}"], Output::Nothing)),
        ],
        ..peer("uutils ls", &[("coreutils", &["ls"]), ("uu_ls", &[]), ("uu-ls", &[]), ("ls", &[])])
    },
    Peer {
        says: "uutils",
        forms: &[with_metadata(tree(&["-s", "-l", "-B1", "{}"], BYTES))],
        ..peer("uutils du", &[("coreutils", &["du"]), ("uu_du", &[]), ("uu-du", &[]), ("du", &[])])
    },
    Peer {
        forms: &[
            tree(&["{}", "-mindepth", "1", "-print0"], PATHS),
            flat(&["{}", "-mindepth", "1", "-maxdepth", "1", "-print0"], PATHS),
        ],
        ..busybox("busybox find", &[("busybox", &["find"])])
    },
    Peer {
        forms: &[
            // It sorts whatever it is asked for, and has lines only.
            tree(&["-1", "-A", "-R", "{}"], Output::Nothing),
            flat(&["-1", "-A", "{}"], Output::Guess),
            with_metadata(tree(&["-l", "-n", "-A", "-R", "{}"], Output::Nothing)),
            with_metadata(flat(&["-l", "-n", "-A", "{}"], Output::Nothing)),
        ],
        ..busybox("busybox ls", &[("busybox", &["ls"])])
    },
    Peer {
        forms: &[with_metadata(tree(&["-s", "-l", "-k", "{}"], Output::Usage { unit: 1024 }))],
        ..busybox("busybox du", &[("busybox", &["du"])])
    },
    Peer {
        says: "Dust",
        threads: Some(Switch::Apart("-T")),
        forms: &[with_metadata(tree(&["-d", "0", "-n", "1", "-P", "-b", "-c", "-o", "b", "{}"], BYTES))],
        ..peer("dust", &[("dust", &[])])
    },
    Peer {
        threads: Some(Switch::Apart("-t")),
        forms: &[with_metadata(tree(
            &["--format", "bytes", "--count-hard-links", "aggregate", "{}"],
            Output::UsageTotal,
        ))],
        ..peer("dua", &[("dua", &[])])
    },
    Peer {
        threads: Some(Switch::Apart("--threads")),
        forms: &[with_metadata(tree(&["--bytes-format=plain", "--max-depth=1", "{}"], BYTES))],
        ..peer("pdu", &[("pdu", &[])])
    },
    Peer {
        threads: Some(Switch::Apart("-j")),
        forms: &[with_metadata(tree(&["{}"], BYTES))],
        ..peer("diskus", &[("diskus", &[])])
    },
    Peer {
        threads: Some(Switch::Apart("-m")),
        says: "Version",
        // It takes each directory for 4096 bytes, whatever its size.
        forms: &[with_metadata(tree(&["-n", "-p", "-s", "-c", "--no-prefix", "{}"], Output::Nothing))],
        ..peer("gdu", &[("gdu", &[])])
    },
];
