// Whether the machine itself was there: a hypervisor that gives a core to others, or an interrupt that takes long, delays
// whatever runs on it, and is not the server's doing. A thread on each core, ahead of everything there, sleeps for a
// millisecond at a time and notes by how much too late it wakes.
//
// Where the kernel cannot be preempted, what it does for a process holds the thread up as well: a second in which it takes long
// for the server is taken for one in which the machine was away.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "loader.h"

#define EVERY 1000000u  // ns

struct witness {
    int core;
    pthread_t thread;
    struct histogram late[SECONDS];
};

static struct witness witnesses[2];
static int count;
static _Atomic uint64_t from;  // 0 until the measurement begins

static void *watch(void *argument) {
    struct witness *w = argument;
    while (true) {
        uint64_t due = now_ns() + EVERY;
        struct timespec until = {(time_t)(due / 1000000000u), (long)(due % 1000000000u)};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0) {}
        uint64_t now = now_ns(), begin = atomic_load(&from);
        if (begin == 0) continue;
        // A stall counts as each of the wakes that it swallowed, in the second in which that was due.
        for (; due <= now; due += EVERY) {
            uint64_t second = due < begin ? SECONDS : (due - begin) / 1000000000u;
            if (second < SECONDS) histogram_record(&w->late[second], (now - due) / 1000);
        }
    }
    return NULL;
}

// One core's witness; false where a thread may not go ahead of everything.
static bool begin_on(int core) {
    struct witness *w = &witnesses[count];
    w->core = core;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    struct sched_param ahead = {.sched_priority = 2};
    pthread_attr_setaffinity_np(&attributes, sizeof cores, &cores);
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
    pthread_attr_setschedparam(&attributes, &ahead);
    bool begun = pthread_create(&w->thread, &attributes, watch, w) == 0;
    pthread_attr_destroy(&attributes);
    if (begun) count++;
    return begun;
}

void witness_begin(int server_core) {
    if (!begin_on(server_core)) return;
    int own = sched_getcpu();
    if (own >= 0 && own != server_core) begin_on(own);
}

void witness_measure(uint64_t moment) { atomic_store(&from, moment); }

// The p99 of the lateness in each second, of the core where it was greater; an empty list without witnesses.
void witness_print(double seconds) {
    printf("\"machine_p99_by_second\":[");
    for (int i = 0; count > 0 && i < SECONDS && i + 1 <= seconds + 0.001; i++) {
        uint64_t worst = 0;
        for (int w = 0; w < count; w++) {
            uint64_t late = histogram_percentile(&witnesses[w].late[i], 99);
            if (late > worst) worst = late;
        }
        printf("%s%.3f", i > 0 ? "," : "", (double)worst / 1e3);
    }
    printf("],");
}
