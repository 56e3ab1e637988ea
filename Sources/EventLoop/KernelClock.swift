internal import CUV

/// The machine's time of day, as the kernel keeps it.
package enum KernelClock {
    /// Whether something, such as chrony, keeps it right (adjtimex(2)); nothing if the kernel does not say.
    package static var isSynchronized: Bool? {
        let answer = CUV_clockIsSynchronized()
        return answer < 0 ? nil : answer == 1
    }
}
