internal import CZlib

/// Undoes gzip (RFC 1952) in pieces, one member after the other, and no more than a hundredfold.
///
/// `@unchecked Sendable`: used by one task at a time, which owns it through the reader.
@safe final class GzipInflater: @unchecked Sendable {
    /// How many bytes one byte may become, beyond the first ``allowance``.
    static let largestRatio = 100
    static let allowance = 1 << 20
    private static let roomBytes = 64 << 10

    private let stream: UnsafeMutablePointer<z_stream>
    private var room = [UInt8](repeating: 0, count: GzipInflater.roomBytes)
    private let limit: Int
    private var taken = 0
    private var given = 0
    /// Between two members, or behind the last.
    private var isBetween = true

    /// - Parameter limit: Bytes that may come out.
    init(limit: Int) {
        self.limit = limit
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 16: gzip's frame.
        guard unsafe CZlib_inflateInit2(stream, 15 + 16) == Z_OK else {
            preconditionFailure("There is no memory to decompress with")
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Whether what has been read ends where it may.
    var isWhole: Bool { isBetween }

    /// Hands on what `input` decompresses to, in pieces of at most 64 KiB.
    func read(
        _ input: Span<UInt8>, _ body: (Span<UInt8>) throws(TrackFileError) -> Void
    ) throws(TrackFileError) {
        var position = 0
        var isFull = false
        while position < input.count || isFull {
            isBetween = false
            let (status, consumed, produced) = step(input.extracting(position..<input.count))
            position += consumed
            taken += consumed
            given += produced
            isFull = produced == room.count
            guard given <= limit, given <= GzipInflater.allowance + taken * GzipInflater.largestRatio else {
                throw .inflatesTooMuch
            }
            if produced > 0 {
                let bytes = room
                try body(bytes.span.extracting(0..<produced))
            }
            switch status {
            case Z_STREAM_END:
                isBetween = true
                isFull = false
                unsafe inflateReset(stream)
            case Z_OK: break
            // Nothing could be done for want of input.
            case Z_BUF_ERROR where position == input.count: isFull = false
            default: throw .malformed(at: given)
            }
        }
    }

    private func step(_ input: Span<UInt8>) -> (status: Int32, consumed: Int, produced: Int) {
        unsafe input.withUnsafeBufferPointer { source in
            unsafe room.withUnsafeMutableBufferPointer { target in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(source.count)
                unsafe stream.pointee.next_out = target.baseAddress
                unsafe stream.pointee.avail_out = UInt32(target.count)
                let status = unsafe inflate(stream, Z_NO_FLUSH)
                return unsafe (
                    status, source.count - Int(stream.pointee.avail_in), target.count - Int(stream.pointee.avail_out)
                )
            }
        }
    }
}
