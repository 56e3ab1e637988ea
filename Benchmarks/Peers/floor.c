// The floor of the comparison: a WebSocket server that does nothing but hand every message on to the other members of
// the group that the path names. One thread, one epoll instance; no parsing beyond a frame's header and unmasking.
//
//   floor PORT [--echo] [--tick MS]
//
// --echo sends a message to its sender too. With --tick the frames of a socket are gathered and sent once a tick;
// without it every delivery is a send of its own.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct connection {
    int fd, group;
    bool upgraded, waiting, dirty;
    uint32_t in_length, out_length, out_space;
    uint8_t *in, *out;  // a frame's beginning; what is gathered, or what the socket did not take
};

struct group {
    int count, space;
    struct connection **members;
};

static int poller, group_count, dirty_count, dirty_space;
static struct group *groups;
static struct connection **dirty;
static bool echo, ticks;
static uint8_t buffer[1 << 16], frame[1 << 16];

static void await(struct connection *c, uint32_t events, int operation) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    epoll_ctl(poller, operation, c->fd, &event);
}

static void end(struct connection *c) {
    if (c->group >= 0) {
        struct group *g = &groups[c->group];
        for (int i = 0; i < g->count; i++) {
            if (g->members[i] == c) {
                g->members[i] = g->members[--g->count];
                break;
            }
        }
    }
    for (int i = 0; c->dirty && i < dirty_count; i++) {
        if (dirty[i] == c) dirty[i] = dirty[--dirty_count];
    }
    close(c->fd);
    free(c->in);
    free(c->out);
    free(c);
}

static void keep(struct connection *c, const uint8_t *bytes, size_t count) {
    if (c->out_length + count > c->out_space) {
        c->out_space = (uint32_t)(c->out_length + count) * 2;
        c->out = realloc(c->out, c->out_space);
    }
    memcpy(c->out + c->out_length, bytes, count);
    c->out_length += (uint32_t)count;
}

// A send that fails is noticed by the next read.
static void flush(struct connection *c) {
    ssize_t taken = send(c->fd, c->out, c->out_length, MSG_NOSIGNAL);
    if (taken < 0) taken = 0;
    c->out_length -= (uint32_t)taken;
    memmove(c->out, c->out + taken, c->out_length);
    bool waits = c->out_length > 0;
    if (waits != c->waiting) await(c, waits ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
    c->waiting = waits;
}

static void deliver(struct connection *c, const uint8_t *bytes, size_t count) {
    if (ticks) {
        if (!c->dirty) {
            c->dirty = true;
            if (dirty_count == dirty_space) {
                dirty_space = dirty_space * 2 + 64;
                dirty = realloc(dirty, sizeof *dirty * (size_t)dirty_space);
            }
            dirty[dirty_count++] = c;
        }
        keep(c, bytes, count);
        return;
    }
    if (c->waiting) {
        keep(c, bytes, count);
        return;
    }
    ssize_t taken = send(c->fd, bytes, count, MSG_NOSIGNAL);
    if (taken == (ssize_t)count || (taken < 0 && errno != EAGAIN)) return;
    if (taken < 0) taken = 0;
    keep(c, bytes + taken, count - (size_t)taken);
    c->waiting = true;
    await(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
}

static void upgrade(struct connection *c, const char *request) {
    // The answer to the one key that the loader sends, which is RFC 6455's example.
    static const char answer[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    int number = 0;
    sscanf(request, "GET /g/%d", &number);
    while (group_count <= number) {
        groups = realloc(groups, sizeof *groups * (size_t)(group_count + 1));
        groups[group_count++] = (struct group){0};
    }
    struct group *g = &groups[number];
    if (g->count == g->space) {
        g->space = g->space * 2 + 4;
        g->members = realloc(g->members, sizeof *g->members * (size_t)g->space);
    }
    g->members[g->count++] = c;
    c->group = number;
    c->upgraded = true;
    send(c->fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
}

// Takes whole frames; how many bytes they had.
static size_t take_frames(struct connection *c, uint8_t *bytes, size_t count) {
    size_t at = 0;
    while (count - at >= 6) {
        uint8_t *head = bytes + at;
        size_t length = head[1] & 0x7f, size = 6;
        if (length == 126) {
            if (count - at < 8) break;
            length = (size_t)head[2] << 8 | head[3];
            size = 8;
        }
        if (count - at < size + length) break;
        at += size + length;
        if ((head[0] & 0x0f) > 2) continue;
        const uint8_t *mask = head + size - 4;
        uint8_t *payload = head + size, *to = frame;
        *to++ = head[0];
        if (length < 126) {
            *to++ = (uint8_t)length;
        } else {
            *to++ = 126, *to++ = (uint8_t)(length >> 8), *to++ = (uint8_t)length;
        }
        for (size_t i = 0; i < length; i++) to[i] = payload[i] ^ mask[i & 3];
        size_t total = (size_t)(to - frame) + length;
        struct group *g = &groups[c->group];
        for (int i = 0; i < g->count; i++) {
            if (echo || g->members[i] != c) deliver(g->members[i], frame, total);
        }
    }
    return at;
}

static void readable(struct connection *c) {
    memcpy(buffer, c->in, c->in_length);
    ssize_t got = recv(c->fd, buffer + c->in_length, sizeof buffer - 1 - c->in_length, 0);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN) end(c);
        return;
    }
    size_t count = c->in_length + (size_t)got, at = 0;
    if (!c->upgraded) {
        buffer[count] = 0;
        char *last = strstr((char *)buffer, "\r\n\r\n");
        if (last != NULL) {
            upgrade(c, (char *)buffer);
            at = (size_t)(last + 4 - (char *)buffer);
        }
    }
    if (c->upgraded) at += take_frames(c, buffer + at, count - at);
    c->in_length = (uint32_t)(count - at);
    free(c->in);
    c->in = NULL;
    if (c->in_length > 0) {
        c->in = malloc(c->in_length);
        memcpy(c->in, buffer + at, c->in_length);
    }
}

static void accept_all(int listener) {
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct connection *c = calloc(1, sizeof *c);
        c->fd = fd;
        c->group = -1;
        await(c, EPOLLIN, EPOLL_CTL_ADD);
    }
}

int main(int argc, char **argv) {
    int port = argc > 1 ? atoi(argv[1]) : 0, tick = 0;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--echo") == 0) echo = true;
        if (strcmp(argv[i], "--tick") == 0 && i + 1 < argc) tick = atoi(argv[++i]);
    }
    ticks = tick > 0;
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    poller = epoll_create1(EPOLL_CLOEXEC);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) {
        perror("floor");
        return 1;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listener};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    int timer = -1;
    if (ticks) {
        timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
        struct timespec period = {tick / 1000, tick % 1000 * 1000000L};
        struct itimerspec every = {period, period};
        timerfd_settime(timer, 0, &every, NULL);
        event.data.ptr = &timer;
        epoll_ctl(poller, EPOLL_CTL_ADD, timer, &event);
    }
    struct epoll_event events[256];
    while (true) {
        int count = epoll_wait(poller, events, 256, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == &listener) {
                accept_all(listener);
            } else if (events[i].data.ptr == &timer) {
                uint64_t passed;
                if (read(timer, &passed, sizeof passed) < 0) continue;
                for (int d = 0; d < dirty_count; d++) {
                    dirty[d]->dirty = false;
                    if (!dirty[d]->waiting) flush(dirty[d]);
                }
                dirty_count = 0;
            } else {
                struct connection *c = events[i].data.ptr;
                if (events[i].events & EPOLLOUT) flush(c);
                if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(c);
            }
        }
    }
}
