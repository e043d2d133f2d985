/* The bare loop: openat, getdents64 with 64 KiB, close, and nothing else but counting. What `getdents/64k` is held against.
 *
 *     cc -O2 -o getdents scripts/contestants/getdents.c
 *     fsbench compare --flat DIR -s getdents/64k --baseline getdents/64k --worker bare-c=./getdents
 *
 * It speaks fsbench's worker protocol (src/measure/protocol.rs) for one directory, wanting names or kinds. C's library has no
 * SHA-256, so it answers without a digest and is verified by its counts.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

struct tally {
    uint64_t entries, name_bytes, d_types[16];
};

static char root[8192], buffer[64 * 1024];
static int want_kinds;

static int list(struct tally *tally) {
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return errno;
    long length;
    while ((length = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < length;) {
            const struct dirent64 *entry = (const void *)(buffer + at);
            const char *name = entry->d_name;
            at += entry->d_reclen;
            if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]))) continue;
            tally->entries++;
            tally->name_bytes += strlen(name);
            tally->d_types[entry->d_type & 15]++;
        }
    }
    int failed = length < 0 ? errno : 0;
    close(fd);
    return failed;
}

/* The kinds in the protocol's order: unknown, file, directory, symlink, fifo, socket, block, character. */
static void print_tally(const char *key, const struct tally *t) {
    static const int order[] = {DT_UNKNOWN, DT_REG, DT_DIR, DT_LNK, DT_FIFO, DT_SOCK, DT_BLK, DT_CHR};
    printf("\"%s\":{\"entries\":%lu,\"name_bytes\":%lu,\"kinds\":[", key, t->entries, t->name_bytes);
    for (int i = 0; i < 8; i++) printf("%s%lu", i ? "," : "", want_kinds ? t->d_types[order[i]] : 0);
    printf("],\"size_bytes\":0,\"errors\":0}");
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
    struct tally tally;
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
        failed = list(&tally);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    getrusage(RUSAGE_SELF, &after);
    if (failed) {
        printf("{\"failed\":\"%s\"}\n", strerror(failed));
        return;
    }
    printf("{\"sampled\":{\"wall_ns\":%lu,\"user_ns\":%lu,\"sys_ns\":%lu,\"peak_bytes\":%lu,", nanos(end) - nanos(start),
           micros(after.ru_utime) - micros(before.ru_utime), micros(after.ru_stime) - micros(before.ru_stime), peak());
    print_tally("tally", &tally);
    printf("}}\n");
}

static void verify(void) {
    struct tally tally = {0};
    int failed = list(&tally);
    if (failed) {
        printf("{\"failed\":\"%s\"}\n", strerror(failed));
        return;
    }
    printf("{\"verified\":{");
    print_tally("tally", &tally);
    printf(",\"digest\":null,\"errors\":[]}}\n");
}

/* Lists once between two marks, for whoever watches this process's system calls. */
static void count(void) {
    struct tally tally = {0};
    getppid();
    int failed = list(&tally);
    getppid();
    if (failed) {
        printf("{\"failed\":\"%s\"}\n", strerror(failed));
        return;
    }
    printf("{");
    print_tally("counted", &tally);
    printf("}\n");
}

static void open_case(const char *request) {
    const char *from = strstr(request, "\"root\":\"");
    size_t length = 0;
    if (from) {
        for (from += 8; *from && *from != '"' && length + 1 < sizeof root; from++) {
            /* A quote or a backslash is escaped by a backslash; other escapes are left to richer parsers. */
            if (*from == '\\' && *++from != '"' && *from != '\\') break;
            root[length++] = *from;
        }
    }
    root[length] = 0;
    want_kinds = strstr(request, "\"want\":\"kinds\"") != NULL;
    if (!from || *from != '"')
        printf("{\"unsupported\":\"this worker reads no such path\"}\n");
    else if (strstr(request, "\"want\":\"metadata\""))
        printf("{\"unsupported\":\"this worker looks nothing up\"}\n");
    else
        printf("{\"opened\":{\"worker\":\"a bare loop in C\"}}\n");
}

int main(void) {
    char *request = NULL;
    size_t size = 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (chdir("/")) return 2;
    while (getline(&request, &size, stdin) > 0) {
        const char *iterations = strstr(request, "\"iterations\":");
        if (!strncmp(request, "{\"open\"", 7)) open_case(request);
        else if (iterations) sample(strtoul(iterations + 13, NULL, 10));
        else if (!strncmp(request, "\"count\"", 7)) count();
        else verify();
        fflush(stdout);
    }
    free(request);
    return 0;
}
