//! What the kernel's functions are for, in words that need no kernel source: by their names.
//!
//! Of a chain of calls the innermost function that belongs to a group decides: a permission check within a path lookup is
//! a permission check. Names are those of Linux 5 and 6; one that is renamed falls out of its group, to those above it.

use serde::{Deserialize, Serialize};

/// What the kernel is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Recording what it does: ours, no part of the command.
    Watching,
    /// Finding a file by its name or path.
    PathLookup,
    /// Asking whether that is allowed.
    Permission,
    /// Searching a directory for a name that is not remembered.
    NameSearch,
    /// Reading directories.
    ReadingDirectories,
    /// Bringing inodes into memory.
    Inodes,
    /// What stat(2) tells.
    Attributes,
    /// Extended attributes.
    ExtendedAttributes,
    /// Between the kernel and the program.
    Copying,
    /// Locks, and threads that wait for each other.
    Locks,
    /// From one thread to another.
    Switching,
    /// Asking storage.
    Storage,
    /// Asking a server: FUSE, NFS, SMB.
    Server,
    /// Memory touched for the first time.
    PageFaults,
    /// Starting and ending programs and threads, and what they map.
    Programs,
    /// Opening and closing files.
    Opening,
    /// Writing output.
    Writing,
    /// Into the kernel and out of it.
    Entry,
    /// Devices and timers that interrupt.
    Interrupts,
    /// None of these.
    Others,
}

/// What names begin with, word by word. The first group that fits is a name's group.
const PREFIXES: [(Group, &str); 19] = [
    (Group::Watching, "perf_trace_ perf_tp_ perf_syscall perf_swevent perf_output trace_sys_ __perf_ __traceiter_sys_"),
    (
        Group::PageFaults,
        "asm_exc_page_fault exc_page_fault handle_mm_fault __handle_mm_fault do_user_addr_fault clear_page \
         do_anonymous_page do_fault filemap_map_pages do_wp_page",
    ),
    (
        Group::Locks,
        "futex_ do_futex __futex __x64_sys_futex native_queued_spin_lock_slow queued_spin_lock_slow \
         queued_read_lock_slow queued_write_lock_slow __pv_queued pv_wait __mutex_lock mutex_spin \
         mutex_optimistic osq_lock rwsem_down rwsem_spin rwsem_optimistic __percpu_down",
    ),
    (
        Group::Permission,
        "inode_permission generic_permission may_lookup may_open security_ selinux_ apparmor_ aa_ avc_ cap_ \
         get_cached_acl __get_acl get_inode_acl posix_acl ext4_get_acl check_acl acl_permission",
    ),
    (
        Group::ExtendedAttributes,
        "vfs_getxattr vfs_listxattr do_getxattr __vfs_getxattr ext4_xattr getxattr listxattr path_getxattr \
         path_listxattr xattr_ strncmp_xattr btrfs_getxattr xfs_attr shmem_xattr simple_xattr __x64_sys_lgetxattr \
         __x64_sys_getxattr filename_getxattr import_xattr file_getxattr",
    ),
    (
        Group::Copying,
        "copy_to_user _copy_to_user _copy_from_user copy_from_user rep_movs copy_user cp_new_stat cp_statx \
         filldir verify_dirent",
    ),
    (
        Group::NameSearch,
        "ext4_lookup __ext4_find_entry ext4_find_entry ext4_search_dir search_dir ext4_dx_find dx_probe \
         xfs_lookup xfs_dir_lookup xfs_dir2 btrfs_lookup lookup_open __lookup_slow lookup_slow d_alloc __d_alloc \
         d_splice_alias simple_lookup",
    ),
    (
        Group::Inodes,
        "__ext4_iget ext4_iget __ext4_get_inode ext4_get_inode iget_locked iget5_locked alloc_inode \
         ext4_alloc_inode new_inode inode_init xfs_iget xfs_inode btrfs_iget btrfs_read_locked unlock_new_inode \
         evict prune_",
    ),
    (
        Group::ReadingDirectories,
        "iterate_dir ext4_readdir ext4_dx_readdir ext4_htree htree_ call_filldir free_rb_tree \
         ext4_check_dir_entry __ext4_check_dir ext4fs_dirhash str2hashbuf xfs_readdir btrfs_real_readdir \
         dcache_readdir dcache_dir offset_readdir offset_iterate fuse_readdir __x64_sys_getdents wrap_directory",
    ),
    (
        Group::Attributes,
        "vfs_getattr vfs_statx vfs_fstat vfs_stat ext4_getattr ext4_file_getattr generic_fill fill_mg \
         xfs_vn_getattr btrfs_getattr shmem_getattr simple_getattr do_statx __do_sys_newfstat __do_sys_newlstat \
         __do_sys_newstat __x64_sys_statx __x64_sys_newfstatat __x64_sys_newlstat from_kuid from_kgid map_id",
    ),
    (
        Group::PathLookup,
        "link_path_walk path_ filename_lookup walk_component lookup_fast lookup_one __d_lookup d_lookup step_into \
         __traverse_mounts handle_dots complete_walk try_to_unlazy __legitimize legitimize terminate_walk \
         user_path_at getname putname strncpy_from_user hashlen_string full_name_hash set_root nd_jump \
         set_nameidata restore_nameidata dput dget mntput mntget lockref d_revalidate",
    ),
    (Group::Server, "fuse_ __fuse request_wait_answer nfs_ nfs4_ rpc_ xprt_ cifs_ smb2_ p9_ v9fs_ ceph_"),
    (
        Group::Storage,
        "submit_bio __submit_bio blk_ __blk bio_ io_schedule wait_on_buffer __wait_on_buffer virtio virtblk nvme_ \
         scsi_ loop_ __bread __getblk ext4_bread __ext4_sb_bread ext4_read_bh submit_bh read_pages page_cache_ra \
         force_page_cache",
    ),
    (
        Group::Switching,
        "schedule __schedule finish_task_switch try_to_wake_up wake_up __wake_up ttwu pick_next dequeue_ enqueue_ \
         switch_ __switch_to do_nanosleep hrtimer_nanosleep do_sched_yield __x64_sys_sched_yield preempt_schedule \
         exit_to_user_mode_loop",
    ),
    (
        Group::Programs,
        "bprm_ load_elf do_execve __x64_sys_execve exit_mm exit_mmap unmap_ do_exit kernel_clone copy_process \
         mmap_ do_mmap vm_mmap __mmap do_munmap __do_munmap do_vmi_ do_brk __x64_sys_brk mprotect_ do_mprotect \
         tlb_ flush_tlb ret_from_fork begin_new_exec kernel_wait4 do_wait madvise_ do_madvise",
    ),
    (
        Group::Opening,
        "do_sys_open do_filp_open do_dentry_open vfs_open do_open alloc_empty_file alloc_fd fd_install filp_close \
         file_close_fd __x64_sys_close __fput fput file_free ext4_release_dir dcache_dir_open",
    ),
    (Group::Writing, "vfs_write ksys_write do_iter vfs_writev write_null"),
    (
        Group::Entry,
        "entry_ do_syscall syscall_ x64_sys_call __x64_sys_ srso_ retbleed_ zen_ fpregs __x86_indirect __rcu_read \
         rcu_read",
    ),
    (
        Group::Interrupts,
        "asm_sysvec sysvec_ irq_ __irq handle_softirqs __do_softirq asm_common_interrupt common_interrupt tick_ \
         hrtimer_ __hrtimer",
    ),
];

impl Group {
    /// The group of a function that is in one.
    fn of(function: &str) -> Option<Self> {
        let fits = |prefixes: &str| prefixes.split(' ').any(|prefix| function.starts_with(prefix));
        PREFIXES.iter().find(|(_, prefixes)| fits(prefixes)).map(|(group, _)| *group)
    }

    /// The group of a chain of calls, innermost first, and the function that decides.
    pub(super) fn of_chain<'a>(mut chain: impl Iterator<Item = &'a str> + Clone) -> (Self, Option<&'a str>) {
        // Whatever goes on within a recording belongs to it.
        if chain.clone().any(|function| Self::of(function) == Some(Self::Watching)) {
            return (Self::Watching, None);
        }
        let mut grouped = chain.clone().filter_map(|function| Some((Self::of(function)?, function)));
        // Thunks and counters of readers are called from everywhere: what called them tells more.
        if let Some((group, function)) = grouped.find(|(group, _)| *group != Self::Entry) {
            return (group, Some(function));
        }
        let innermost = chain.next();
        let group = innermost.and_then(Self::of).unwrap_or(Self::Others);
        (group, innermost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(chain: &[&str]) -> Group {
        Group::of_chain(chain.iter().copied()).0
    }

    #[test]
    fn the_innermost_function_that_is_known_decides() {
        let outer = ["link_path_walk", "path_lookupat", "filename_lookup", "vfs_statx", "do_syscall_64"];
        let chain = |inner: &[&'static str]| [inner, &outer].concat();
        assert_eq!(of(&chain(&[])), Group::PathLookup);
        assert_eq!(of(&chain(&["generic_permission", "inode_permission"])), Group::Permission);
        // Nobody knows it: who called it is known.
        assert_eq!(of(&chain(&["kmem_cache_alloc_noprof"])), Group::PathLookup);
        assert_eq!(of(&chain(&["srso_alias_return_thunk", "inode_permission"])), Group::Permission);
        assert_eq!(of(&["rep_movs_alternative", "cp_new_stat", "__do_sys_newlstat"]), Group::Copying);
        assert_eq!(of(&["vfs_getxattr", "path_getxattrat", "do_syscall_64"]), Group::ExtendedAttributes);
        assert_eq!(of(&["native_queued_spin_lock_slowpath", "_raw_spin_lock", "futex_wake"]), Group::Locks);
    }

    #[test]
    fn what_records_is_told_apart_and_what_nobody_knows_is_others() {
        assert_eq!(of(&["memset", "perf_trace_sys_enter", "syscall_trace_enter"]), Group::Watching);
        assert_eq!(of(&["entry_SYSCALL_64_after_hwframe"]), Group::Entry);
        assert_eq!(Group::of_chain(["frob", "do_syscall_64"].into_iter()), (Group::Others, Some("frob")));
        assert_eq!(Group::of_chain([].into_iter()), (Group::Others, None));
    }

    #[test]
    fn no_prefix_is_of_two_groups() {
        let all: Vec<&str> = PREFIXES.iter().flat_map(|(_, prefixes)| prefixes.split(' ')).collect();
        let mut different = all.clone();
        different.sort_unstable();
        different.dedup();
        assert!(different.len() == all.len() && !all.contains(&""), "{all:?}");
    }
}
