// The load generator of `make bench`. It shares the machine with what it measures, so it is one thread, one epoll
// instance, no parser beyond what the messages need, and no library but libc.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "histogram.h"

// How a server is spoken to.
enum speech {
    SPEECH_PLAIN,  // WebSocket; whatever one member sends reaches the others as it is
    SPEECH_NCHAN,  // the same on a publish-and-subscribe location; answers to a publisher are passed over
    SPEECH_MQTT,   // MQTT 3.1.1 at quality of service 0 over WebSocket
    SPEECH_HUB     // presence.v1
};

struct options {
    enum speech speech;
    int port;
    const char *path;  // of a group; %u is its number. The hub's path is fixed.
    uint32_t connections, members;
    double rate;      // open loop: updates per connection and second
    uint32_t window;  // closed loop: updates that may be on their way per connection; 0 is open loop
    double warmup, seconds;
    bool idle;       // connect, and look at the server's memory
    bool join;       // hub: be a device that watches its group (default), or a connection that says nothing
    bool conflates;  // a newer position may take an older one's place: then only the newest must arrive
    int pid;         // the server; its children count too
    int witness;     // a core (the server's) on which to look whether the machine is there; -1 for none
    int apart;       // a process whose CPU and children's CPU are reported apart (the hub's Postgres)
    const char *key, *prefix, *group;  // hub: API key, first 24 characters of every device's id, groups' prefix
};

enum state { CLOSED, CONNECTING, UPGRADING, JOINING, READY };

struct connection {
    int fd;
    uint32_t index;
    uint8_t state;
    bool blocked;      // the socket took less than it was given; EPOLLOUT is awaited
    uint32_t sent;     // number of the newest update sent; the first is 1
    uint32_t wanted;   // number of the newest that is due
    uint32_t handled;  // number of the newest known to be handled
    uint32_t tail_length, rest_length;
    uint8_t *tail;      // the beginning of a frame whose end has not come
    uint8_t *rest;      // what the socket did not take
    uint64_t stamp;     // hub: milliseconds of the newest fix, each later than the one before
    uint64_t *sent_at;  // closed loop: when the newest RING updates went
};

#define RING 64u
#define SECONDS 60  // of a measurement, told one by one
#define UPDATE_BYTES 150u

enum phase { WARMING, MEASURING, DRAINING };

struct counts {
    uint64_t deliveries, in_window, frames, frames_in_window, bytes_in_window, echoes, handled, handled_in_window;
    uint64_t skipped, repeated, strange, errors, closed, sends_in_window;
    char first_error[200];
};

extern struct options options;
extern struct connection *connections;
extern struct counts counts;
extern struct histogram latency, answer_latency, send_lag;
extern enum phase phase;
extern uint32_t ready, opened;
extern const char *failure;  // why the run cannot go on

uint64_t now_ns(void);

// run.c
uint64_t due_at(const struct connection *sender, uint32_t number);
void became_ready(struct connection *c);
void was_handled(struct connection *c, uint32_t number, uint64_t now);
void was_delivered(struct connection *receiver, uint32_t sender, uint32_t number, uint64_t now);
void open_connections(uint32_t upto);
void run_load(void);
void run_idle(void);
void handle_events(uint64_t until);

// witness.c
void witness_begin(int server_core);
void witness_measure(uint64_t moment);
void witness_print(double seconds);

// socket.c
void connect_socket(struct connection *c);
void send_bytes(struct connection *c, const uint8_t *bytes, size_t count);
void readable(struct connection *c);
void writable(struct connection *c);
void close_connection(struct connection *c);
size_t frame_message(uint8_t *to, uint8_t opcode, const void *payload, size_t length);

// speech.c
size_t upgrade_request(const struct connection *c, char *to, size_t space);
void upgraded(struct connection *c);
void received(struct connection *c, const uint8_t *payload, size_t length, uint64_t now);
size_t update_frame(struct connection *c, uint32_t number, uint8_t *to);
void prepare_speech(void);

// usage.c
struct usage {
    double cpu, apart_cpu, own_cpu;
    double machine_cpu;  // of all programs, and what a hypervisor took away
    uint64_t resident;
};
struct usage usage_now(bool rescan);
