"""Ways of listing in Python's standard library, as workers of `fsbench compare --languages`.

It speaks fsbench's worker protocol (src/measure/protocol.rs): one JSON object a line. A strategy is a function that takes
the root, what is wanted, and a sink with `entry(below, name, kind, stat)` and `error(error)`; `below` is the directory's
path below the root. All rows count through the same sink, so that what differs between them is how they list.

str is what people use, and it carries any name here: bytes that are not UTF-8 become surrogates (PEP 383) and back.
"""

import glob
import hashlib
import json
import os
import pathlib
import resource
import stat
import sys
import time
from os.path import isdir, isfile, join

KINDS = {
    stat.S_IFREG: (1, b"f"), stat.S_IFDIR: (2, b"d"), stat.S_IFLNK: (3, b"l"), stat.S_IFIFO: (4, b"p"),
    stat.S_IFSOCK: (5, b"s"), stat.S_IFBLK: (6, b"b"), stat.S_IFCHR: (7, b"c"),
}
UNKNOWN, FILE, DIRECTORY, LINK = 0, 1, 2, 3
LETTERS = [b"?", b"f", b"d", b"l", b"p", b"s", b"b", b"c"]


def kind_of(mode):
    return KINDS.get(stat.S_IFMT(mode), (UNKNOWN, b"?"))[0]


class Unsupported(Exception):
    """A row that cannot do this, and why."""


class Tally:
    """Counts, and nothing that costs more."""

    def __init__(self):
        self.entries = self.name_bytes = self.size_bytes = self.errors = 0
        self.kinds = [0] * 8

    def entry(self, below, name, kind=None, st=None):
        self.entries += 1
        self.name_bytes += len(name) if name.isascii() else len(os.fsencode(name))
        if kind is not None:
            self.kinds[kind] += 1
        if st is not None:
            self.size_bytes += st.st_size

    def error(self, error):
        self.errors += 1

    def answer(self):
        return {"entries": self.entries, "name_bytes": self.name_bytes, "kinds": self.kinds,
                "size_bytes": self.size_bytes % 2**64, "errors": self.errors}


class Digest(Tally):
    """Counts, and adds up hashes: src/list/digest.rs says of what."""

    def __init__(self):
        super().__init__()
        self.sum = 0
        self.first_errors = []

    def entry(self, below, name, kind=None, st=None):
        super().entry(below, name, kind, st)
        fields = os.fsencode(join(below, name))
        if kind is not None:
            fields += b"\0" + LETTERS[kind]
        if st is not None:
            seconds, nanos = divmod(st.st_mtime_ns, 10**9)
            if seconds < 0:  # the seconds are the floor's, as in struct stat
                seconds, nanos = st.st_mtime_ns // 10**9, st.st_mtime_ns % 10**9
            fields += b"\0%d\0%d.%09d\0%o\0%d\0%d\0%d\0%d" % (
                st.st_size, seconds, nanos, st.st_mode, st.st_nlink, st.st_uid, st.st_gid, st.st_ino)
        self.sum += int.from_bytes(hashlib.sha256(fields).digest()[:8], "big")

    def error(self, error):
        super().error(error)
        if len(self.first_errors) < 8:
            self.first_errors.append(ascii(str(error)))


# --- one directory: what a loop over it does, and which of its entries are directories to go into

def listdir(path, below, want, sink):
    for name in os.listdir(path):
        sink.entry(below, name)


def isdir_isfile(path, below, want, sink):
    """The naive loop: a stat for isdir, another for isfile, links followed, the whole path resolved each time."""
    dirs = []
    for name in os.listdir(path):
        full = join(path, name)
        if isdir(full):
            sink.entry(below, name, DIRECTORY)
            if not os.path.islink(full):
                dirs.append(name)
        elif isfile(full):
            sink.entry(below, name, FILE)
        else:
            sink.entry(below, name, UNKNOWN)
    return dirs


def listdir_lstat(path, below, want, sink):
    dirs = []
    for name in os.listdir(path):
        try:
            st = os.lstat(join(path, name))
        except OSError as error:
            sink.error(error)
            continue
        kind = kind_of(st.st_mode)
        sink.entry(below, name, kind, st if want == "metadata" else None)
        if kind == DIRECTORY:
            dirs.append(name)
    return dirs


def scandir(path, below, want, sink):
    """d_type, from the directory itself; it has no question for the rarer kinds, which take a stat."""
    dirs = []
    with os.scandir(path) as entries:
        for entry in entries:
            name = entry.name
            st = None
            if want == "names":
                sink.entry(below, name)
                continue
            try:
                if want == "metadata":
                    st = entry.stat(follow_symlinks=False)
                    kind = kind_of(st.st_mode)
                elif entry.is_file(follow_symlinks=False):
                    kind = FILE
                elif entry.is_dir(follow_symlinks=False):
                    kind = DIRECTORY
                elif entry.is_symlink():
                    kind = LINK
                else:
                    kind = kind_of(entry.stat(follow_symlinks=False).st_mode)
            except OSError as error:
                sink.error(error)
                continue
            sink.entry(below, name, kind, st)
            if kind == DIRECTORY:
                dirs.append(name)
    return dirs


def iterdir(path, below, want, sink):
    for entry in pathlib.Path(path).iterdir():
        sink.entry(below, entry.name)


def iglob(path, below, want, sink):
    for name in glob.iglob("*", root_dir=path, include_hidden=True):
        sink.entry(below, name)


def flat(one):
    return lambda root, want, sink: one(root, "", want, sink)


def recursive(one):
    """The loop over one directory, over each that it finds."""
    def walk(root, want, sink):
        pending = [""]
        while pending:
            below = pending.pop()
            try:
                dirs = one(join(root, below) if below else root, below, want, sink)
            except OSError as error:
                if not below:
                    raise
                sink.error(error)
                continue
            pending.extend(join(below, name) for name in dirs)
    return walk


# --- a tree, by what the library has for it: these tell names, and no kinds but whether it is a directory

def os_walk(root, want, sink):
    skip = len(root) + (not root.endswith("/"))
    for path, dirs, files in os.walk(root, onerror=sink.error):
        below = path[skip:]
        for name in dirs:
            sink.entry(below, name)
        for name in files:
            sink.entry(below, name)


def os_fwalk(root, want, sink):
    skip = len(root) + (not root.endswith("/"))
    for path, dirs, files, _ in os.fwalk(root, onerror=sink.error):
        below = path[skip:]
        for name in dirs:
            sink.entry(below, name)
        for name in files:
            sink.entry(below, name)


def path_walk(root, want, sink):
    skip = len(root) + (not root.endswith("/"))
    for path, dirs, files in pathlib.Path(root).walk(on_error=sink.error):
        below = str(path)[skip:]
        for name in dirs:
            sink.entry(below, name)
        for name in files:
            sink.entry(below, name)


def rglob(root, want, sink):
    skip = len(root) + (not root.endswith("/"))
    for path in pathlib.Path(root).rglob("*"):
        sink.entry(str(path.parent)[skip:], path.name)


def glob_recursive(root, want, sink):
    """It goes into links to directories too, which nobody else here does: where there are some, it lists another tree."""
    if isinstance(sink, Digest):
        for path, dirs, _ in os.walk(root):
            if any(os.path.islink(join(path, name)) for name in dirs):
                raise Unsupported("glob's ** goes into links to directories, and there are some")
    for path in glob.iglob("**", root_dir=root, recursive=True, include_hidden=True):
        below, _, name = path.rpartition("/")
        if name:
            sink.entry(below, name)


STRATEGIES = {
    "python/listdir": flat(listdir),
    "python/listdir+isdir+isfile": flat(isdir_isfile),
    "python/listdir+lstat": flat(listdir_lstat),
    "python/scandir": flat(scandir),
    "python/Path.iterdir": flat(iterdir),
    "python/glob": flat(iglob),
    "python/walk:listdir+isdir+isfile": recursive(isdir_isfile),
    "python/walk:listdir+lstat": recursive(listdir_lstat),
    "python/walk:scandir": recursive(scandir),
    "python/os.walk": os_walk,
    "python/os.fwalk": os_fwalk,
    "python/Path.walk": path_walk,
    "python/Path.rglob": rglob,
    "python/glob-recursive": glob_recursive,
}
SINCE = {"python/glob": (3, 11), "python/glob-recursive": (3, 11), "python/Path.walk": (3, 12)}


def opened(request):
    name = request["strategy"]
    run = STRATEGIES.get(name)
    version = ".".join(map(str, sys.version_info[:3]))
    if run is None:
        return None, {"unsupported": f"this worker has no strategy '{name}'"}
    since = SINCE.get(name)
    if since and sys.version_info < since:
        return None, {"unsupported": f"it came with Python {since[0]}.{since[1]}; this is {version}"}
    root = request["root"]
    if isinstance(root, dict):
        root = os.fsdecode(bytes.fromhex(root["hex"]))
    return (run, root, request["want"]), {"opened": {"worker": f"Python {version}"}}


def verified(case):
    run, root, want = case
    sink = Digest()
    run(root, want, sink)
    return {"verified": {"tally": sink.answer(), "digest": f"{sink.sum % 2**64:016x}", "errors": sink.first_errors}}


def peak_bytes():
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def sampled(case, iterations):
    run, root, want = case
    try:
        with open("/proc/self/clear_refs", "w") as clear:
            clear.write("5")
    except OSError:
        pass
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.monotonic_ns()
    for _ in range(iterations):
        sink = Tally()
        run(root, want, sink)
    wall = time.monotonic_ns() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {"sampled": {
        "wall_ns": wall,
        "user_ns": round((after.ru_utime - before.ru_utime) * 1e9),
        "sys_ns": round((after.ru_stime - before.ru_stime) * 1e9),
        "peak_bytes": peak_bytes(),
        "tally": sink.answer(),
        "counters": {
            "minor_faults": after.ru_minflt - before.ru_minflt,
            "major_faults": after.ru_majflt - before.ru_majflt,
            "voluntary_switches": after.ru_nvcsw - before.ru_nvcsw,
            "involuntary_switches": after.ru_nivcsw - before.ru_nivcsw,
            "read_bytes": (after.ru_inblock - before.ru_inblock) * 512,
        },
    }}


def counted(case):
    """Lists once between two marks, for whoever watches this process's system calls."""
    run, root, want = case
    sink = Tally()
    os.getppid()
    run(root, want, sink)
    os.getppid()
    return {"counted": sink.answer()}


def main():
    os.chdir("/")
    case = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if isinstance(request, dict) and "open" in request:
                case, answer = opened(request["open"])
            elif case is None:
                answer = {"failed": "nothing is open"}
            elif request == "verify":
                answer = verified(case)
            elif request == "count":
                answer = counted(case)
            else:
                answer = sampled(case, request["sample"]["iterations"])
        except Unsupported as reason:
            answer = {"unsupported": str(reason)}
        except (OSError, RecursionError, ValueError) as error:
            answer = {"failed": ascii(f"{type(error).__name__}: {error}")}
        print(json.dumps(answer), flush=True)


main()
