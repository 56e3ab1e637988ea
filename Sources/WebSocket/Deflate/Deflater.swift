import CZlib

/// One raw DEFLATE stream being written (RFC 7692, 7.2.1).
///
/// A class because zlib keeps a pointer to its `z_stream`; owned by one at a time.
@safe
final class Deflater {
    let windowBits: Int
    let level: Int
    let memoryLevel: Int
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameters:
    ///   - windowBits: 8…15, as negotiated.
    ///   - level: zlib's, 1 (fast) … 9 (small).
    ///   - memoryLevel: zlib's, 1…9; see ``DeflateOptions/memoryLevel``.
    init(windowBits: Int, level: Int, memoryLevel: Int) {
        self.windowBits = windowBits
        self.level = level
        self.memoryLevel = memoryLevel
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe CZlib_deflateInit2(stream, Int32(level), -Int32(max(windowBits, 9)), Int32(memoryLevel))
        precondition(status == Z_OK, "zlib has no memory for a deflater")
        if windowBits == 8 {
            // zlib cannot write raw streams with a window of 256 bytes; with run lengths alone no distance exceeds 1.
            unsafe deflateParams(stream, Int32(level), Z_RLE)
        }
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Forgets everything written so far.
    func reset() {
        unsafe deflateReset(stream)
    }

    /// Appends the compressed form of a message, without the four bytes every one would end with.
    ///
    /// - Parameter payload: Not empty: zlib has nothing to flush then, and an empty message is sent as it is.
    func deflate(_ payload: RawSpan, into output: inout [UInt8]) {
        precondition(payload.byteCount > 0, "an empty message is not compressed")
        unsafe payload.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            // zlib does not write through `next_in`.
            unsafe stream.pointee.next_in = UnsafeMutableRawPointer(mutating: base).assumingMemoryBound(to: Bytef.self)
            unsafe stream.pointee.avail_in = UInt32(buffer.count)
            var room = buffer.count / 2 + 64
            repeat {
                deflateStep(&output, room: room)
                room = min(room * 2, 1 << 20)
            } while unsafe stream.pointee.avail_out == 0
            unsafe stream.pointee.next_in = nil
            unsafe stream.pointee.next_out = nil
        }
        // Z_SYNC_FLUSH ends with an empty stored block: 00 00 FF FF.
        output.removeLast(4)
    }

    private func deflateStep(_ output: inout [UInt8], room: Int) {
        output.append(addingCapacity: room) { (span: inout OutputSpan<UInt8>) in
            unsafe span.withUnsafeMutableBufferPointer { buffer, count in
                unsafe stream.pointee.next_out = buffer.baseAddress.map { unsafe $0 + count }
                unsafe stream.pointee.avail_out = UInt32(room)
                let status = unsafe CZlib.deflate(stream, Z_SYNC_FLUSH)
                precondition(status == Z_OK || status == Z_BUF_ERROR, "zlib refuses to deflate")
                count += room - Int(unsafe stream.pointee.avail_out)
            }
        }
    }
}
