internal import CZlib

/// Whole contents in the gzip format (RFC 1952), for answers that are compressed once and sent many times.
package enum Gzip {
    /// - Parameter level: zlib's, 1 (fast) … 9 (small).
    /// - Returns: One member, without a name or a time: the same for the same bytes.
    package static func compress(_ bytes: [UInt8], level: Int = 9) -> [UInt8] {
        var stream = unsafe z_stream()
        // 16 more asks for the gzip format.
        let started = unsafe CZlib_deflateInit2(&stream, Int32(level), 15 + 16, 9)
        precondition(started == Z_OK, "zlib has no memory for a deflater")
        defer { unsafe deflateEnd(&stream) }
        let bound = unsafe Int(deflateBound(&stream, UInt(bytes.count)))
        return unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            unsafe bytes.withUnsafeBufferPointer { input in
                // zlib does not write through `next_in`.
                unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(bound)
                let ended = unsafe deflate(&stream, Z_FINISH)
                precondition(ended == Z_STREAM_END, "zlib writes no more than it announced")
            }
            count = bound - Int(unsafe stream.avail_out)
        }
    }
}
