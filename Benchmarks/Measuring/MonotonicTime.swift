import Glibc

/// The monotonic clock in nanoseconds, for intervals too short for a loop's clock.
package enum MonotonicTime {
    package static var now: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
