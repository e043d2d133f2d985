//! Other file systems below the root: entered, left out, and one that never answers.

use super::paths;
use crate::kit::alike::{Asks, DEFAULT, Options, WAYS, Way, assert_alike, found, sorted};
use crate::kit::process::{Alone, is_root, path_from_env};
use crate::kit::trees::Tree;
use crate::kit::{skip, threads};
use fswalk::Walk;
use std::path::PathBuf;

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
    Alone::started_by(&starter, "file_systems::other_file_systems").env("TREE", tree.path()).passes();
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
    let items = found(&Walk::new(&tree), Asks::Nothing, Way::Iterator);
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
    Alone::started_by(&starter, "file_systems::a_file_system_that_never_answers").env("TREE", tree.path()).passes();
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
