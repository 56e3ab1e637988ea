/// libpq, wrapped by the module Persistence alone.
#pragma once
#include <libpq-fe.h>
#include <fcntl.h>

/// Declared by <stdio.h> only under _GNU_SOURCE.
int renameat2(int, const char *, int, const char *, unsigned int);

/// Exchanges two paths in one step (RENAME_EXCHANGE); -1 and `errno` on failure.
static inline int CPostgres_exchange(const char *one, const char *other) {
    return renameat2(AT_FDCWD, one, AT_FDCWD, other, 2);
}
