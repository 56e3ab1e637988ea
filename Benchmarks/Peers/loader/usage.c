// CPU time and memory of processes, from /proc.
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "loader.h"

#define MOST 512

struct family {
    int pids[MOST];
    int count;
};

static struct family server, apart;

static size_t read_file(const char *path, char *to, size_t space) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t got = read(file, to, space - 1);
    close(file);
    if (got <= 0) return 0;
    to[got] = 0;
    return (size_t)got;
}

// The fields behind the command's name, which may itself hold spaces and brackets; the first of them is the state.
static const char *stat_fields(int pid, char *text, size_t space) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (read_file(path, text, space) == 0) return NULL;
    char *close = strrchr(text, ')');
    return close == NULL ? NULL : close + 2;
}

static int parent_of(int pid) {
    char text[2048];
    const char *fields = stat_fields(pid, text, sizeof text);
    int parent = 0;
    if (fields != NULL) sscanf(fields, "%*c %d", &parent);
    return parent;
}

// With `reaped`, of children that have ended and were waited for too.
static double cpu_of(int pid, bool reaped) {
    char text[2048];
    const char *fields = stat_fields(pid, text, sizeof text);
    unsigned long user = 0, system = 0;
    long user_reaped = 0, system_reaped = 0;
    if (fields == NULL) return 0;
    sscanf(fields, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld", &user, &system, &user_reaped,
        &system_reaped);
    double ticks = (double)user + (double)system;
    if (reaped) ticks += (double)user_reaped + (double)system_reaped;
    return ticks / (double)sysconf(_SC_CLK_TCK);
}

// Exact, unlike the field of stat, which the kernel adds up per CPU only now and then.
static uint64_t resident_of(int pid) {
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    if (read_file(path, text, sizeof text) == 0) return 0;
    const char *line = strstr(text, "\nRss:");
    return line == NULL ? 0 : strtoull(line + 5, NULL, 10) * 1024;
}

static bool holds(const struct family *family, int pid) {
    for (int i = 0; i < family->count; i++) {
        if (family->pids[i] == pid) return true;
    }
    return false;
}

// User, nice and system time of all programs, and stolen time; without interrupts, which no program is charged for.
static double machine_cpu(void) {
    char text[512];
    unsigned long long user = 0, nice = 0, system = 0, stolen = 0;
    if (read_file("/proc/stat", text, sizeof text) == 0) return 0;
    sscanf(text, "cpu %llu %llu %llu %*u %*u %*u %*u %llu", &user, &nice, &system, &stolen);
    return (double)(user + nice + system + stolen) / (double)sysconf(_SC_CLK_TCK);
}

// Finds a process's descendants, without those of `without`.
static void scan(struct family *family, int root, const struct family *without) {
    family->count = 0;
    if (root == 0) return;
    static int pids[65536], parents[65536];
    int count = 0;
    DIR *folder = opendir("/proc");
    if (folder == NULL) return;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL && count < 65536;) {
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        pids[count] = atoi(entry->d_name);
        parents[count] = parent_of(pids[count]);
        count++;
    }
    closedir(folder);
    family->pids[family->count++] = root;
    for (int done = 0; done < family->count; done++) {
        for (int i = 0; i < count && family->count < MOST; i++) {
            if (parents[i] != family->pids[done] || holds(family, pids[i])) continue;
            if (without == NULL || !holds(without, pids[i])) family->pids[family->count++] = pids[i];
        }
    }
}

// `rescan` looks for the processes anew, which takes a few milliseconds.
struct usage usage_now(bool rescan) {
    if (rescan) {
        scan(&apart, options.apart, NULL);
        scan(&server, options.pid, &apart);
    }
    struct usage usage = {.machine_cpu = machine_cpu()};
    // A Postgres waits for its own children, so theirs is counted when they are gone; a hub waits for its Postgres only
    // at the end.
    for (int i = 0; i < server.count; i++) {
        usage.cpu += cpu_of(server.pids[i], false);
        // The kernel walks the process's memory for it, which is not to happen as the measured time begins.
        if (rescan) usage.resident += resident_of(server.pids[i]);
    }
    for (int i = 0; i < apart.count; i++) usage.apart_cpu += cpu_of(apart.pids[i], i == 0);
    struct rusage own;
    getrusage(RUSAGE_SELF, &own);
    usage.own_cpu = (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec) +
        (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6;
    return usage;
}
