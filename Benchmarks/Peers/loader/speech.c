// What is said to each kind of server, and what is understood of its answers.
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "loader.h"

// Of a plain update: a fix as the hub takes it, with the sender and the update's number where they are found at once.
#define SENDER_AT 27
#define NUMBER_AT 43
static char plain[UPDATE_BYTES + 1];

static void put_hex(char *to, uint32_t value) {
    for (int i = 7; i >= 0; i--, value >>= 4) to[i] = "0123456789abcdef"[value & 15];
}

static uint32_t get_hex(const uint8_t *from) {
    uint32_t value = 0;
    for (int i = 0; i < 8; i++) {
        uint8_t digit = from[i];
        value = value << 4 | (uint32_t)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
    }
    return value;
}

static uint64_t get_number(const uint8_t *from, const uint8_t *end) {
    uint64_t value = 0;
    while (from < end && *from >= '0' && *from <= '9') value = value * 10 + (*from++ - '0');
    return value;
}

void prepare_speech(void) {
    int length = snprintf(plain, sizeof plain,
        "{\"type\":\"location\",\"from\":\"%08x\",\"id\":\"%08x\",\"latitude\":48.148612,\"longitude\":17.107734,"
        "\"accuracy\":8,\"speed\":1.4,\"bearing\":271,\"battery\":81", 0, 0);
    for (; length < (int)UPDATE_BYTES - 1; length++) plain[length] = ' ';
    plain[length] = '}';
    // The places above are the format's; a change of one without the other must not go unseen.
    if (memcmp(plain + SENDER_AT, "00000000\",\"id\":\"00000000", 24) != 0 || NUMBER_AT - SENDER_AT != 16) abort();
}

size_t upgrade_request(const struct connection *c, char *to, size_t space) {
    char path[256], extra[512] = "";
    if (options.speech == SPEECH_HUB) {
        if (options.join) {
            snprintf(path, sizeof path, "/api/v1/stream?deviceId=%s%012x", options.prefix, c->index);
        } else {
            snprintf(path, sizeof path, "/api/v1/stream");
        }
        snprintf(extra, sizeof extra, "X-API-Key: %s\r\nSec-WebSocket-Protocol: presence.v1\r\n", options.key);
    } else {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(path, sizeof path, options.path, c->index / options.members);
#pragma GCC diagnostic pop
        if (options.speech == SPEECH_MQTT) snprintf(extra, sizeof extra, "Sec-WebSocket-Protocol: mqtt\r\n");
    }
    return (size_t)snprintf(to, space,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
        path, options.port, extra);
}

static void say(struct connection *c, const char *text) {
    uint8_t frame[512];
    send_bytes(c, frame, frame_message(frame, 1, text, strlen(text)));
}

void upgraded(struct connection *c) {
    switch (options.speech) {
        case SPEECH_PLAIN:
        case SPEECH_NCHAN: became_ready(c); break;
        case SPEECH_HUB:  // the hub speaks first
            if (!options.join) became_ready(c);
            break;
        case SPEECH_MQTT: {
            // CONNECT with a clean session and a keep-alive of 0 (never).
            uint8_t packet[64] = {0x10, 0, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 0};
            int length = snprintf((char *)packet + 14, 32, "load%08x", c->index);
            packet[13] = (uint8_t)length;
            packet[1] = (uint8_t)(12 + length);
            uint8_t frame[128];
            send_bytes(c, frame, frame_message(frame, 2, packet, 14 + (size_t)length));
            break;
        }
    }
}

static void received_plain(struct connection *c, const uint8_t *payload, size_t length, uint64_t now) {
    if (length != UPDATE_BYTES || payload[2] != 't') {
        if (options.speech != SPEECH_NCHAN) counts.strange++;
        return;
    }
    was_delivered(c, get_hex(payload + SENDER_AT), get_hex(payload + NUMBER_AT), now);
}

static void received_mqtt(struct connection *c, const uint8_t *payload, size_t length, uint64_t now) {
    size_t at = 0;
    while (at + 2 <= length) {
        uint8_t kind = payload[at] >> 4;
        size_t rest = payload[at + 1] & 0x7f, head = 2;
        if (payload[at + 1] & 0x80) {
            if (at + 3 > length) break;
            rest |= (size_t)payload[at + 2] << 7;
            head = 3;
        }
        const uint8_t *body = payload + at + head;
        if (at + head + rest > length) break;
        at += head + rest;
        if (kind == 2) {  // CONNACK: subscribe to the group's topic
            if (rest < 2 || body[1] != 0) failure = "MQTT: the connection was refused";
            uint8_t packet[64] = {0x82, 0, 0, 1, 0, 0};
            int topic = snprintf((char *)packet + 6, 32, "g/%08x", c->index / options.members);
            packet[5] = (uint8_t)topic;
            packet[6 + topic] = 0;
            packet[1] = (uint8_t)(5 + topic);
            uint8_t frame[128];
            send_bytes(c, frame, frame_message(frame, 2, packet, 7 + (size_t)topic));
        } else if (kind == 9) {  // SUBACK
            became_ready(c);
        } else if (kind == 3) {
            size_t topic = (size_t)body[0] << 8 | body[1];
            received_plain(c, body + 2 + topic, rest - 2 - topic, now);
        }
    }
    if (at != length) counts.strange++;
}

// The hub's `positions`: every entry is {"deviceId":"…","timestamp":"…",…,"accuracy":N,…}; the accuracy is the number.
static void received_positions(struct connection *c, const uint8_t *payload, size_t length, uint64_t now) {
    static const char opening[] = "\"deviceId\":\"";
    const uint8_t *at = payload, *end = payload + length;
    uint32_t found = 0;
    while (true) {
        // The first entry is behind the group's name, the following ones behind the end of the one before.
        const uint8_t *entry = memmem(at, (size_t)(end - at), opening, sizeof opening - 1);
        if (entry == NULL) break;
        const uint8_t *id = entry + sizeof opening - 1;
        // Behind the id and the timestamp (both of known length) come latitude and longitude, then the accuracy.
        if (end - id < 120) break;
        const uint8_t *accuracy = id + 36 + 60;
        accuracy = memmem(accuracy, (size_t)(end - accuracy), "\"accuracy\":", 11);
        if (accuracy == NULL) break;
        accuracy += 11;
        found++;
        uint64_t number = get_number(accuracy, end);
        if (memcmp(id, options.prefix, 24) == 0) {
            was_delivered(c, get_hex(id + 28), (uint32_t)number, now);
        } else {
            counts.strange++;
        }
        const uint8_t *close = memchr(accuracy, '}', (size_t)(end - accuracy));
        if (close == NULL) break;
        at = close;
    }
    if (found == 0) counts.strange++;
}

static void received_hub(struct connection *c, const uint8_t *payload, size_t length, uint64_t now) {
    // {"type":"…
    if (length < 14) {
        counts.strange++;
        return;
    }
    const uint8_t *type = payload + 9;
    if (memcmp(type, "positions", 9) == 0) {
        received_positions(c, payload, length, now);
    } else if (memcmp(type, "ack", 3) == 0) {
        const uint8_t *re = memmem(payload, length, "\"re\":", 5);
        if (re != NULL) was_handled(c, (uint32_t)get_number(re + 5, payload + length), now);
    } else if (memcmp(type, "welcome", 7) == 0) {
        if (!options.join) return;
        char text[128];
        snprintf(text, sizeof text, "{\"type\":\"watch\",\"id\":0,\"group\":\"%s%u\"}", options.group,
            c->index / options.members);
        say(c, text);
    } else if (memcmp(type, "snapshot", 8) == 0) {
        became_ready(c);
    } else if (memcmp(type, "error", 5) == 0) {
        counts.errors++;
        if (counts.first_error[0] == 0) {
            snprintf(counts.first_error, sizeof counts.first_error, "%.*s", (int)(length < 190 ? length : 190), payload);
        }
    }
}

void received(struct connection *c, const uint8_t *payload, size_t length, uint64_t now) {
    switch (options.speech) {
        case SPEECH_PLAIN:
        case SPEECH_NCHAN: received_plain(c, payload, length, now); break;
        case SPEECH_MQTT: received_mqtt(c, payload, length, now); break;
        case SPEECH_HUB: received_hub(c, payload, length, now); break;
    }
}

static size_t hub_update(struct connection *c, uint32_t number, uint8_t *to) {
    struct timespec clock;
    clock_gettime(CLOCK_REALTIME, &clock);
    uint64_t stamp = (uint64_t)clock.tv_sec * 1000 + (uint64_t)clock.tv_nsec / 1000000;
    // A device's fixes are told apart by their timestamp.
    if (stamp <= c->stamp) stamp = c->stamp + 1;
    c->stamp = stamp;
    char text[256];
    int length = snprintf(text, sizeof text,
        "{\"type\":\"location\",\"id\":%u,\"timestamp\":%llu,\"latitude\":48.%06u,\"longitude\":17.%06u,\"accuracy\":%u,"
        "\"speed\":1.4,\"bearing\":271,\"batteryLevel\":81",
        number, (unsigned long long)stamp, 100000 + number % 800000, 100000 + c->index % 800000, number);
    while (length < (int)UPDATE_BYTES - 1) text[length++] = ' ';
    text[length++] = '}';
    return frame_message(to, 1, text, (size_t)length);
}

size_t update_frame(struct connection *c, uint32_t number, uint8_t *to) {
    if (options.speech == SPEECH_HUB) return hub_update(c, number, to);
    put_hex(plain + SENDER_AT, c->index);
    put_hex(plain + NUMBER_AT, number);
    if (options.speech != SPEECH_MQTT) return frame_message(to, 1, plain, UPDATE_BYTES);
    uint8_t packet[UPDATE_BYTES + 32];
    int topic = snprintf((char *)packet + 5, 24, "g/%08x", c->index / options.members);
    size_t rest = 2 + (size_t)topic + UPDATE_BYTES;
    packet[0] = 0x30;
    packet[1] = (uint8_t)(0x80 | (rest & 0x7f));
    packet[2] = (uint8_t)(rest >> 7);
    packet[3] = 0;
    packet[4] = (uint8_t)topic;
    memcpy(packet + 5 + topic, plain, UPDATE_BYTES);
    return frame_message(to, 2, packet, 5 + (size_t)topic + UPDATE_BYTES);
}
