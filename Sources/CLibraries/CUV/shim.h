/// libuv and the socket calls it leaves to its users, wrapped by the module EventLoop alone.
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

/// Declared by <sys/socket.h> only under _GNU_SOURCE, which would make this module's `fd_set` another one than Glibc's.
int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);

/// Accepts a connection as a non-blocking descriptor that children do not inherit; -1 and `errno` as accept(2).
static inline int CUV_accept(int listener, struct sockaddr_storage *address) {
    socklen_t length = sizeof *address;
    return accept4(listener, (struct sockaddr *)address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/// As send(2) and recv(2), but for what the C library does around them in a program of several threads: it makes every call a
/// point where pthread_cancel may end the thread, which nobody here calls, and which took 2 % of a busy loop's time.
static inline ssize_t CUV_send(int descriptor, const void *bytes, size_t count, int flags) {
    return syscall(SYS_sendto, (long)descriptor, bytes, count, (long)flags, (void *)0, 0L);
}
static inline ssize_t CUV_receive(int descriptor, void *bytes, size_t count) {
    return syscall(SYS_recvfrom, (long)descriptor, bytes, count, 0L, (void *)0, (void *)0);
}

/// A duplicate that children do not inherit; fcntl(2) is variadic. -1 and `errno` on failure.
static inline int CUV_duplicate(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 3); }

/// `errno` is thread-local, and a macro.
static inline int CUV_errno(void) { return errno; }

/// Names the calling thread for debuggers and `top -H`.
int pthread_setname_np(pthread_t thread, const char *name);

static inline void CUV_nameThread(int index) {
    char name[16];
    snprintf(name, sizeof name, "loop-%d", index);
    pthread_setname_np(pthread_self(), name);
}

/// What the kernel says of its clock: 1 if something keeps it right, 0 if nothing does, -1 if it does not say.
static inline int CUV_clockIsSynchronized(void) {
    struct timex time = {0};
    int state = adjtimex(&time);
    if (state < 0) return -1;
    return state != TIME_ERROR && (time.status & STA_UNSYNC) == 0;
}
