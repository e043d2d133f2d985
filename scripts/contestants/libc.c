/* Ways of listing in C, as workers of `fsbench compare --languages`, which compiles this: cc -O2 -o libc libc.c
 *
 * It speaks fsbench's worker protocol (src/measure/protocol.rs), wanting names or kinds. C's library has no SHA-256, so it
 * answers without a digest and is verified by its counts. fsbench has rows of the same names without "c/" in Rust: what
 * differs between the two is the harness. c/getdents is the floor: scripts/floor-check holds getdents/64k against it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <fts.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct tally {
    uint64_t entries, name_bytes, kinds[16], errors;
} tally;

static char root[8192];
static int want_kinds;

static int is_dots(const char *name) { return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])); }

/* A kind as the four bits that d_type and st_mode share. */
static void entry(size_t name_bytes, unsigned kind) {
    tally.entries++;
    tally.name_bytes += name_bytes;
    tally.kinds[kind & 15]++;
}

static unsigned of_mode(mode_t mode) { return (mode & S_IFMT) >> 12; }

/* --- one directory */

/* The bare loop: openat, getdents64 with 64 KiB, close, and nothing else but counting. */
static int read_getdents(void) {
    static char buffer[64 * 1024];
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return errno;
    long length;
    while ((length = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < length;) {
            const struct dirent64 *e = (const void *)(buffer + at);
            at += e->d_reclen;
            if (!is_dots(e->d_name)) entry(strlen(e->d_name), e->d_type);
        }
    }
    int failed = length < 0 && errno != ENOENT ? errno : 0; /* ENOENT: removed meanwhile, the end */
    close(fd);
    return failed;
}

static int read_names(void) {
    DIR *dir = opendir(root);
    if (!dir) return errno;
    for (struct dirent *e; (e = readdir(dir));)
        if (!is_dots(e->d_name)) entry(strlen(e->d_name), e->d_type);
    closedir(dir);
    return 0;
}

static int read_fstatat(void) {
    DIR *dir = opendir(root);
    struct stat st;
    if (!dir) return errno;
    for (struct dirent *e; (e = readdir(dir));) {
        if (is_dots(e->d_name)) continue;
        if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW)) tally.errors++;
        else entry(strlen(e->d_name), of_mode(st.st_mode));
    }
    closedir(dir);
    return 0;
}

/* --- a tree */

/* By descriptors, as deep as they last: one is open a level. */
static int walk_in(int parent, const char *name) {
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return errno;
    DIR *dir = fdopendir(fd);
    if (!dir) return close(fd), errno;
    for (struct dirent *e; (e = readdir(dir));) {
        if (is_dots(e->d_name)) continue;
        unsigned kind = e->d_type;
        struct stat st;
        if (kind == DT_UNKNOWN && !fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW)) kind = of_mode(st.st_mode);
        entry(strlen(e->d_name), kind);
        if (kind == DT_DIR && walk_in(fd, e->d_name)) tally.errors++;
    }
    closedir(dir);
    return 0;
}

static int walk_readdir(void) { return walk_in(AT_FDCWD, root); }

static int walk_fts(void) {
    char *roots[] = {root, NULL};
    FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (!fts) return errno;
    for (FTSENT *e; (e = fts_read(fts));) {
        if (e->fts_level == 0) {
            if (e->fts_info != FTS_DNR && e->fts_info != FTS_ERR) continue;
            int failed = e->fts_errno;
            fts_close(fts);
            return failed;
        }
        switch (e->fts_info) {
        case FTS_DP: break;
        case FTS_DNR: tally.errors++; break; /* after its FTS_D: only what is below it is missing */
        case FTS_NS: case FTS_ERR: tally.errors++; break;
        default: entry(e->fts_namelen, of_mode(e->fts_statp->st_mode));
        }
    }
    fts_close(fts);
    return 0;
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *at) {
    if (at->level == 0) return 0;
    if (type == FTW_NS) return tally.errors++, 0;
    if (type == FTW_DNR) tally.errors++;
    entry(strlen(path + at->base), of_mode(st->st_mode));
    return 0;
}

static int walk_nftw(void) { return nftw(root, visit, 256, FTW_PHYS) ? errno : 0; }

static const struct strategy {
    const char *name;
    int (*list)(void);
} strategies[] = {
    {"c/getdents", read_getdents},    {"c/readdir", read_names}, {"c/readdir+fstatat", read_fstatat},
    {"c/walk:readdir", walk_readdir}, {"c/fts", walk_fts},       {"c/nftw", walk_nftw},
};
static int (*list)(void);

/* The kinds in the protocol's order: unknown, file, directory, symlink, fifo, socket, block, character. */
static void print_tally(const char *key) {
    static const int order[] = {DT_UNKNOWN, DT_REG, DT_DIR, DT_LNK, DT_FIFO, DT_SOCK, DT_BLK, DT_CHR};
    printf("\"%s\":{\"entries\":%lu,\"name_bytes\":%lu,\"kinds\":[", key, tally.entries, tally.name_bytes);
    for (int i = 0; i < 8; i++) printf("%s%lu", i ? "," : "", want_kinds ? tally.kinds[order[i]] : 0);
    printf("],\"size_bytes\":0,\"errors\":%lu}", tally.errors);
}

static uint64_t nanos(struct timespec t) { return t.tv_sec * 1000000000ull + t.tv_nsec; }
static uint64_t micros(struct timeval t) { return (t.tv_sec * 1000000ull + t.tv_usec) * 1000; }

/* VmHWM, in bytes; 0 where it is not told. */
static uint64_t peak(void) {
    char line[256];
    unsigned long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status) && sscanf(line, "VmHWM: %lu", &kib) != 1) {}
    if (status) fclose(status);
    return kib * 1024ull;
}

static void sample(unsigned long iterations) {
    struct rusage before, after;
    struct timespec start, end;
    int failed = 0, clear = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (clear >= 0) {
        if (write(clear, "5", 1) < 0) {}
        close(clear);
    }
    getrusage(RUSAGE_SELF, &before);
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (unsigned long i = 0; i < iterations && !failed; i++) {
        memset(&tally, 0, sizeof tally);
        failed = list();
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    getrusage(RUSAGE_SELF, &after);
    if (failed) {
        printf("{\"failed\":\"%s\"}\n", strerror(failed));
        return;
    }
    printf("{\"sampled\":{\"wall_ns\":%lu,\"user_ns\":%lu,\"sys_ns\":%lu,\"peak_bytes\":%lu,", nanos(end) - nanos(start),
           micros(after.ru_utime) - micros(before.ru_utime), micros(after.ru_stime) - micros(before.ru_stime), peak());
    print_tally("tally");
    printf(",\"counters\":{\"minor_faults\":%ld,\"major_faults\":%ld,\"read_bytes\":%ld}}}\n",
           after.ru_minflt - before.ru_minflt, after.ru_majflt - before.ru_majflt,
           (after.ru_inblock - before.ru_inblock) * 512);
}

static void verify(void) {
    memset(&tally, 0, sizeof tally);
    int failed = list();
    if (failed) {
        printf("{\"failed\":\"%s\"}\n", strerror(failed));
        return;
    }
    printf("{\"verified\":{");
    print_tally("tally");
    printf(",\"digest\":null,\"errors\":[]}}\n");
}

/* Lists once between two marks, for whoever watches this process's system calls. */
static void count(void) {
    memset(&tally, 0, sizeof tally);
    getppid();
    int failed = list();
    getppid();
    if (failed) {
        printf("{\"failed\":\"%s\"}\n", strerror(failed));
        return;
    }
    printf("{");
    print_tally("counted");
    printf("}\n");
}

/* A quote and a backslash are escaped by a backslash; of other escapes, only those of one byte are read. */
static int read_root(const char *request) {
    const char *from = strstr(request, "\"root\":\"");
    size_t length = 0;
    if (!from) return 0;
    for (from += 8; *from && *from != '"' && length + 1 < sizeof root; from++) {
        unsigned code;
        if (*from != '\\') root[length++] = *from;
        else if (*++from == '"' || *from == '\\' || *from == '/') root[length++] = *from;
        else if (*from == 'n') root[length++] = '\n';
        else if (*from == 't') root[length++] = '\t';
        else if (sscanf(from, "u00%2x", &code) == 1 && code < 0x80) root[length++] = (char)code, from += 4;
        else return 0;
    }
    root[length] = 0;
    return *from == '"';
}

static void open_case(const char *request) {
    const char *strategy = strstr(request, "\"strategy\":\"");
    list = NULL;
    for (size_t i = 0; strategy && i < sizeof strategies / sizeof *strategies; i++) {
        size_t length = strlen(strategies[i].name);
        if (!strncmp(strategy + 12, strategies[i].name, length) && strategy[12 + length] == '"') list = strategies[i].list;
    }
    want_kinds = strstr(request, "\"want\":\"kinds\"") != NULL;
    if (!list)
        printf("{\"unsupported\":\"this worker has no such strategy\"}\n");
    else if (!read_root(request))
        printf("{\"unsupported\":\"this worker reads no such path\"}\n");
    else if (strstr(request, "\"want\":\"metadata\""))
        printf("{\"unsupported\":\"this worker tells no metadata\"}\n");
    else
        printf("{\"opened\":{\"worker\":\"C, %s\"}}\n", __VERSION__);
}

int main(void) {
    char *request = NULL;
    size_t size = 0;
    struct rlimit files;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* A walker by descriptors keeps one open a level. */
    if (!getrlimit(RLIMIT_NOFILE, &files)) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    if (chdir("/")) return 2;
    while (getline(&request, &size, stdin) > 0) {
        const char *iterations = strstr(request, "\"iterations\":");
        if (!strncmp(request, "{\"open\"", 7)) open_case(request);
        else if (!list) printf("{\"failed\":\"nothing is open\"}\n");
        else if (iterations) sample(strtoul(iterations + 13, NULL, 10));
        else if (!strncmp(request, "\"count\"", 7)) count();
        else verify();
        fflush(stdout);
    }
    free(request);
    return 0;
}
