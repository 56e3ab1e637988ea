/// libsodium, wrapped by the module Passwords alone.
#pragma once
#include <sodium.h>
#include <sys/prctl.h>

/// What the thread is called in `top -H`; at most 15 bytes.
static inline void CSodium_nameThread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
