/// Turns bytes into messages (RFC 6455, 5; RFC 7692, 7.2.2), whatever pieces they come in.
///
/// A value without clock or socket: every split of the same bytes yields the same events. Between messages it owns no
/// memory, unless a compression context is to be kept; in the midst of one it owns what has come of it, and no context
/// else. After it threw, or found a Close, it must not be fed again.
package struct FrameParser: ~Copyable {
    /// Whose frames are read.
    package enum Peer: Sendable {
        /// Its frames must be masked.
        case client
        /// Its frames must not be masked.
        case server
    }

    private enum Stage {
        case header
        case payload
        case finished
    }

    private let peer: Peer
    private let maximumMessageBytes: Int
    private let resources: CodecResources
    private let compression: InflateSettings?

    private var stage = Stage.header
    private var header: [14 of UInt8] = .init(repeating: 0)
    private var headerBytes: UInt8 = 0

    /// The current frame.
    private var opcode = Opcode.continuation
    private var isFinal = false
    private var remaining = 0
    private var key = MaskingKey(bits: 0)

    /// The current message; `continuation` between messages.
    private var kind = Opcode.continuation
    private var isCompressed = false
    private var compressedBytes = 0
    private var utf8 = UTF8Validator()
    /// What has come of it; still compressed, if it builds on no message before.
    private var message: [UInt8] = []
    /// Of a context that is to be kept.
    private var inflater: Inflater?

    /// The part of a control frame that has arrived.
    private var control: [UInt8] = []

    /// - Parameters:
    ///   - maximumMessageBytes: Of one message, all its fragments together and inflated.
    ///   - compression: What was negotiated about the peer's messages; nil without permessage-deflate.
    ///   - resources: Of the loop that feeds the parser.
    package init(
        peer: Peer, maximumMessageBytes: Int, compression: InflateSettings? = nil, resources: CodecResources
    ) {
        self.peer = peer
        self.maximumMessageBytes = maximumMessageBytes
        self.compression = compression
        self.resources = resources
    }

    /// Whether a frame or a fragmented message has begun and not ended.
    package var isMidMessage: Bool { headerBytes > 0 || stage == .payload || kind != .continuation }

    /// Hands every message and control frame that `bytes` completes to `deliver`, in order.
    ///
    /// - Parameter deliver: Is lent the payload for the duration of the call, and returns whether to go on.
    /// - Returns: The bytes consumed: fewer than given only if `deliver` said stop, or after a Close.
    package mutating func parse(
        _ bytes: RawSpan, _ deliver: (FrameEvent, RawSpan) -> Bool
    ) throws(WebSocketFault) -> Int {
        var position = 0
        while stage != .finished {
            if stage == .header {
                guard try readHeader(bytes, &position) else { break }
            }
            let available = min(remaining, bytes.byteCount - position)
            let piece = unsafe bytes.extracting(unchecked: position..<position + available)
            position += available
            let goesOn =
                opcode.isControl ? try readControl(piece, deliver) : try readData(piece, deliver)
            if remaining > 0 || !goesOn { break }
        }
        return position
    }

    // MARK: Header

    /// - Returns: Whether the header is complete, and the frame's state set from it.
    private mutating func readHeader(_ bytes: RawSpan, _ position: inout Int) throws(WebSocketFault) -> Bool {
        var needed = headerBytes < 2 ? 2 : FrameHeader.byteCount(second: header[1])
        while position < bytes.byteCount {
            header[Int(headerBytes)] = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
            headerBytes += 1
            position += 1
            if headerBytes == 2 {
                try checkFirstBytes()
                needed = FrameHeader.byteCount(second: header[1])
            }
            if headerBytes >= 2, Int(headerBytes) == needed {
                try beginFrame()
                return true
            }
        }
        return false
    }

    /// Everything that two bytes tell, so that a bad frame is refused before its length has come.
    private mutating func checkFirstBytes() throws(WebSocketFault) {
        let first = header[0]
        let second = header[1]
        guard let opcode = Opcode(rawValue: first & 0x0F) else { throw .reservedOpcode(first & 0x0F) }
        let mayBeCompressed = compression != nil && (opcode == .text || opcode == .binary)
        if first & (mayBeCompressed ? 0x30 : 0x70) != 0 { throw .reservedBits }
        let isMasked = second & 0x80 != 0
        switch peer {
        case .client where !isMasked: throw .unmaskedFrame
        case .server where isMasked: throw .maskedFrame
        default: break
        }
        isFinal = first & 0x80 != 0
        self.opcode = opcode
        if opcode.isControl {
            if !isFinal { throw .fragmentedControlFrame }
            if second & 0x7F > 125 { throw .oversizedControlFrame }
        } else if opcode == .continuation {
            if kind == .continuation { throw .unexpectedContinuation }
        } else {
            if kind != .continuation { throw .interruptedMessage }
            isCompressed = first & 0x40 != 0
        }
    }

    private mutating func beginFrame() throws(WebSocketFault) {
        let length = try payloadLength()
        if !opcode.isControl {
            try checkSize(adding: length)
            if opcode != .continuation { kind = opcode }
        }
        if peer == .client {
            let start = Int(headerBytes) - 4
            var bits: UInt32 = 0
            for index in 0..<4 { bits |= UInt32(header[start + index]) << UInt32(index * 8) }
            key = MaskingKey(bits: bits)
        }
        headerBytes = 0
        remaining = length
        stage = .payload
    }

    private func payloadLength() throws(WebSocketFault) -> Int {
        switch header[1] & 0x7F {
        case 126:
            let length = Int(header[2]) << 8 | Int(header[3])
            if length < 126 { throw .lengthNotMinimal }
            return length
        case 127:
            if header[2] & 0x80 != 0 { throw .lengthTooLarge }
            var length = 0
            for index in 2..<10 { length = length << 8 | Int(header[index]) }
            if length <= 0xFFFF { throw .lengthNotMinimal }
            return length
        case let length: return Int(length)
        }
    }

    /// Refuses by the declared length, before a byte of the payload is kept.
    private mutating func checkSize(adding length: Int) throws(WebSocketFault) {
        if isCompressed {
            // What does not compress grows a little; the inflated size is checked as it inflates.
            let bound = maximumMessageBytes + maximumMessageBytes / 8 + 1024
            if length > bound - compressedBytes { throw .messageTooBig(limit: maximumMessageBytes) }
            compressedBytes += length
        } else if length > maximumMessageBytes - message.count {
            throw .messageTooBig(limit: maximumMessageBytes)
        }
    }

    // MARK: Control frames

    private mutating func readControl(
        _ piece: RawSpan, _ deliver: (FrameEvent, RawSpan) -> Bool
    ) throws(WebSocketFault) -> Bool {
        remaining -= piece.byteCount
        if remaining > 0 || !control.isEmpty {
            Self.append(piece, peer, &key, to: &control)
            if remaining > 0 { return true }
            let payload = control
            control = []
            return try unsafe finishControl(payload.span.bytes, deliver)
        }
        if peer == .server || piece.byteCount == 0 { return try finishControl(piece, deliver) }
        return try Self.withUnmasked(piece, key, resources) { (payload) throws(WebSocketFault) in
            return try finishControl(payload, deliver)
        }
    }

    private mutating func finishControl(
        _ payload: RawSpan, _ deliver: (FrameEvent, RawSpan) -> Bool
    ) throws(WebSocketFault) -> Bool {
        stage = .header
        switch opcode {
        case .ping: return deliver(.ping, payload)
        case .pong: return deliver(.pong, payload)
        default: break
        }
        stage = .finished
        if payload.byteCount == 0 {
            _ = deliver(.close(nil), payload)
            return false
        }
        if payload.byteCount == 1 { throw .truncatedCloseCode }
        let high = unsafe payload.unsafeLoad(fromByteOffset: 0, as: UInt8.self)
        let low = unsafe payload.unsafeLoad(fromByteOffset: 1, as: UInt8.self)
        let code = CloseCode(rawValue: UInt16(high) << 8 | UInt16(low))
        guard code.maySend else { throw .forbiddenCloseCode(code.rawValue) }
        let reason = payload.extracting(droppingFirst: 2)
        var validator = UTF8Validator()
        guard validator.accept(reason), validator.isComplete else { throw .invalidUTF8 }
        _ = deliver(.close(code), reason)
        return false
    }

    // MARK: Messages

    private mutating func readData(
        _ piece: RawSpan, _ deliver: (FrameEvent, RawSpan) -> Bool
    ) throws(WebSocketFault) -> Bool {
        let isWhole = isFinal && opcode != .continuation && !inflatesInParts && message.isEmpty
        remaining -= piece.byteCount
        if isWhole, remaining == 0 {
            if peer == .server || piece.byteCount == 0 { return try finishWhole(piece, deliver) }
            return try Self.withUnmasked(piece, key, resources) { (payload) throws(WebSocketFault) in
                return try finishWhole(payload, deliver)
            }
        }
        try keep(piece)
        if remaining > 0 { return true }
        stage = .header
        if !isFinal { return true }
        if inflatesInParts { try finishInflating() }
        let whole = message
        message = []
        if isCompressed, !inflatesInParts { return try unsafe finishCompressed(whole.span.bytes, deliver) }
        return try unsafe finishMessage(whole.span.bytes, deliver, isChecked: true)
    }

    /// Whether the current message is inflated as it comes, because it may build on the ones before. One that does not is
    /// inflated at its end: who sends half a message makes the hub keep that, and not a window of 32 KB beside it.
    private var inflatesInParts: Bool { isCompressed && compression?.keepsContext == true }

    /// Adds a part of a message that is not yet complete, or is compressed.
    private mutating func keep(_ piece: RawSpan) throws(WebSocketFault) {
        guard piece.byteCount > 0 else { return }
        if isCompressed, !inflatesInParts {
            Self.append(piece, peer, &key, to: &message)
        } else if !isCompressed {
            let before = message.count
            Self.append(piece, peer, &key, to: &message)
            try checkText(from: before)
        } else if peer == .server {
            try inflate(piece)
        } else {
            try Self.withUnmasked(piece, key, resources) { (payload) throws(WebSocketFault) in
                try inflate(payload)
            }
            key.advance(by: piece.byteCount)
        }
    }

    private mutating func checkText(from start: Int) throws(WebSocketFault) {
        guard kind == .text else { return }
        guard Self.accept(message, from: start, &utf8) else { throw .invalidUTF8 }
    }

    private static func accept(_ bytes: [UInt8], from start: Int, _ utf8: inout UTF8Validator) -> Bool {
        unsafe utf8.accept(bytes.span.bytes.extracting(droppingFirst: start))
    }

    private mutating func finishWhole(
        _ payload: RawSpan, _ deliver: (FrameEvent, RawSpan) -> Bool
    ) throws(WebSocketFault) -> Bool {
        isCompressed ? try finishCompressed(payload, deliver) : try finishMessage(payload, deliver)
    }

    private mutating func finishMessage(
        _ payload: RawSpan, _ deliver: (FrameEvent, RawSpan) -> Bool, isChecked: Bool = false
    ) throws(WebSocketFault) -> Bool {
        let isText = kind == .text
        if isText {
            if !isChecked, !utf8.accept(payload) { throw .invalidUTF8 }
            guard utf8.isComplete else { throw .invalidUTF8 }
        }
        stage = .header
        kind = .continuation
        isCompressed = false
        compressedBytes = 0
        return deliver(isText ? .text : .binary, payload)
    }

    // MARK: Bytes

    /// Inflates a whole message that builds on nothing.
    private mutating func finishCompressed(
        _ payload: RawSpan, _ deliver: (FrameEvent, RawSpan) -> Bool
    ) throws(WebSocketFault) -> Bool {
        try resources.withInflater { (inflater, inflated) throws(WebSocketFault) in
            var fault: WebSocketFault?
            do throws(WebSocketFault) {
                try inflater.inflate(payload, into: &inflated, limit: maximumMessageBytes)
                try unsafe inflater.inflate(Self.tail.span.bytes, into: &inflated, limit: maximumMessageBytes)
                if !inflater.isBetweenBlocks { fault = .corruptCompression }
            } catch {
                fault = error
            }
            // Bad text counts before what is wrong behind it.
            if kind == .text, !Self.accept(inflated, from: 0, &utf8) { throw .invalidUTF8 }
            if let fault { throw fault }
            return try unsafe finishMessage(inflated.span.bytes, deliver, isChecked: true)
        }
    }

    /// The bytes every compressed message is sent without.
    private static let tail: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]

    /// Inflates the piece onto the message. Bad text counts before what is wrong behind it, however the bytes are cut.
    private mutating func inflate(_ piece: RawSpan) throws(WebSocketFault) {
        guard let compression else { return }
        let before = message.count
        let inflater = inflater ?? Inflater(windowBits: compression.windowBits)
        self.inflater = inflater
        do throws(WebSocketFault) {
            try inflater.inflate(piece, into: &message, limit: maximumMessageBytes)
        } catch {
            try checkText(from: before)
            throw error
        }
        try checkText(from: before)
    }

    private mutating func finishInflating() throws(WebSocketFault) {
        try unsafe inflate(Self.tail.span.bytes)
        guard let inflater, inflater.isBetweenBlocks else { throw .corruptCompression }
    }
}
