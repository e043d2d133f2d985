//! A walk finds what walkdir finds: the same paths, depths, kinds, links, inode numbers, metadata and errors, with every option, in every way of
//! asking and with any number of threads; where an order is promised, in walkdir's. Where the two differ on purpose, a test says so.

// What makes the trees, and looks at the process, is Linux's.
#![cfg(target_os = "linux")]

mod kit;

use fswalk::{Walk, Want};
use kit::alike::{Asks, DEFAULT, Item, Options, WAYS, assert_alike, assert_same, found, sorted, walk, walkdir};
use kit::process::{Alone, is_root, passes_as_an_ordinary_user, path_from_env};
use kit::trees::{self, Node, Tree, What};
use kit::{fixed, skip, threads};
use proptest::prelude::{Just, ProptestConfig, any, prop, proptest};
use proptest::prop_oneof;
use proptest::strategy::{BoxedStrategy, Strategy};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::slice::from_ref;

#[test]
fn an_ordinary_user_finds_what_walkdir_finds() {
    passes_as_an_ordinary_user(
        "an_ordinary_user_finds",
        &["a_directory_of_20_000_entries", "a_broad_tree", "a_deep_tree"],
    );
}

/// Whether a name has an even number of bytes: about half of all are refused, at any depth but the root's.
fn is_even(name: &OsStr, depth: usize) -> bool {
    depth > 0 && name.len().is_multiple_of(2)
}

/// Each option alone, and some together.
fn options() -> Vec<Options> {
    let mut all = vec![DEFAULT];
    for (min_depth, max_depth) in [(1, usize::MAX), (2, usize::MAX), (0, 0), (0, 1), (0, 2), (1, 1), (2, 3), (100, 200)]
    {
        all.push(Options { min_depth, max_depth, ..DEFAULT });
    }
    // Crossed bounds: the one that is set last gives way.
    for (min_depth, max_depth) in [(3, 1), (1, 0), (usize::MAX, 2)] {
        for max_first in [false, true] {
            all.push(Options { min_depth, max_depth, max_first, ..DEFAULT });
        }
    }
    all.push(Options { follow_links: true, ..DEFAULT });
    all.push(Options { follow_links: true, min_depth: 2, max_depth: 3, ..DEFAULT });
    all.push(Options { refuses: Some(is_even), ..DEFAULT });
    all.push(Options { refuses: Some(is_even), follow_links: true, min_depth: 1, ..DEFAULT });
    for asks in [Asks::Walk, Asks::Files, Asks::Entries] {
        all.push(Options { asks, ..DEFAULT });
        all.push(Options { asks, follow_links: true, ..DEFAULT });
    }
    all
}

/// The same, and options that look at file systems; an ordinary user's walkdir gives up entries that it cannot look up, and ours does
/// not.
fn options_where_all_can_be_searched() -> Vec<Options> {
    let mut all = options();
    all.push(Options { same_file_system: true, ..DEFAULT });
    all.push(Options { same_file_system: true, follow_links: true, ..DEFAULT });
    all.push(Options { same_file_system: true, asks: Asks::Walk, refuses: Some(is_even), ..DEFAULT });
    all
}

#[test]
fn an_empty_directory_is_found_alike() {
    let tree = trees::empty();
    for options in options_where_all_can_be_searched() {
        assert_alike(&[tree.path()], &options);
    }
}

#[test]
fn a_directory_of_20_000_entries_is_found_alike() {
    let tree = trees::flat(20_000, 50);
    let some = [DEFAULT, Options { refuses: Some(is_even), follow_links: true, asks: Asks::Walk, ..DEFAULT }];
    for options in some {
        assert_alike(&[tree.path()], &options);
    }
}

#[test]
fn a_deep_tree_is_found_alike() {
    let tree = trees::deep();
    for options in options_where_all_can_be_searched() {
        assert_alike(&[tree.path()], &options);
    }
}

#[test]
fn a_broad_tree_is_found_alike() {
    let tree = trees::broad();
    for options in options_where_all_can_be_searched() {
        assert_alike(&[tree.path()], &options);
    }
}

#[test]
fn links_are_found_alike() {
    let tree = trees::links();
    for options in options_where_all_can_be_searched() {
        assert_alike(&[tree.path()], &options);
    }
}

#[test]
fn names_of_any_bytes_are_found_alike() {
    let tree = trees::names();
    for options in options_where_all_can_be_searched() {
        assert_alike(&[tree.path()], &options);
    }
}

#[test]
fn fifos_sockets_and_devices_are_found_alike() {
    let tree = trees::special();
    for options in options_where_all_can_be_searched() {
        assert_alike(&[tree.path()], &options);
    }
}

#[test]
fn directories_without_rights_are_found_alike() {
    let tree = trees::closed();
    for options in options() {
        assert_alike(&[tree.path()], &options);
    }
}

#[test]
fn several_roots_are_found_alike_one_after_the_other() {
    let (first, second) = (trees::links(), trees::broad());
    let file = first.at("real/file");
    let roots = [second.path(), first.path(), file.as_path(), &first.at("none"), second.path(), &first.at("real")];
    for options in [
        DEFAULT,
        Options { max_depth: 1, ..DEFAULT },
        Options { follow_links: true, asks: Asks::Walk, ..DEFAULT },
        Options { same_file_system: true, ..DEFAULT },
    ] {
        assert_alike(&roots, &options);
    }
}

#[test]
fn a_missing_root_among_others_costs_that_root_alone() {
    let tree = trees::broad();
    let none = tree.at("none");
    for threads in threads() {
        for way in WAYS {
            let walk = Walk::new(&none).add(tree.path()).threads(threads);
            let items = sorted(found(&walk, Asks::Nothing, way));
            let mut expected = walkdir(&[tree.path().to_owned()], &DEFAULT, |walk| walk);
            expected.push(error(&none, 0, Errno::NOENT));
            assert_same(&items, &sorted(expected), &format!("{way:?} {threads:?}"));
        }
    }
}

#[test]
fn odd_roots_are_found_alike() {
    let tree = trees::links();
    let absolute = |below: &str| tree.path().join(below).into_os_string();
    let with = |text: &str, below: &str| {
        let mut root = OsString::from(text);
        root.push(tree.path().join(below));
        root
    };
    let slashes = |count: usize| {
        let mut root = tree.path().as_os_str().to_owned();
        root.push("/".repeat(count));
        root
    };
    let roots = [
        absolute("real/file"),
        absolute("to a file"),
        absolute("to a directory"),
        absolute("to a directory/"),
        absolute("chain of three"),
        absolute("none"),
        absolute("none/below"),
        absolute("real/file/"),
        absolute("real/file/below"),
        absolute("real/../real"),
        absolute("real/./deep"),
        absolute("real//deep"),
        absolute("real/.."),
        absolute("real/."),
        absolute("to a directory/.."),
        slashes(1),
        slashes(3),
        with("/", ""),
        with("//", "real"),
        OsString::from("x".repeat(300)),
        OsString::from("x/".repeat(3000)),
    ];
    for root in roots {
        for options in [
            DEFAULT,
            Options { follow_links: true, ..DEFAULT },
            Options { asks: Asks::Walk, max_depth: 1, ..DEFAULT },
            Options { same_file_system: true, ..DEFAULT },
        ] {
            let is_contents_of_a_link = !options.follow_links
                && Path::new(&root).symlink_metadata().is_ok_and(|meta| meta.is_symlink())
                && Path::new(&root).is_dir();
            if !is_contents_of_a_link {
                assert_alike(&[&root], &options);
                continue;
            }
            // Of these one order differs: see below.
            let expected = sorted(walkdir(&[root.clone().into()], &options, |walk| walk));
            for threads in threads() {
                for way in WAYS {
                    let walk = walk(&[root.clone().into()], &options).threads(threads);
                    assert_same(&sorted(found(&walk, options.asks, way)), &expected, &format!("{way:?} {root:?}"));
                }
            }
        }
    }
}

#[test]
fn relative_roots_are_found_alike() {
    let tree = Tree::new();
    tree.file("inner/a/file", 1);
    tree.file("inner/b", 1);
    tree.file("beside/file", 1);
    tree.link("inner/a", "link");
    Alone::new("relative_roots").in_folder(&tree.at("inner")).passes();
}

#[test]
#[ignore = "the test above runs it, in a folder of its own"]
fn relative_roots() {
    for root in
        [".", "./", "..", "../", "../inner", "a", "a/", "./a", "a/..", "b", "../link/", "none", "./.", "a/../.."]
    {
        assert_alike(&[root], &DEFAULT);
        assert_alike(&[root], &Options { follow_links: true, asks: Asks::Walk, ..DEFAULT });
        assert_alike(&[root], &Options { same_file_system: true, ..DEFAULT });
    }
}

#[test]
fn an_empty_root_is_not_found_and_its_error_has_no_path() {
    let missing = Item::Error { path: None, depth: 0, errno: Some(Errno::NOENT.raw_os_error()), ancestor: None };
    for threads in threads() {
        for way in WAYS {
            assert_eq!(found(&Walk::new("").threads(threads), Asks::Nothing, way), from_ref(&missing));
        }
    }
    assert_eq!(found(&Walk::new("").sort_by_file_name(), Asks::Nothing, kit::alike::Way::Iterator), [missing]);
}

#[test]
fn open_descriptors_are_found_in_proc() {
    for threads in threads() {
        for way in WAYS {
            let items = found(&Walk::new("/proc/self/fd").threads(threads), Asks::Nothing, way);
            for number in ["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2"] {
                let is_it = |item: &Item| matches!(item, Item::Entry { path, .. } if path == number);
                assert_eq!(
                    items.iter().filter(|&item| is_it(item)).count(),
                    1,
                    "{number} {way:?} {threads:?}: {items:?}"
                );
            }
            let is_link = |item: &Item| matches!(item, Item::Entry { depth: 1, is_link: true, .. });
            assert_eq!(items.iter().filter(|&item| is_link(item)).count(), items.len() - 1, "{items:?}");
        }
    }
}

#[test]
fn proc_is_walked_without_a_panic() {
    // Processes come and go, and much is for nobody to see. The walker's own folder must be there.
    let items = found(&Walk::new("/proc").max_depth(3), Asks::Nothing, kit::alike::Way::ForEach);
    let own = format!("/proc/{}/stat", std::process::id());
    assert!(items.iter().any(|item| matches!(item, Item::Entry { path, .. } if *path == *own)));
}

fn error(path: &Path, depth: usize, errno: Errno) -> Item {
    Item::Error { path: Some(path.into()), depth, errno: Some(errno.raw_os_error()), ancestor: None }
}

fn paths(items: &[Item]) -> Vec<&OsStr> {
    let entries = items.iter().filter_map(|item| match item {
        Item::Entry { path, .. } => Some(path.as_os_str()),
        Item::Error { .. } => None,
    });
    entries.collect()
}

#[test]
fn a_root_that_is_no_directory_is_an_error_where_it_is_not_itself_asked_for() {
    // walkdir says nothing of it.
    let tree = trees::links();
    for (below, errno) in [("real/file", Errno::NOTDIR), ("to a file", Errno::NOTDIR), ("to nothing", Errno::NOENT)] {
        let root = tree.at(below);
        let options = Options { min_depth: 1, ..DEFAULT };
        for way in WAYS {
            let items = found(&walk(from_ref(&root), &options), Asks::Nothing, way);
            assert_eq!(items, [error(&root, 0, errno)], "{way:?}");
        }
    }
}

#[test]
fn a_root_that_is_a_link_to_nothing_is_a_link() {
    // walkdir gives an error in its place, as ours does where links are followed.
    let tree = trees::links();
    let root = tree.at("to nothing");
    for way in WAYS {
        let items = found(&Walk::new(&root), Asks::Nothing, way);
        assert!(matches!(&items[..], [Item::Entry { depth: 0, kind: 'l', is_link: true, .. }]), "{way:?} {items:?}");
    }
    assert_alike(&[root], &Options { follow_links: true, ..DEFAULT });
    // One that leads to itself cannot be looked through: a link, and an error.
    let root = tree.at("itself");
    for way in WAYS {
        let items = found(&Walk::new(&root), Asks::Nothing, way);
        assert!(matches!(&items[0], Item::Entry { depth: 0, kind: 'l', .. }), "{way:?} {items:?}");
        assert_eq!(items[1..], [error(&root, 0, Errno::LOOP)], "{way:?}");
    }
    assert_alike(&[root], &Options { follow_links: true, ..DEFAULT });
}

#[test]
fn a_root_that_is_a_link_to_a_directory_comes_after_its_contents_where_these_come_first() {
    // walkdir gives it before them, unless links are followed.
    let tree = trees::links();
    let root = tree.at("to a deeper directory");
    for walk in [Walk::new(&root).contents_first(true), Walk::new(&root).contents_first(true).sort_by_file_name()] {
        let items = found(&walk, Asks::Nothing, kit::alike::Way::Iterator);
        assert_eq!(paths(&items).last(), Some(&root.as_os_str()), "{items:?}");
        assert!(items.len() > 3);
    }
}

#[test]
fn what_the_filter_refuses_is_not_entered_even_if_its_contents_would_come_first() {
    // walkdir has entered it before it asks.
    let tree = Tree::new();
    tree.file("in/file", 0);
    tree.file("out/file", 0);
    let walk = Walk::new(tree.path()).contents_first(true).sort_by_file_name();
    let items = found(&walk.filter_entry(|entry| entry.file_name() != "out"), Asks::Nothing, kit::alike::Way::Iterator);
    let expected = ["in/file", "in", ""].map(|below| tree.path().join(below));
    assert_eq!(paths(&items), expected.each_ref().map(|path| path.to_str().unwrap().trim_end_matches('/')));
}

#[test]
fn a_root_that_the_filter_refuses_is_not_walked_even_if_it_is_a_link() {
    // walkdir walks the link's target.
    let tree = trees::links();
    for below in ["real", "to a directory", "real/file"] {
        for way in WAYS {
            let walk = Walk::new(tree.at(below)).filter_entry(|entry| entry.depth() > 0);
            assert_eq!(found(&walk, Asks::Nothing, way), [], "{below} {way:?}");
        }
    }
}

#[test]
fn a_directory_that_can_be_read_and_not_searched_gives_all_its_entries() {
    if is_root() {
        return skip(
            "directories that must not be searched",
            "nothing stops root; an ordinary user's run has the test",
        );
    }
    let tree = trees::flat(6000, 20);
    tree.mode("", 0o444);
    assert_all_of_unsearchable_is_found(tree.path());
}

#[test]
fn another_users_directory_that_can_be_read_and_not_searched_gives_all_its_entries() {
    if !is_root() {
        return skip("directories of another user", "root makes them; its run has the test");
    }
    let tree = Tree::new();
    tree.mode("", 0o755);
    let (large, padding) = (tree.dir("large"), "x".repeat(20));
    for number in 0..6000 {
        std::fs::File::create(large.join(format!("{number:06}-{padding}"))).unwrap();
    }
    for number in 0..20 {
        tree.dir(format!("large/dir-{number}"));
    }
    tree.mode("large", 0o444);
    Alone::as_an_ordinary_user("another_users_directory").env("TREE", tree.at("large")).passes();
}

#[test]
#[ignore = "the test above runs it, as an ordinary user"]
fn another_users_directory() {
    assert_all_of_unsearchable_is_found(&path_from_env("TREE"));
}

/// Of a directory of 6,000 files and 20 directories.
fn assert_all_of_unsearchable_is_found(root: &Path) {
    let root = [root.to_owned()];
    let denied = Some(Errno::ACCESS.raw_os_error());
    for options in [DEFAULT, Options { asks: Asks::Walk, ..DEFAULT }, Options { same_file_system: true, ..DEFAULT }] {
        // walkdir says the same but where it looks at file systems: then it has errors in place of directories.
        let expected = sorted(walkdir(&root, &Options { same_file_system: false, ..options.clone() }, |walk| walk));
        for threads in threads() {
            for way in WAYS {
                let items = sorted(found(&walk(&root, &options).threads(threads), options.asks, way));
                assert_same(&items, &expected, &format!("{way:?} {threads:?} {options:?}"));
            }
        }
        let (entries, errors): (Vec<_>, Vec<_>) = expected.iter().partition(|item| matches!(item, Item::Entry { .. }));
        assert_eq!((entries.len(), errors.len()), (6021, 20));
        assert!(errors.iter().all(|error| matches!(error, Item::Error { errno, depth: 1, .. } if *errno == denied)));
    }
}

#[test]
fn an_entry_whose_lookup_failed_is_there_and_says_why() {
    if is_root() {
        return skip("lookups that fail", "nothing stops root; an ordinary user's run has the test");
    }
    let tree = Tree::new();
    tree.file("closed/file", 3);
    tree.file("open/file", 3);
    tree.mode("closed", 0o444);
    for threads in threads() {
        let seen = std::sync::Mutex::new(Vec::new());
        Walk::new(tree.path()).want(Want::Metadata).threads(threads).for_each(|found| {
            let entry = found.expect("every directory can be read");
            let name = entry.parent_below_root().join(entry.file_name());
            let errno = |error: &fswalk::Error| error.source.raw_os_error();
            let says =
                (entry.error().map(errno), entry.metadata().map(|meta| meta.len()).map_err(|error| errno(&error)));
            if entry.file_type().is_file() {
                if let Some(error) = entry.error() {
                    assert_eq!((error.path(), error.depth()), (Some(entry.path().as_path()), 2));
                }
                seen.lock().unwrap().push((name, says));
            }
        });
        let mut seen = seen.into_inner().unwrap();
        seen.sort();
        let denied = Some(Errno::ACCESS.raw_os_error());
        let expected = [("closed/file", (Some(denied), Err(denied))), ("open/file", (None, Ok(3)))];
        assert_eq!(seen, expected.map(|(name, says)| (PathBuf::from(name), says)));
    }
    for walk in
        [Walk::new(tree.path()).want(Want::Metadata), Walk::new(tree.path()).want(Want::Metadata).sort_by_file_name()]
    {
        let entries: Vec<_> = walk.into_iter().map(Result::unwrap).collect();
        let closed = entries.iter().find(|entry| entry.path().ends_with("closed/file")).unwrap();
        let error = closed.metadata().unwrap_err();
        let call = if cfg!(any(not(target_os = "linux"), fswalk_elsewhere)) { "fstatat" } else { "statx" };
        assert_eq!((error.call, error.depth()), (call, 2));
        assert_eq!(error.source.raw_os_error(), Some(Errno::ACCESS.raw_os_error()));
    }
}

#[test]
fn a_link_to_a_directory_that_cannot_be_read_is_an_entry_and_an_error() {
    // walkdir has an error without a path in place of both.
    if is_root() {
        return skip("directories that must not be read", "nothing stops root; an ordinary user's run has the test");
    }
    let tree = Tree::new();
    tree.dir("closed");
    tree.mode("closed", 0o111);
    tree.link("closed", "link");
    for way in WAYS {
        let items = sorted(found(&Walk::new(tree.path()).follow_links(true), Asks::Nothing, way));
        let link = |item: &&Item| match item {
            Item::Entry { path, kind, is_link, .. } => *path == *tree.at("link") && *kind == 'd' && *is_link,
            Item::Error { .. } => false,
        };
        assert_eq!(items.iter().filter(link).count(), 1, "{way:?} {items:?}");
        for below in ["closed", "link"] {
            assert!(items.contains(&error(&tree.at(below), 1, Errno::ACCESS)), "{way:?} {items:?}");
        }
        assert_eq!(items.len(), 5);
    }
}

#[test]
fn other_file_systems_are_found_alike() {
    let tree = Tree::new();
    tree.dir("mounted");
    tree.file("beside/file", 1);
    tree.link("mounted", "link");
    let starter = if is_root() {
        vec!["unshare", "--mount", "--propagation", "private"]
    } else {
        vec!["unshare", "--mount", "--user", "--map-root-user"]
    };
    let script = "mount -t tmpfs none \"$TREE/mounted\" && mkdir \"$TREE/mounted/in\" && : >\"$TREE/mounted/in/file\"";
    let tried = std::process::Command::new(starter[0])
        .args(&starter[1..])
        .args(["sh", "-c", script])
        .env("TREE", tree.path())
        .output();
    match tried {
        Ok(output) if output.status.success() => {}
        Ok(output) => return skip("a mounted file system", String::from_utf8_lossy(&output.stderr).trim()),
        Err(why) => return skip("a mounted file system", why),
    }
    let script = format!("{script} && exec \"$0\" \"$@\"");
    let starter: Vec<&str> = starter.into_iter().chain(["sh", "-c", &script]).collect();
    Alone::started_by(&starter, "other_file_systems").env("TREE", tree.path()).passes();
}

#[test]
#[ignore = "the test above runs it, where a file system is mounted"]
fn other_file_systems() {
    let tree = path_from_env("TREE");
    for root in [tree.clone(), tree.join("mounted"), tree.join("link/")] {
        for follow_links in [false, true] {
            for asks in [Asks::Nothing, Asks::Walk, Asks::Files] {
                for same_file_system in [false, true] {
                    assert_alike(&[&root], &Options { follow_links, asks, same_file_system, ..DEFAULT });
                }
            }
        }
    }
    // Each root has a file system of its own.
    assert_alike(&[&tree.join("mounted"), &tree], &Options { same_file_system: true, ..DEFAULT });
    // And what is mounted is there at all.
    let items = found(&Walk::new(&tree), Asks::Nothing, kit::alike::Way::Iterator);
    assert!(paths(&items).contains(&tree.join("mounted/in/file").as_os_str()), "{items:?}");
}

#[test]
fn a_file_system_that_never_answers_is_not_waited_for() {
    if !is_root() {
        return skip("a file system that never answers", "only root may mount it");
    }
    if cfg!(any(not(target_os = "linux"), fswalk_elsewhere)) {
        return skip("a file system that never answers", "only statx(2) can keep from asking it");
    }
    let tree = Tree::new();
    tree.dir("dead");
    tree.file("beside/file", 1);
    // Nobody reads what is asked over descriptor 3. mount(8) itself would look at what it mounted, so it must end by itself.
    let mount = "mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 dead \"$TREE/dead\"";
    let script = format!("exec 3<>/dev/fuse && timeout -s KILL 20 {mount}");
    let tried = std::process::Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-c", &script])
        .env("TREE", tree.path())
        .output();
    match tried {
        Ok(output) if output.status.success() => {}
        Ok(output) => return skip("a file system that never answers", String::from_utf8_lossy(&output.stderr).trim()),
        Err(why) => return skip("a file system that never answers", why),
    }
    let script = format!("{script} && exec timeout -s KILL 60 \"$0\" \"$@\"");
    let starter = ["unshare", "--mount", "--propagation", "private", "sh", "-c", &script];
    Alone::started_by(&starter, "a_file_system_that_never_answers").env("TREE", tree.path()).passes();
}

#[test]
#[ignore = "the test above runs it, where such a file system is mounted"]
fn a_file_system_that_never_answers() {
    let tree = path_from_env("TREE");
    let expected = ["", "beside", "beside/file", "dead"].map(|below| tree.join(below));
    let mounted = std::fs::read_to_string("/proc/self/mounts").unwrap();
    assert!(mounted.lines().any(|line| line.split(' ').nth(1) == tree.join("dead").to_str()), "{mounted}");
    for threads in threads() {
        for way in WAYS {
            let walk = Walk::new(&tree).same_file_system(true).threads(threads);
            let items = sorted(found(&walk, Asks::Nothing, way));
            let found: Vec<PathBuf> = paths(&items).into_iter().map(PathBuf::from).collect();
            assert_eq!(found, expected, "{way:?} {threads:?}");
            assert_eq!(items.len(), expected.len());
        }
    }
}

#[test]
fn a_walk_can_be_done_again_and_its_iterator_stays_at_its_end() {
    let tree = trees::broad();
    let walk = Walk::new(tree.path()).threads(fixed(2));
    let expected = sorted(walkdir(&[tree.path().to_owned()], &DEFAULT, |walk| walk));
    for _ in 0..3 {
        for way in WAYS {
            assert_same(&sorted(found(&walk, Asks::Nothing, way)), &expected, &format!("{way:?}"));
        }
    }
    for walk in [walk.clone(), walk.clone().threads(fixed(1)), walk.sort_by_file_name()] {
        let mut entries = walk.into_iter();
        assert_eq!(entries.by_ref().count(), expected.len());
        assert!((0..3).all(|_| entries.next().is_none()));
    }
}

/// A name: few enough that links may meet them, and of any bytes.
fn name() -> BoxedStrategy<Vec<u8>> {
    let any_bytes = prop::collection::vec(any::<u8>().prop_filter("no name", |&byte| byte != 0 && byte != b'/'), 1..6);
    let is_name = |name: &Vec<u8>| name != b"." && name != b"..";
    prop_oneof![4 => prop::sample::select(vec![b"a".to_vec(), b"b".to_vec(), b"c".to_vec(), b"..d".to_vec()]), 1 => any_bytes]
        .prop_filter("no name", is_name)
        .boxed()
}

/// What a link says: one of its neighbours, what is in one, or a directory that it is in, though none above the root.
fn target(depth: usize) -> BoxedStrategy<Vec<u8>> {
    let up = (0..=depth).prop_map(|levels| if levels == 0 { b".".to_vec() } else { b"../".repeat(levels) });
    let down = prop::collection::vec(name(), 1..3).prop_map(|names| names.join(&b'/'));
    (up, prop::option::of(down))
        .prop_map(|(mut up, down)| match down {
            Some(down) => {
                up.push(b'/');
                up.extend(down);
                up
            }
            None => up,
        })
        .boxed()
}

/// What may be in a directory of that depth.
fn nodes(depth: usize, modes: &'static [u32]) -> BoxedStrategy<Vec<Node>> {
    let what = if depth < 4 {
        prop_oneof![
            3 => prop::sample::select(&[0, 0o444, 0o111, 0o755][..]).prop_map(What::File),
            2 => target(depth).prop_map(What::Link),
            3 => (prop::sample::select(modes), nodes(depth + 1, modes)).prop_map(|(mode, nodes)| What::Directory(mode, nodes)),
        ]
        .boxed()
    } else {
        Just(What::File(0o644)).boxed()
    };
    prop::collection::vec((name(), what).prop_map(|(name, what)| Node { name, what }), 0..6).boxed()
}

fn made(nodes: &[Node]) -> Tree {
    let tree = Tree::new();
    trees::make(tree.path(), nodes);
    tree
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_trees_are_found_alike(
        nodes in nodes(0, &[0, 0o444, 0o111, 0o755, 0o755, 0o755]),
        min_depth in 0_usize..3, max_depth in 0_usize..5, has_filter in any::<bool>(),
        asks in prop::sample::select(&[Asks::Nothing, Asks::Walk, Asks::Files, Asks::Entries][..]),
    ) {
        let tree = made(&nodes);
        let refuses = has_filter.then_some(is_even as fn(&OsStr, usize) -> bool);
        assert_alike(&[tree.path()], &Options { asks, ..DEFAULT });
        assert_alike(&[tree.path()], &Options { min_depth, max_depth, refuses, asks, ..DEFAULT });
    }

    #[test]
    fn random_trees_are_found_alike_when_links_are_followed(
        nodes in nodes(0, &[0o444, 0o755, 0o755, 0o755]),
        max_depth in 2_usize..6,
        asks in prop::sample::select(&[Asks::Nothing, Asks::Walk, Asks::Files, Asks::Entries][..]),
    ) {
        let tree = made(&nodes);
        // Links among neighbours multiply what is found.
        assert_alike(&[tree.path()], &Options { follow_links: true, max_depth, asks, ..DEFAULT });
    }
}

#[test]
fn a_name_is_borrowed_bytes() {
    let tree = Tree::new();
    let name = OsStr::from_bytes(b"\xff\n\x80");
    tree.file(name, 0);
    Walk::new(tree.path()).min_depth(1).for_each(|found| {
        let entry = found.unwrap();
        assert_eq!((entry.file_name(), entry.parent_below_root()), (name, Path::new("")));
        assert_eq!(entry.root(), tree.path());
        let mut path = b"before ".to_vec();
        entry.append_path(&mut path);
        assert_eq!(path, [b"before ", tree.at(name).as_os_str().as_bytes()].concat());
    });
}
