/// What the parsers and compressors of one loop share, so that an idle connection owns none of it.
///
/// Confined to one thread, like the connections that use it.
@safe
package final class CodecResources {
    /// Unmasked bytes are written here; taken while in use, so that a nested use gets memory of its own.
    private var scratch: UnsafeMutableRawBufferPointer?
    private var inflaters: [Inflater] = []
    private var deflaters: [Deflater] = []
    private var randomness: [UInt32] = []

    /// Idle contexts kept for the next message that needs one.
    private static let keptContexts = 2

    package init() {}

    deinit {
        unsafe scratch?.deallocate()
    }

    /// Lends memory of at least `byteCount` bytes for the duration of `body`.
    func withScratch<Result, Failure: Error>(
        _ byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let memory = unsafe takeScratch(byteCount)
        defer { unsafe returnScratch(memory) }
        return try unsafe body(memory)
    }

    private func takeScratch(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        if let memory = unsafe scratch {
            unsafe scratch = nil
            if memory.count >= byteCount { return unsafe memory }
            unsafe memory.deallocate()
        }
        return .allocate(byteCount: max(byteCount, 16 * 1024), alignment: 16)
    }

    private func returnScratch(_ memory: UnsafeMutableRawBufferPointer) {
        if unsafe scratch == nil {
            unsafe scratch = memory
        } else {
            unsafe memory.deallocate()
        }
    }

    /// An inflater without history; give it back with ``giveBack(_:)`` when its message has ended.
    func borrowInflater(windowBits: Int) -> Inflater {
        if let index = inflaters.firstIndex(where: { $0.windowBits == windowBits }) {
            return inflaters.remove(at: index)
        }
        return Inflater(windowBits: windowBits)
    }

    func giveBack(_ inflater: Inflater) {
        guard inflaters.count < Self.keptContexts else { return }
        inflater.reset()
        inflaters.append(inflater)
    }

    /// A deflater without history; give it back with ``giveBack(_:)`` when its message has been compressed.
    func borrowDeflater(windowBits: Int, level: Int) -> Deflater {
        if let index = deflaters.firstIndex(where: { $0.windowBits == windowBits && $0.level == level }) {
            return deflaters.remove(at: index)
        }
        return Deflater(windowBits: windowBits, level: level)
    }

    func giveBack(_ deflater: Deflater) {
        guard deflaters.count < Self.keptContexts else { return }
        deflater.reset()
        deflaters.append(deflater)
    }

    /// A masking key nobody can predict (RFC 6455, 10.3), drawn from the system's source 64 at a time.
    func maskingKey() -> UInt32 {
        if let key = randomness.popLast() { return key }
        var generator = SystemRandomNumberGenerator()
        randomness.reserveCapacity(64)
        for _ in 0..<64 { randomness.append(generator.next()) }
        return generator.next()
    }
}
