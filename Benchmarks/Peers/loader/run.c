// The course of a run: connect, warm up, measure, drain, look whether all has arrived.
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "loader.h"

int poller;
struct connection *connections;
struct counts counts;
struct histogram latency, answer_latency, send_lag;
static struct histogram by_second[SECONDS];  // `latency` of what was due in each second of the measurement
enum phase phase = WARMING;
uint32_t ready, opened;
const char *failure;

static uint32_t *newest;  // by receiver and place of the sender in the group: the newest update that arrived
static uint32_t *order;   // open loop: whose turn it is in each round
static uint32_t *place;   // its inverse
static uint64_t began;    // open loop: when the first update is due
static uint64_t turn;     // open loop: how many updates have been due
static uint64_t measured_from;
static double gap;        // open loop: nanoseconds between two updates, of all connections together

uint64_t now_ns(void) {
    struct timespec clock;
    clock_gettime(CLOCK_MONOTONIC, &clock);
    return (uint64_t)clock.tv_sec * 1000000000u + (uint64_t)clock.tv_nsec;
}

uint64_t due_at(const struct connection *sender, uint32_t number) {
    if (options.window > 0) return sender->sent_at[number % RING];
    uint64_t at = place[sender->index] + (uint64_t)(number - 1) * options.connections;
    return began + (uint64_t)((double)at * gap);
}

void became_ready(struct connection *c) {
    if (c->state != JOINING) return;
    c->state = READY;
    ready++;
}

void was_handled(struct connection *c, uint32_t number, uint64_t now) {
    if (number > c->sent || number == 0) return;
    counts.handled++;
    if (phase == MEASURING) {
        counts.handled_in_window++;
        uint64_t due = due_at(c, number);
        histogram_record(&answer_latency, now > due ? (now - due) / 1000 : 0);
    }
    if (number > c->handled) c->handled = number;
    if (options.window > 0 && phase != DRAINING) {
        c->wanted = c->handled + options.window;
        writable(c);
    }
}

void was_delivered(struct connection *receiver, uint32_t sender, uint32_t number, uint64_t now) {
    if (sender >= options.connections || sender / options.members != receiver->index / options.members) {
        counts.strange++;
        return;
    }
    if (sender == receiver->index) {
        counts.echoes++;
        if (options.speech != SPEECH_HUB) was_handled(receiver, number, now);
        return;
    }
    uint32_t *last = &newest[(size_t)receiver->index * options.members + sender % options.members];
    if (number <= *last || number > connections[sender].sent) {
        counts.repeated++;
        return;
    }
    uint32_t skipped = number - *last - 1;
    *last = number;
    counts.deliveries++;
    if (phase == MEASURING) {
        counts.skipped += skipped;
        counts.in_window++;
        uint64_t due = due_at(&connections[sender], number);
        uint64_t late = now > due ? (now - due) / 1000 : 0;
        uint64_t second = due < measured_from ? SECONDS : (due - measured_from) / 1000000000u;
        histogram_record(&latency, late);
        if (second < SECONDS) histogram_record(&by_second[second], late);
    }
}

// Sends what is due by now; when the next one is.
static uint64_t send_due(void) {
    if (options.window > 0 || phase == DRAINING || began == 0) return UINT64_MAX;
    uint64_t now = now_ns();
    while (true) {
        uint64_t due = began + (uint64_t)((double)turn * gap);
        if (due > now) return due;
        struct connection *c = &connections[order[turn % options.connections]];
        c->wanted = (uint32_t)(turn / options.connections) + 1;
        turn++;
        if (!c->blocked) writable(c);
    }
}

// Serves the sockets, and the timetable, until a moment or a failure.
void handle_events(uint64_t until) {
    struct epoll_event events[512];
    while (failure == NULL) {
        uint64_t next = send_due(), now = now_ns();
        if (now >= until) return;
        if (next > until) next = until;
        uint64_t wait = next > now ? next - now : 0;
        struct timespec timeout = {(time_t)(wait / 1000000000u), (long)(wait % 1000000000u)};
        int count = epoll_pwait2(poller, events, 512, &timeout, NULL);
        for (int i = 0; i < count; i++) {
            struct connection *c = &connections[events[i].data.u32];
            if (c->state == CLOSED) continue;
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) && c->state != CONNECTING) readable(c);
            if (events[i].events & (EPOLLOUT | EPOLLHUP | EPOLLERR) && c->state != CLOSED) writable(c);
            // Many events must not hold up what is due meanwhile.
            if (i % 16 == 15) send_due();
        }
    }
}

// Opens connections until there are so many, at most 128 at once on their way.
void open_connections(uint32_t upto) {
    uint64_t deadline = now_ns() + 120000000000u;
    while (failure == NULL && ready < upto) {
        while (opened < upto && opened - ready < 128 && failure == NULL) connect_socket(&connections[opened++]);
        handle_events(now_ns() + 1000000);
        if (counts.closed > 0) failure = "a connection was closed while others were made";
        if (now_ns() > deadline) failure = "connecting took more than two minutes";
    }
}

static void shuffle(void) {
    order = malloc(sizeof *order * options.connections);
    place = malloc(sizeof *place * options.connections);
    for (uint32_t i = 0; i < options.connections; i++) order[i] = i;
    uint64_t state = 88172645463325252u;  // the same order in every run
    for (uint32_t i = options.connections - 1; i > 0; i--) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        uint32_t other = (uint32_t)(state % (i + 1)), held = order[i];
        order[i] = order[other];
        order[other] = held;
    }
    for (uint32_t i = 0; i < options.connections; i++) place[order[i]] = i;
}

static void print_histogram(const char *name, const struct histogram *h) {
    static const struct {
        const char *name;
        double percent;
    } wanted[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p999", 99.9}, {"max", 100}};
    printf("\"%s\":{\"count\":%llu", name, (unsigned long long)h->count);
    for (int i = 0; i < 5; i++) {
        printf(",\"%s\":%.3f", wanted[i].name, (double)histogram_percentile(h, wanted[i].percent) / 1e3);
    }
    printf("},");
}

// The p99 of what was due in every whole second that was measured and came within the measurement; null if nothing did.
static void print_seconds(double seconds) {
    printf("\"p99_by_second\":[");
    for (int i = 0; i < SECONDS && i + 1 <= seconds + 0.001; i++) {
        printf("%s", i > 0 ? "," : "");
        if (by_second[i].count == 0) {
            printf("null");
        } else {
            printf("%.3f", (double)histogram_percentile(&by_second[i], 99) / 1e3);
        }
    }
    printf("],");
}

static void print_text(const char *name, const char *text) {
    printf("\"%s\":\"", name);
    for (; *text != 0; text++) {
        unsigned char character = (unsigned char)*text;
        if (character == '"' || character == '\\') putchar('\\');
        if (character >= ' ') putchar(character);
    }
    printf("\",");
}

// Deliveries that have not come: of every update if nothing may be left out, else of the newest of each sender.
static uint64_t missing(bool newest_alone) {
    uint64_t sum = 0;
    for (uint32_t r = 0; r < options.connections; r++) {
        uint32_t first = r / options.members * options.members;
        for (uint32_t m = 0; m < options.members && first + m < options.connections; m++) {
            if (first + m == r) continue;
            uint32_t behind = connections[first + m].sent - newest[(size_t)r * options.members + m];
            sum += newest_alone ? behind > 0 : behind;
        }
    }
    return sum;
}

// Updates whose answer (the hub's `ack`, or the copy to the sender) has not come.
static uint64_t unanswered(void) {
    uint64_t sent = 0;
    for (uint32_t i = 0; i < options.connections; i++) sent += connections[i].sent;
    return sent - counts.handled;
}

void run_idle(void) {
    uint64_t before = usage_now(true).resident;
    open_connections(options.connections);
    handle_events(now_ns() + 3000000000u);
    uint64_t after = usage_now(true).resident;
    printf("{\"mode\":\"idle\",\"connections\":%u,", ready);
    print_text("failure", failure ? failure : "");
    print_text("first_error", counts.first_error);
    printf("\"resident_before\":%llu,\"resident_after\":%llu,\"bytes_per_connection\":%.1f}\n", (unsigned long long)before,
        (unsigned long long)after, ready == 0 ? 0.0 : ((double)after - (double)before) / ready);
}

void run_load(void) {
    newest = calloc((size_t)options.connections * options.members, sizeof *newest);
    shuffle();
    if (options.window > 0) {
        for (uint32_t i = 0; i < options.connections; i++) connections[i].sent_at = calloc(RING, sizeof(uint64_t));
    } else {
        gap = 1e9 / (options.rate * options.connections);
    }
    open_connections(options.connections);
    // What joining has caused (presence, caches) is to be over.
    handle_events(now_ns() + 500000000u);
    uint64_t start = now_ns();
    if (options.window > 0) {
        for (uint32_t i = 0; i < options.connections && failure == NULL; i++) {
            connections[order[i]].wanted = options.window;
            writable(&connections[order[i]]);
        }
    } else {
        began = start;
    }
    usage_now(true);
    uint64_t measured = start + (uint64_t)(options.warmup * 1e9);
    handle_events(measured);
    struct usage first = usage_now(false);
    uint64_t from = now_ns(), turn_from = turn;
    measured_from = from;
    witness_measure(from);
    phase = MEASURING;
    handle_events(from + (uint64_t)(options.seconds * 1e9));
    uint64_t to = now_ns(), turn_to = turn;
    struct usage last = usage_now(true);
    phase = DRAINING;
    // Updates that were due and could not be sent are left out; what was sent has to arrive.
    uint64_t unsent = 0;
    for (uint32_t i = 0; i < options.connections; i++) {
        if (connections[i].wanted > connections[i].sent) unsent += connections[i].wanted - connections[i].sent;
        connections[i].wanted = connections[i].sent;
    }
    uint64_t patience = now_ns() + 30000000000u;
    uint64_t seen = 0, quiet = 0;
    bool answers = options.speech == SPEECH_HUB || options.window > 0;
    while (failure == NULL && (missing(options.conflates) > 0 || (answers && unanswered() > 0)) && quiet < 50) {
        if (now_ns() > patience) break;
        handle_events(now_ns() + 100000000u);
        quiet = counts.frames == seen ? quiet + 1 : 0;
        seen = counts.frames;
    }
    // A server that is far behind has lost nothing yet; one that has fallen silent has.
    bool behind = failure == NULL && now_ns() > patience && quiet < 10;
    // Late repetitions would show now.
    handle_events(now_ns() + 300000000u);

    double seconds = (double)(to - from) / 1e9, cpu = last.cpu - first.cpu;
    double millions = (double)counts.in_window / 1e6;
    printf("{\"mode\":\"%s\",\"connections\":%u,\"members\":%u,\"rate\":%g,\"window\":%u,",
        options.window > 0 ? "closed" : "open", options.connections, options.members, options.rate, options.window);
    print_text("failure", failure ? failure : "");
    print_text("first_error", counts.first_error);
    printf("\"seconds\":%.3f,\"due\":%llu,\"sent\":%llu,\"unsent\":%llu,\"deliveries\":%llu,\"deliveries_per_second\":%.0f,",
        seconds, (unsigned long long)(turn_to - turn_from), (unsigned long long)counts.sends_in_window,
        (unsigned long long)unsent, (unsigned long long)counts.in_window, (double)counts.in_window / seconds);
    printf("\"frames\":%llu,\"bytes\":%llu,\"answers\":%llu,\"echoes\":%llu,", (unsigned long long)counts.frames_in_window,
        (unsigned long long)counts.bytes_in_window, (unsigned long long)counts.handled_in_window,
        (unsigned long long)counts.echoes);
    printf("\"server_cpu\":%.3f,\"server_share\":%.4f,\"apart_cpu\":%.3f,\"loader_cpu\":%.3f,\"loader_share\":%.4f,", cpu,
        cpu / seconds, last.apart_cpu - first.apart_cpu, last.own_cpu - first.own_cpu,
        (last.own_cpu - first.own_cpu) / seconds);
    printf("\"cpu_per_million\":%.4f,\"apart_per_million\":%.4f,\"resident\":%llu,", millions > 0 ? cpu / millions : 0,
        millions > 0 ? (last.apart_cpu - first.apart_cpu) / millions : 0, (unsigned long long)last.resident);
    double ours = cpu + last.apart_cpu - first.apart_cpu + last.own_cpu - first.own_cpu;
    double others = last.machine_cpu - first.machine_cpu - ours;
    printf("\"others_share\":%.4f,", others > 0 ? others / seconds : 0);
    print_histogram("latency", &latency);
    print_seconds(seconds);
    witness_print(seconds);
    print_histogram("answer", &answer_latency);
    print_histogram("send_lag", &send_lag);
    printf("\"lost\":%llu,\"newest_missing\":%llu,\"conflated\":%llu,\"repeated\":%llu,\"strange\":%llu,\"errors\":%llu,"
           "\"closed\":%llu,\"unanswered\":%llu,\"behind\":%s}\n",
        (unsigned long long)missing(false), (unsigned long long)missing(true), (unsigned long long)counts.skipped,
        (unsigned long long)counts.repeated, (unsigned long long)counts.strange, (unsigned long long)counts.errors,
        (unsigned long long)counts.closed, (unsigned long long)(answers ? unanswered() : 0), behind ? "true" : "false");
}
