/// libcurl, the HTTP and SMTP client of the hub and of hubctl. Its variadic functions, which Swift cannot call, get one typed form each.
#pragma once
#include <curl/curl.h>

typedef size_t (*CCurl_receive)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode CCurl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode CCurl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode CCurl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode CCurl_set_receive(CURL *handle, CURLoption option, CCurl_receive value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLMcode CCurl_set_multi_long(CURLM *handle, CURLMoption option, long value) {
    return curl_multi_setopt(handle, option, value);
}

static inline long CCurl_status(CURL *handle) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static inline void *CCurl_context(CURL *handle) {
    char *context = NULL;
    curl_easy_getinfo(handle, CURLINFO_PRIVATE, &context);
    return context;
}

static inline CURLcode CCurl_result(const CURLMsg *message) {
    return message->data.result;
}

/// Only http and https, redirects included.
static inline void CCurl_allow_http_only(CURL *handle) {
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
}

/// Only smtp and smtps, one of which a mail server's URL begins with.
static inline void CCurl_allow_smtp_only(CURL *handle) {
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
}

typedef int (*CCurl_socket_callback)(CURL *handle, curl_socket_t socket, int what, void *context, void *own);
typedef int (*CCurl_timer_callback)(CURLM *handle, long milliseconds, void *context);

static inline void CCurl_set_multi_callbacks(
    CURLM *handle, CCurl_socket_callback socket, CCurl_timer_callback timer, void *context) {
    curl_multi_setopt(handle, CURLMOPT_SOCKETFUNCTION, socket);
    curl_multi_setopt(handle, CURLMOPT_SOCKETDATA, context);
    curl_multi_setopt(handle, CURLMOPT_TIMERFUNCTION, timer);
    curl_multi_setopt(handle, CURLMOPT_TIMERDATA, context);
}

/// CURL_SOCKET_TIMEOUT is a macro with a cast, which Swift does not see.
static inline CURLMcode CCurl_act_on_timeout(CURLM *handle, int *running) {
    return curl_multi_socket_action(handle, CURL_SOCKET_TIMEOUT, 0, running);
}
