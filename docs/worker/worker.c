/* A worker for fsbench in C: readdir.    cc -O2 -o worker worker.c && fsbench compare DIR --worker mine=./worker */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char line[1 << 16], root[1 << 16];
static int kinds, deep;
static unsigned long entries, name_bytes, of_kind[16], errors; /* of_kind as in d_type */

static void list(const char *path) {
    DIR *dir = opendir(path);
    if (!dir && path == root) printf("{\"failed\":\"opendir: %m\"}\n"), fflush(stdout), exit(1);
    if (!dir) { errors++; return; }
    for (struct dirent *e; (e = readdir(dir));) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
        struct stat st;
        int type = e->d_type; /* 0: this file system does not say */
        if (!type && !fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW)) type = IFTODT(st.st_mode);
        entries++, name_bytes += strlen(e->d_name), of_kind[type & 15] += kinds;
        char *below;
        if (type == DT_DIR && deep && asprintf(&below, "%s/%s", path, e->d_name) > 0) list(below), free(below);
    }
    closedir(dir);
}

static void open_case(void) { /* a root that is not plain UTF-8 has a backslash in it, or is no string: not for us */
    kinds = strstr(line, "\"want\":\"kinds\"") != 0, deep = strstr(line, "\"level\":\"tree\"") != 0;
    char *at = strstr(line, "\"root\":\"");
    int can = at && sscanf(at, "\"root\":\"%65535[^\"]", root) == 1 && !strchr(root, '\\') && !strstr(line, "\"metadata\"");
    puts(can ? "{\"opened\":{\"worker\":\"my worker 1.0\"}}" : "{\"unsupported\":\"names and kinds, of a plain root\"}");
}

static double ns(struct timeval t) { return t.tv_sec * 1e9 + t.tv_usec * 1e3; }

int main(void) {
    for (struct timespec start, stop; chdir("/") == 0 && fgets(line, sizeof line, stdin); fflush(stdout)) {
        if (!strncmp(line, "{\"open\"", 7)) { open_case(); continue; }
        int verify = *line == '"' && line[1] == 'v', sample = *line == '{';
        struct rusage before, after;
        getppid(); /* system calls are counted from here ... */
        getrusage(RUSAGE_SELF, &before), clock_gettime(CLOCK_MONOTONIC, &start);
        for (long left = sample ? atol(line + strlen("{\"sample\":{\"iterations\":")) : 1; left > 0; left--) {
            entries = name_bytes = errors = 0, memset(of_kind, 0, sizeof of_kind);
            list(root);
        }
        clock_gettime(CLOCK_MONOTONIC, &stop), getrusage(RUSAGE_SELF, &after);
        getppid(); /* ... to here */
        double wall_ns = (stop.tv_sec - start.tv_sec) * 1e9 + (stop.tv_nsec - start.tv_nsec);
        double user_ns = ns(after.ru_utime) - ns(before.ru_utime), sys_ns = ns(after.ru_stime) - ns(before.ru_stime);
        printf(verify ? "{\"verified\":{\"digest\":null,\"errors\":[],\"tally\":" : sample ? "{\"sampled\":{" : "{\"counted\":");
        if (sample) printf("\"wall_ns\":%.0f,\"user_ns\":%.0f,\"sys_ns\":%.0f,\"tally\":", wall_ns, user_ns, sys_ns);
        printf("{\"entries\":%lu,\"name_bytes\":%lu,\"size_bytes\":0,\"errors\":%lu,", entries, name_bytes, errors);
        printf("\"kinds\":[%lu,%lu,%lu,%lu,", of_kind[0], of_kind[DT_REG], of_kind[DT_DIR], of_kind[DT_LNK]);
        printf("%lu,%lu,%lu,%lu]}", of_kind[DT_FIFO], of_kind[DT_SOCK], of_kind[DT_BLK], of_kind[DT_CHR]);
        puts(verify || sample ? "}}" : "}");
    }
}
