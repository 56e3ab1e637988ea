// Sockets and RFC 6455's framing, the client's side.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loader.h"

extern int poller;

// One buffer for all: what is left of a frame at its end is kept with the connection.
static uint8_t buffer[1 << 18];

// Not zero, so that the server has to unmask; the same for all, so that it costs nothing here.
static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};

static void await(const struct connection *c, uint32_t events, int operation) {
    struct epoll_event event = {.events = events, .data.u32 = c->index};
    epoll_ctl(poller, operation, c->fd, &event);
}

void connect_socket(struct connection *c) {
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) {
        failure = "no socket could be made: too many files?";
        return;
    }
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    // Several source addresses, because one has some 28,000 ports; the port is chosen at connect, where only the pair
    // of both ends has to be unique.
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002u + c->index % 8)};
    bind(c->fd, (struct sockaddr *)&from, sizeof from);
    // Reset at the end: no TIME_WAIT stays behind for the next run.
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)options.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) {
        failure = "connect was refused";
        return;
    }
    c->state = CONNECTING;
    await(c, EPOLLOUT, EPOLL_CTL_ADD);
}

void close_connection(struct connection *c) {
    if (c->state == CLOSED) return;
    if (c->state == READY) ready--;
    c->state = CLOSED;
    counts.closed++;
    close(c->fd);
    free(c->tail);
    free(c->rest);
    c->tail = c->rest = NULL;
    c->tail_length = c->rest_length = 0;
    c->blocked = false;
}

void send_bytes(struct connection *c, const uint8_t *bytes, size_t count) {
    if (c->state == CLOSED) return;
    if (!c->blocked) {
        ssize_t taken = send(c->fd, bytes, count, MSG_NOSIGNAL);
        if (taken == (ssize_t)count) return;
        if (taken < 0 && errno != EAGAIN) {
            close_connection(c);
            return;
        }
        if (taken > 0) bytes += taken, count -= (size_t)taken;
        c->blocked = true;
        await(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    }
    c->rest = realloc(c->rest, c->rest_length + count);
    memcpy(c->rest + c->rest_length, bytes, count);
    c->rest_length += (uint32_t)count;
}

static void send_updates(struct connection *c) {
    uint8_t frame[512];
    while (!c->blocked && c->sent < c->wanted && c->state == READY) {
        size_t length = update_frame(c, ++c->sent, frame);
        uint64_t now = now_ns();
        if (c->sent_at != NULL) c->sent_at[c->sent % RING] = now;
        if (phase == MEASURING) {
            counts.sends_in_window++;
            uint64_t due = due_at(c, c->sent);
            histogram_record(&send_lag, now > due ? (now - due) / 1000 : 0);
        }
        send_bytes(c, frame, length);
    }
}

void writable(struct connection *c) {
    if (c->state == CONNECTING) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) {
            failure = "connect failed";
            return;
        }
        char request[1024];
        size_t length = upgrade_request(c, request, sizeof request);
        c->state = UPGRADING;
        await(c, EPOLLIN, EPOLL_CTL_MOD);
        send_bytes(c, (uint8_t *)request, length);
        return;
    }
    if (c->blocked) {
        ssize_t taken = send(c->fd, c->rest, c->rest_length, MSG_NOSIGNAL);
        if (taken < 0) {
            if (errno != EAGAIN) close_connection(c);
            return;
        }
        c->rest_length -= (uint32_t)taken;
        if (c->rest_length > 0) {
            memmove(c->rest, c->rest + taken, c->rest_length);
            return;
        }
        free(c->rest);
        c->rest = NULL;
        c->blocked = false;
        await(c, EPOLLIN, EPOLL_CTL_MOD);
    }
    send_updates(c);
}

size_t frame_message(uint8_t *to, uint8_t opcode, const void *payload, size_t length) {
    size_t at = 0;
    to[at++] = 0x80 | opcode;
    if (length < 126) {
        to[at++] = 0x80 | (uint8_t)length;
    } else {
        to[at++] = 0x80 | 126;
        to[at++] = (uint8_t)(length >> 8);
        to[at++] = (uint8_t)length;
    }
    memcpy(to + at, mask, 4);
    at += 4;
    const uint8_t *from = payload;
    for (size_t i = 0; i < length; i++) to[at + i] = from[i] ^ mask[i & 3];
    return at + length;
}

// Takes whole frames from the front of what came; returns how many bytes they had.
static size_t take_frames(struct connection *c, const uint8_t *bytes, size_t count, uint64_t now) {
    size_t at = 0;
    while (count - at >= 2 && c->state != CLOSED) {
        const uint8_t *head = bytes + at;
        size_t size = 2;
        uint64_t length = head[1] & 0x7f;
        if (length == 126) {
            if (count - at < 4) break;
            length = (uint64_t)head[2] << 8 | head[3];
            size = 4;
        } else if (length == 127) {
            if (count - at < 10) break;
            length = 0;
            for (int i = 2; i < 10; i++) length = length << 8 | head[i];
            size = 10;
        }
        if (count - at < size + length) break;
        const uint8_t *payload = head + size;
        at += size + length;
        switch (head[0] & 0x0f) {
            case 1:
            case 2:
                counts.frames++;
                if (phase == MEASURING) counts.frames_in_window++, counts.bytes_in_window += size + length;
                received(c, payload, length, now);
                break;
            case 8:
                if (counts.first_error[0] == 0 && length >= 2) {
                    snprintf(counts.first_error, sizeof counts.first_error, "closed with %u: %.*s",
                        (unsigned)payload[0] << 8 | payload[1], (int)length - 2, payload + 2);
                }
                close_connection(c);
                break;
            case 9: {
                uint8_t pong[256];
                if (length <= 125) send_bytes(c, pong, frame_message(pong, 10, payload, length));
                break;
            }
            case 10: break;
            default: counts.strange++;
        }
    }
    return at;
}

void readable(struct connection *c) {
    size_t kept = c->tail_length;
    if (kept > 0) memcpy(buffer, c->tail, kept);
    ssize_t got = recv(c->fd, buffer + kept, sizeof buffer - kept, 0);
    if (got <= 0) {
        if (got < 0 && errno == EAGAIN) return;
        close_connection(c);
        return;
    }
    uint64_t now = now_ns();
    size_t count = kept + (size_t)got, at = 0;
    if (c->state == UPGRADING) {
        uint8_t *end = memmem(buffer, count, "\r\n\r\n", 4);
        if (end != NULL) {
            if (memcmp(buffer, "HTTP/1.1 101", 12) != 0) {
                snprintf(counts.first_error, sizeof counts.first_error, "%.*s", (int)(count < 190 ? count : 190), buffer);
                failure = "the upgrade was refused";
                return;
            }
            at = (size_t)(end + 4 - buffer);
            c->state = JOINING;
            upgraded(c);
        }
    }
    if (c->state >= JOINING) at += take_frames(c, buffer + at, count - at, now);
    if (c->state == CLOSED) return;
    size_t left = count - at;
    if (left == sizeof buffer) {
        failure = "a frame is longer than the buffer";
        return;
    }
    if (left > 0) {
        c->tail = realloc(c->tail, left);
        memcpy(c->tail, buffer + at, left);
    } else if (c->tail != NULL) {
        free(c->tail);
        c->tail = NULL;
    }
    c->tail_length = (uint32_t)left;
}
