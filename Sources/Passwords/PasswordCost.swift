/// What one Argon2id hash costs whoever makes it (RFC 9106). One lane: libsodium has no more.
package struct PasswordCost: Hashable, Sendable {
    /// KiB that one hash fills, 8 and more. Default 19 MiB.
    package var memory: Int
    /// Passes over that memory, 1 and more. Default 2.
    package var iterations: Int

    /// - Precondition: Both are within what Argon2 is defined for.
    package init(memory: Int = 19_456, iterations: Int = 2) {
        precondition((8...4_194_304).contains(memory) && (1...1_000).contains(iterations), "no cost of Argon2id")
        self.memory = memory
        self.iterations = iterations
    }

    var bytes: Int { memory * 1_024 }
}
