// uWebSockets through the library that PyPI's socketify brings, called from C, so that no Python runs per message: a
// topic a group, subscribed to and published to by its members. `publish` leaves the sender out; with --echo it is sent
// its own message besides.
//
//   uwebsockets PORT [--echo]
//
// The declarations are those of its C interface (socketify/native.py).
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

typedef struct uws_app uws_app;
typedef struct uws_request uws_request;
typedef struct uws_response uws_response;
typedef struct uws_context uws_context;
typedef struct uws_socket uws_socket;

struct us_socket_context_options_t {
    const char *key_file, *cert_file, *passphrase, *dh_params_file, *ca_file, *ssl_ciphers;
    int ssl_prefer_low_memory_usage;
};

typedef struct {
    int compression;
    unsigned int max_payload_length;
    unsigned short idle_timeout;
    unsigned int max_backpressure;
    bool close_on_backpressure_limit, reset_idle_timeout_on_send, send_pings_automatically;
    unsigned short max_lifetime;
    void (*upgrade)(uws_response *, uws_request *, uws_context *, void *);
    void (*open)(uws_socket *, void *);
    void (*message)(uws_socket *, const char *, size_t, int, void *);
    void (*drain)(uws_socket *, void *);
    void (*ping)(uws_socket *, const char *, size_t, void *);
    void (*pong)(uws_socket *, const char *, size_t, void *);
    void (*close)(uws_socket *, int, const char *, size_t, void *);
    void (*subscription)(uws_socket *, const char *, size_t, int, int, void *);
} uws_behavior;

typedef struct {
    int port;
    const char *host;
    int options;
} uws_listen_config;

uws_app *uws_create_app(int ssl, struct us_socket_context_options_t options);
void *uws_get_loop_with_native(void *native_loop);
void *uv_default_loop(void);
void uws_ws(int ssl, uws_app *app, const char *pattern, uws_behavior behavior, void *data);
void uws_app_listen_with_config(
    int ssl, uws_app *app, uws_listen_config config, void (*done)(void *, uws_listen_config, void *), void *data);
void uws_app_run(int ssl, uws_app *app);
size_t uws_req_get_header(uws_request *request, const char *name, size_t length, const char **to);
size_t uws_req_get_url(uws_request *request, const char **to);
void uws_res_upgrade(int ssl, uws_response *response, void *data, const char *key, size_t key_length, const char *protocol,
    size_t protocol_length, const char *extensions, size_t extensions_length, uws_context *context);
void *uws_ws_get_user_data(int ssl, uws_socket *socket);
bool uws_ws_subscribe(int ssl, uws_socket *socket, const char *topic, size_t length);
bool uws_ws_publish_with_options(int ssl, uws_socket *socket, const char *topic, size_t topic_length, const char *message,
    size_t length, int opcode, bool compress);
int uws_ws_send(int ssl, uws_socket *socket, const char *message, size_t length, int opcode);

static bool echo;

static void upgrade(uws_response *response, uws_request *request, uws_context *context, void *data) {
    (void)data;
    const char *key, *protocol, *extensions, *url;
    size_t key_length = uws_req_get_header(request, "sec-websocket-key", 17, &key);
    size_t protocol_length = uws_req_get_header(request, "sec-websocket-protocol", 22, &protocol);
    size_t extensions_length = uws_req_get_header(request, "sec-websocket-extensions", 24, &extensions);
    size_t url_length = uws_req_get_url(request, &url);
    uws_res_upgrade(0, response, strndup(url, url_length), key, key_length, protocol, protocol_length, extensions,
        extensions_length, context);
}

static void opened(uws_socket *socket, void *data) {
    (void)data;
    const char *topic = uws_ws_get_user_data(0, socket);
    uws_ws_subscribe(0, socket, topic, strlen(topic));
}

static void received(uws_socket *socket, const char *message, size_t length, int opcode, void *data) {
    (void)data;
    const char *topic = uws_ws_get_user_data(0, socket);
    uws_ws_publish_with_options(0, socket, topic, strlen(topic), message, length, opcode, false);
    if (echo) uws_ws_send(0, socket, message, length, opcode);
}

static void closed(uws_socket *socket, int code, const char *reason, size_t length, void *data) {
    (void)code, (void)reason, (void)length, (void)data;
    free(uws_ws_get_user_data(0, socket));
}

static void listening(void *listener, uws_listen_config config, void *data) {
    (void)config, (void)data;
    if (listener == NULL) {
        fputs("uwebsockets: cannot listen\n", stderr);
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    echo = argc > 2 && strcmp(argv[2], "--echo") == 0;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    uws_get_loop_with_native(uv_default_loop());
    uws_app *app = uws_create_app(0, (struct us_socket_context_options_t){0});
    uws_behavior behavior = {
        .max_payload_length = 65536, .idle_timeout = 960, .max_backpressure = 16 << 20,
        .upgrade = upgrade, .open = opened, .message = received, .close = closed};
    uws_ws(0, app, "/*", behavior, NULL);
    uws_app_listen_with_config(0, app, (uws_listen_config){.port = atoi(argv[1]), .host = "127.0.0.1"}, listening, NULL);
    uws_app_run(0, app);
    return 0;
}
