/// Frames made byte by byte, right or wrong, without the module's own encoder.
struct FrameBytes {
    var first: UInt8
    var payload: [UInt8] = []
    /// nil leaves the frame unmasked.
    var mask: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D]
    /// Declared in place of the payload's own length.
    var declaredLength: UInt64?
    /// 1, 2 or 8 bytes; the shortest that fits if nil.
    var lengthBytes: Int?

    static func text(_ payload: [UInt8], isFinal: Bool = true) -> FrameBytes {
        FrameBytes(first: (isFinal ? 0x80 : 0) | 1, payload: payload)
    }
    static func text(_ payload: String, isFinal: Bool = true) -> FrameBytes {
        text(Array(payload.utf8), isFinal: isFinal)
    }
    static func binary(_ payload: [UInt8], isFinal: Bool = true) -> FrameBytes {
        FrameBytes(first: (isFinal ? 0x80 : 0) | 2, payload: payload)
    }
    static func continuation(_ payload: [UInt8], isFinal: Bool = true) -> FrameBytes {
        FrameBytes(first: isFinal ? 0x80 : 0, payload: payload)
    }
    static func ping(_ payload: String = "") -> FrameBytes { FrameBytes(first: 0x89, payload: Array(payload.utf8)) }
    static func pong(_ payload: String = "") -> FrameBytes { FrameBytes(first: 0x8A, payload: Array(payload.utf8)) }
    static func close(_ code: UInt16?, _ reason: String = "") -> FrameBytes {
        FrameBytes(first: 0x88, payload: (code.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } ?? []) + Array(reason.utf8))
    }

    func with(_ change: (inout FrameBytes) -> Void) -> FrameBytes {
        var copy = self
        change(&copy)
        return copy
    }

    var unmasked: FrameBytes { with { $0.mask = nil } }

    var bytes: [UInt8] {
        let length = declaredLength ?? UInt64(payload.count)
        let form = lengthBytes ?? (length < 126 ? 1 : length < 65_536 ? 2 : 8)
        let marker: UInt8 = form == 1 ? UInt8(length) : form == 2 ? 126 : 127
        var bytes = [first, marker | (mask == nil ? 0 : 0x80)]
        if form > 1 {
            for index in (0..<form).reversed() { bytes.append(UInt8(truncatingIfNeeded: length >> UInt64(8 * index))) }
        }
        guard let mask else { return bytes + payload }
        if mask == [0, 0, 0, 0] { return bytes + mask + payload }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }
}

extension [FrameBytes] {
    var bytes: [UInt8] { flatMap(\.bytes) }
}
