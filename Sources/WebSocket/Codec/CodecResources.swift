internal import Crypto

/// What the parsers and compressors of one loop share, so that an idle connection owns none of it.
///
/// Confined to one thread, like the connections that use it.
@safe
package final class CodecResources {
    /// Unmasked bytes are written here; taken while in use, so that a nested use gets memory of its own.
    private var scratch: UnsafeMutableRawBufferPointer?
    private var inflater: Inflater?
    private var deflaters: [Deflater] = []
    /// Compressed messages come out here; taken while in use.
    private var inflated: [UInt8] = []
    private var randomness: [UInt8] = []

    /// Idle deflaters kept for the next message that needs one.
    private static let keptDeflaters = 2
    /// The most bytes of memory kept for the next message that is inflated.
    private static let keptInflatedBytes = 128 * 1024

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

    /// Lends an inflater without history, whose window is as large as any that may have been agreed on, and memory for
    /// what comes out.
    func withInflater<Result, Failure: Error>(
        _ body: (Inflater, inout [UInt8]) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let inflater = inflater ?? Inflater(windowBits: 15)
        self.inflater = nil
        var output: [UInt8] = []
        swap(&output, &inflated)
        defer {
            inflater.reset()
            self.inflater = inflater
            output.removeAll(keepingCapacity: output.capacity <= Self.keptInflatedBytes)
            swap(&output, &inflated)
        }
        return try body(inflater, &output)
    }

    /// A deflater without history; give it back with ``giveBack(_:)`` when its message has been compressed.
    func borrowDeflater(windowBits: Int, level: Int, memoryLevel: Int) -> Deflater {
        let index = deflaters.firstIndex {
            $0.windowBits == windowBits && $0.level == level && $0.memoryLevel == memoryLevel
        }
        if let index { return deflaters.remove(at: index) }
        return Deflater(windowBits: windowBits, level: level, memoryLevel: memoryLevel)
    }

    func giveBack(_ deflater: Deflater) {
        guard deflaters.count < Self.keptDeflaters else { return }
        deflater.reset()
        deflaters.append(deflater)
    }

    /// A masking key nobody can predict (RFC 6455, 10.3). Drawn 64 at a time: the generator of the standard library makes a
    /// system call for each number.
    func maskingKey() -> UInt32 {
        if randomness.isEmpty { randomness = SecureRandom.bytes(64 * 4) }
        return (0..<4).reduce(0) { key, _ in key << 8 | UInt32(randomness.removeLast()) }
    }
}
