/// The bytes that one socket has still to give to the kernel, in order. Empty, it owns no memory.
struct WriteQueue {
    /// Apart from the others, because usually there is one.
    private var first: [UInt8] = []
    private var rest: [[UInt8]] = []
    /// How much of `first` is gone already.
    private var sent = 0
    /// In bytes.
    private(set) var count = 0
    /// Whether the loop will flush the socket when its turn ends.
    var isFlushScheduled = false
    /// Whether the kernel took no more, and is waited for.
    var isBlocked = false

    var isEmpty: Bool { count == 0 }

    /// Adds a chunk, sharing the array.
    mutating func append(_ bytes: [UInt8]) {
        if count == 0 { first = bytes } else if !bytes.isEmpty { rest.append(bytes) }
        count += bytes.count
    }

    /// What is to be sent next, all of it or as much as `buffer` holds: good until the queue is changed.
    ///
    /// Small chunks are joined there: copying them costs less than a vector of them costs the kernel. Not lent to a
    /// closure, around which the chunks would be retained, for every send.
    @inline(__always)
    func next(joinedIn buffer: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer {
        if rest.isEmpty { return unsafe UnsafeRawBufferPointer(rebasing: first.withUnsafeBytes { unsafe $0 }[sent...]) }
        var filled = 0
        func add(_ chunk: [UInt8], from start: Int) -> Bool {
            let count = min(chunk.count - start, buffer.count - filled)
            unsafe chunk.withUnsafeBytes { bytes in
                unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + count])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]))
            }
            filled += count
            return filled < buffer.count
        }
        if add(first, from: sent) {
            for chunk in rest where !add(chunk, from: 0) { break }
        }
        return unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<filled])
    }

    /// Forgets what the kernel has taken.
    ///
    /// - Parameter gone: In bytes, at most ``count``.
    @inline(__always)
    mutating func removeFirst(_ gone: Int) {
        count -= gone
        guard count > 0 else {
            first = []
            if !rest.isEmpty { rest = [] }
            sent = 0
            return
        }
        sent += gone
        guard sent >= first.count else { return }
        sent -= first.count
        var index = 0
        while sent >= rest[index].count {
            sent -= rest[index].count
            index += 1
        }
        first = rest[index]
        rest.removeFirst(index + 1)
    }

    mutating func removeAll() { removeFirst(count) }

    /// What is left, chunk by chunk.
    var chunks: [[UInt8]] { isEmpty ? [] : [Array(first[sent...])] + rest }
}
