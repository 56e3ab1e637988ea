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

int pipe2(int ends[2], int flags);
int mkostemp(char *pattern, int flags);

enum { CPostgres_closeOnExec = 02000000 /* O_CLOEXEC */ };

/// A pipe that no child inherits, not even one that another thread forks at this moment; -1 and `errno` on failure.
static inline int CPostgres_pipe(int *ends) { return pipe2(ends, CPostgres_closeOnExec); }

/// A new file that no child inherits, as mkstemp(3) names it; -1 and `errno` on failure.
static inline int CPostgres_temporaryFile(char *pattern) { return mkostemp(pattern, CPostgres_closeOnExec); }
