/// libpq, wrapped by the module Persistence alone.
#pragma once
#include <libpq-fe.h>

/// Declared by <stdio.h> only under _GNU_SOURCE. No header of the system is included here: its types would be this module's.
int renameat2(int, const char *, int, const char *, unsigned int);

/// Exchanges two paths in one step (RENAME_EXCHANGE); -1 and `errno` on failure.
static inline int CPostgres_exchange(const char *one, const char *other) {
    enum { workingDirectory = -100 /* AT_FDCWD */, exchange = 2 /* RENAME_EXCHANGE */ };
    return renameat2(workingDirectory, one, workingDirectory, other, exchange);
}
