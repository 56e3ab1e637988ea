extension FrameParser {
    /// Appends `piece`, unmasked if the peer masks.
    static func append(_ piece: RawSpan, _ peer: Peer, _ key: inout MaskingKey, to bytes: inout [UInt8]) {
        // Appending nothing to an empty array would write to the empty array that all threads share.
        guard piece.byteCount > 0 else { return }
        bytes.append(addingCapacity: piece.byteCount) { (span: inout OutputSpan<UInt8>) in
            unsafe span.withUnsafeMutableBufferPointer { buffer, count in
                unsafe piece.withUnsafeBytes { source in
                    guard let from = source.baseAddress, let start = buffer.baseAddress else { return }
                    let target = unsafe UnsafeMutableRawPointer(start + count)
                    switch peer {
                    case .client:
                        unsafe key.apply(from, to: target, count: source.count)
                        key.advance(by: source.count)
                    case .server: unsafe target.copyMemory(from: from, byteCount: source.count)
                    }
                    count += source.count
                }
            }
        }
    }

    /// Unmasks `piece` into memory of the loop's for the duration of `body`.
    static func withUnmasked<Result>(
        _ piece: RawSpan, _ key: MaskingKey, _ resources: CodecResources,
        _ body: (RawSpan) throws(WebSocketFault) -> Result
    ) throws(WebSocketFault) -> Result {
        try unsafe resources.withScratch(piece.byteCount) { (scratch) throws(WebSocketFault) in
            unsafe piece.withUnsafeBytes { source in
                guard let from = source.baseAddress, let target = scratch.baseAddress else { return }
                unsafe key.apply(from, to: target, count: source.count)
            }
            let payload = unsafe UnsafeRawBufferPointer(rebasing: scratch.prefix(piece.byteCount)).bytes
            return try body(payload)
        }
    }
}
