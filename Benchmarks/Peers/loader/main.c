// Reads the options and starts the run; one JSON object on standard output is the result.
#define _GNU_SOURCE
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "loader.h"

extern int poller;

struct options options = {
    .speech = SPEECH_PLAIN, .path = "/g/%u", .connections = 1000, .members = 20, .rate = 1, .warmup = 2, .seconds = 5,
    .join = true, .witness = -1, .key = "", .prefix = "", .group = ""};

static const struct option names[] = {
    {"speech", required_argument, NULL, 's'},  {"port", required_argument, NULL, 'p'},
    {"path", required_argument, NULL, 'P'},    {"connections", required_argument, NULL, 'n'},
    {"members", required_argument, NULL, 'm'}, {"rate", required_argument, NULL, 'r'},
    {"window", required_argument, NULL, 'w'},  {"warmup", required_argument, NULL, 'u'},
    {"seconds", required_argument, NULL, 't'}, {"idle", required_argument, NULL, 'i'},
    {"no-join", no_argument, NULL, 'j'},       {"conflates", no_argument, NULL, 'c'},
    {"pid", required_argument, NULL, 'd'},     {"apart", required_argument, NULL, 'a'},
    {"key", required_argument, NULL, 'k'},     {"prefix", required_argument, NULL, 'x'},
    {"group", required_argument, NULL, 'g'},   {"witness", required_argument, NULL, 'o'},
    {0}};

static void usage(void) {
    fputs(
        "loader --speech plain|nchan|mqtt|hub --port N --pid SERVER [--apart PID]\n"
        "       [--connections N] [--members 20] [--path /g/%u] [--warmup S] [--seconds S] [--conflates]\n"
        "       (--rate UPDATES-PER-SECOND | --window N | --idle CONNECTIONS [--no-join])\n"
        "       [--witness SERVER'S-CORE]\n"
        "       [--key API-KEY] [--prefix FIRST-24-OF-DEVICE-IDS] [--group PREFIX]\n",
        stderr);
    exit(2);
}

static enum speech speech_named(const char *name) {
    static const char *all[] = {"plain", "nchan", "mqtt", "hub"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(name, all[i]) == 0) return (enum speech)i;
    }
    usage();
    return SPEECH_PLAIN;
}

int main(int argc, char **argv) {
    for (int letter; (letter = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (letter) {
            case 's': options.speech = speech_named(optarg); break;
            case 'p': options.port = atoi(optarg); break;
            case 'P': options.path = optarg; break;
            case 'n': options.connections = (uint32_t)atoi(optarg); break;
            case 'm': options.members = (uint32_t)atoi(optarg); break;
            case 'r': options.rate = atof(optarg); break;
            case 'w': options.window = (uint32_t)atoi(optarg); break;
            case 'u': options.warmup = atof(optarg); break;
            case 't': options.seconds = atof(optarg); break;
            case 'i': options.idle = true, options.connections = (uint32_t)atoi(optarg); break;
            case 'j': options.join = false; break;
            case 'c': options.conflates = true; break;
            case 'd': options.pid = atoi(optarg); break;
            case 'o': options.witness = atoi(optarg); break;
            case 'a': options.apart = atoi(optarg); break;
            case 'k': options.key = optarg; break;
            case 'x': options.prefix = optarg; break;
            case 'g': options.group = optarg; break;
            default: usage();
        }
    }
    bool hub = options.speech == SPEECH_HUB;
    if (options.port == 0 || options.pid == 0 || options.connections == 0 || options.members == 0 ||
        options.window > RING / 2 || options.rate <= 0 || (hub && strlen(options.prefix) != 24)) {
        usage();
    }
    signal(SIGPIPE, SIG_IGN);
    // Wake-ups to the microsecond: the usual slack of 50 would be part of every latency.
    prctl(PR_SET_TIMERSLACK, 1);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < options.connections + 32) {
        fprintf(stderr, "loader: %u connections need as many files; this process may have %llu\n", options.connections,
            (unsigned long long)files.rlim_cur);
        return 2;
    }
    poller = epoll_create1(EPOLL_CLOEXEC);
    connections = calloc(options.connections, sizeof *connections);
    for (uint32_t i = 0; i < options.connections; i++) connections[i].index = i;
    prepare_speech();
    if (options.witness >= 0) witness_begin(options.witness);
    if (options.idle) {
        run_idle();
    } else {
        run_load();
    }
    return failure == NULL ? 0 : 1;
}
