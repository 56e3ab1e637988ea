#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <stdbool.h>
#include <stdint.h>

/// Whether allocations are counted: not under a sanitizer, which takes malloc's place itself.
bool allocations_are_counted(void);

/// How often the calling thread has allocated memory since it began; what it gave back again is not taken off.
uint64_t allocations_of_this_thread(void);

#endif
