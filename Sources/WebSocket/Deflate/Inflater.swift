import CZlib

/// One raw DEFLATE stream being read (RFC 7692, 7.2.2).
///
/// A class because zlib keeps a pointer to its `z_stream`; owned by one parser at a time.
@safe
final class Inflater {
    let windowBits: Int
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Parameter windowBits: 8…15, as negotiated. Fewer than 9 are read with 9: zlib writes 9 where it was asked for 8.
    init(windowBits: Int) {
        self.windowBits = windowBits
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe CZlib_inflateInit2(stream, -Int32(max(windowBits, 9)))
        precondition(status == Z_OK, "zlib has no memory for an inflater")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Forgets everything read so far.
    func reset() {
        unsafe inflateReset(stream)
    }

    /// Whether the input ended where a block did, as every message must.
    var isBetweenBlocks: Bool { unsafe stream.pointee.data_type & 128 != 0 }

    /// Appends what `input` inflates to.
    ///
    /// - Parameter limit: `output` never grows beyond it.
    /// - Throws: ``WebSocketFault/corruptCompression``, or ``WebSocketFault/messageTooBig(limit:)`` as soon as `output` would pass `limit`.
    func inflate(_ input: RawSpan, into output: inout [UInt8], limit: Int) throws(WebSocketFault) {
        // zlib does not write through `next_in`; the span outlives the calls.
        let fault = unsafe input.withUnsafeBytes { buffer -> WebSocketFault? in
            do throws(WebSocketFault) {
                try unsafe inflate(buffer, into: &output, limit: limit)
                return nil
            } catch {
                return error
            }
        }
        if let fault { throw fault }
    }

    private func inflate(
        _ input: UnsafeRawBufferPointer, into output: inout [UInt8], limit: Int
    ) throws(WebSocketFault) {
        guard let base = input.baseAddress else { return }
        unsafe stream.pointee.next_in = UnsafeMutableRawPointer(mutating: base).assumingMemoryBound(to: Bytef.self)
        unsafe stream.pointee.avail_in = UInt32(input.count)
        defer {
            unsafe stream.pointee.next_in = nil
            unsafe stream.pointee.avail_in = 0
        }
        var step = max(512, input.count * 4)
        while true {
            // One byte more than fits, so that a full message is told from one that goes on.
            let room = min(step, limit - output.count + 1, 1 << 20)
            let (status, written) = inflateStep(&output, room: room)
            if output.count > limit { throw .messageTooBig(limit: limit) }
            switch status {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END: try endBlock()
            default: throw .corruptCompression
            }
            let inputLeft = unsafe stream.pointee.avail_in
            if inputLeft == 0, written < room { return }
            if status == Z_BUF_ERROR, written == 0 { throw .corruptCompression }
            step = min(step * 2, 1 << 20)
        }
    }

    private func inflateStep(_ output: inout [UInt8], room: Int) -> (status: Int32, written: Int) {
        var status = Z_OK
        let before = output.count
        output.append(addingCapacity: room) { (span: inout OutputSpan<UInt8>) in
            unsafe span.withUnsafeMutableBufferPointer { buffer, count in
                unsafe stream.pointee.next_out = buffer.baseAddress.map { unsafe $0 + count }
                unsafe stream.pointee.avail_out = UInt32(room)
                status = unsafe CZlib.inflate(stream, Z_SYNC_FLUSH)
                count += room - Int(unsafe stream.pointee.avail_out)
                unsafe stream.pointee.next_out = nil
            }
        }
        return (status, output.count - before)
    }

    /// A peer may end a block with BFINAL (RFC 7692, 7.2.3.4); the window lives on behind it.
    private func endBlock() throws(WebSocketFault) {
        var length: UInt32 = 0
        var window = [UInt8](repeating: 0, count: 32 * 1024)
        let read = unsafe window.withUnsafeMutableBufferPointer {
            unsafe inflateGetDictionary(stream, $0.baseAddress, &length)
        }
        guard read == Z_OK, unsafe inflateReset(stream) == Z_OK else { throw .corruptCompression }
        let written = unsafe window.withUnsafeBufferPointer {
            unsafe inflateSetDictionary(stream, $0.baseAddress, length)
        }
        guard written == Z_OK else { throw .corruptCompression }
    }
}
