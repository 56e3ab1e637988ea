internal import COpenSSL

/// Randomness fit for keys, tickets and tokens.
package enum SecureRandom {
    /// `count` bytes that nobody can predict. Traps if the system has no entropy to give: a weak key is worse than none.
    package static func bytes(_ count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
            let done = unsafe RAND_bytes(output.baseAddress, Int32(count))
            precondition(done == 1, "the system's random number generator failed")
            initialized = count
        }
    }
}
