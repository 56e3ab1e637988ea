// Counts values in log-linear buckets, as HdrHistogram does: a value is known to within a thousandth of itself.
#pragma once

#include <stdint.h>

#define HISTOGRAM_PRECISION 10
#define HISTOGRAM_LINEAR (1u << HISTOGRAM_PRECISION)
#define HISTOGRAM_LIMIT (1ull << 32)
#define HISTOGRAM_BUCKETS ((32 - HISTOGRAM_PRECISION + 1) * HISTOGRAM_LINEAR)

// Of whole microseconds, from 0 to about 1.2 hours.
struct histogram {
    uint64_t count, maximum;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

static inline uint32_t histogram_index(uint64_t value) {
    if (value < HISTOGRAM_LINEAR * 2) return (uint32_t)value;
    int shift = 63 - __builtin_clzll(value) - HISTOGRAM_PRECISION;
    return (uint32_t)shift * HISTOGRAM_LINEAR + (uint32_t)(value >> shift);
}

static inline void histogram_record(struct histogram *h, uint64_t value) {
    if (value >= HISTOGRAM_LIMIT) value = HISTOGRAM_LIMIT - 1;
    h->buckets[histogram_index(value)]++;
    h->count++;
    if (value > h->maximum) h->maximum = value;
}

// The smallest value that `percent` of all do not exceed, as its bucket's upper end.
static inline uint64_t histogram_percentile(const struct histogram *h, double percent) {
    if (h->count == 0) return 0;
    double exact = (double)h->count * percent / 100;
    uint64_t rank = (uint64_t)exact, seen = 0;
    if ((double)rank < exact) rank++;
    if (rank == 0) rank = 1;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->buckets[i];
        if (seen < rank) continue;
        if (i < HISTOGRAM_LINEAR * 2) return i;
        uint32_t shift = i / HISTOGRAM_LINEAR - 1;
        uint64_t upper = ((uint64_t)(i - shift * HISTOGRAM_LINEAR) + 1) << shift;
        return upper - 1 < h->maximum ? upper - 1 : h->maximum;
    }
    return h->maximum;
}
