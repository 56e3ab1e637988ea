/// Takes a terminal's bytes for keys, wherever the reads cut them.
///
/// Bytes that are not UTF-8 and sequences that are not known are dropped: nothing of them becomes text.
struct KeyDecoder: Sendable {
    /// The most bytes of one escape sequence; what is longer is none.
    private static let longestSequence = 32
    /// The most bytes of one paste; the rest is left out.
    static let longestPaste = 65_536

    private enum State: Hashable, Sendable {
        case ground
        /// After ESC.
        case escape
        /// After ESC [ or ESC O, with what followed so far.
        case sequence([UInt8])
        /// In a paste, with what may be the start of its end.
        case paste([UInt8])
        /// In a character of several bytes, with how many are to come.
        case character([UInt8], missing: Int)
    }

    private var state = State.ground
    private var pasted: [UInt8] = []

    private static let endOfPaste = Array("\u{1b}[201~".utf8)

    /// The keys that `bytes` complete.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [Key] {
        var keys: [Key] = []
        for byte in bytes { take(byte, &keys) }
        return keys
    }

    private mutating func take(_ byte: UInt8, _ keys: inout [Key]) {
        switch state {
        case .ground: ground(byte, &keys)
        case .escape:
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "O"): state = .sequence([])
            case UInt8(ascii: "b"): end(with: .wordLeft, &keys)
            case UInt8(ascii: "f"): end(with: .wordRight, &keys)
            case 0x7f: end(with: .control("w"), &keys)
            case 0x1b: break
            default: state = .ground
            }
        case .sequence(var read):
            read.append(byte)
            if (0x40...0x7e).contains(byte) {
                state = .ground
                finish(read, &keys)
            } else {
                state =
                    (0x20...0x3f).contains(byte) && read.count < KeyDecoder.longestSequence ? .sequence(read) : .ground
            }
        case .paste(var mark):
            mark.append(byte)
            if mark == KeyDecoder.endOfPaste {
                state = .ground
                keys.append(.paste(KeyDecoder.text(ofPaste: pasted)))
                pasted = []
            } else if KeyDecoder.endOfPaste.starts(with: mark) {
                state = .paste(mark)
            } else {
                // What looked like the end was not; only its first byte can begin the end, and only the last may.
                let restarts = byte == 0x1b
                pasted += restarts ? mark.dropLast() : mark[...]
                if pasted.count > KeyDecoder.longestPaste { pasted.removeLast(pasted.count - KeyDecoder.longestPaste) }
                state = .paste(restarts ? [byte] : [])
            }
        case .character(var read, let missing):
            guard (0x80...0xbf).contains(byte) else {
                state = .ground
                return ground(byte, &keys)
            }
            read.append(byte)
            if missing > 1 {
                state = .character(read, missing: missing - 1)
            } else {
                state = .ground
                if let text = String(validating: read, as: UTF8.self), KeyDecoder.isText(text) {
                    keys.append(.text(text))
                }
            }
        }
    }

    private mutating func end(with key: Key, _ keys: inout [Key]) {
        state = .ground
        keys.append(key)
    }

    private mutating func ground(_ byte: UInt8, _ keys: inout [Key]) {
        switch byte {
        case 0x1b: state = .escape
        case 0x0d, 0x0a: keys.append(.enter)
        case 0x7f, 0x08: keys.append(.backspace)
        case 0x09: keys.append(.tab)
        case 0x01...0x1a:
            keys.append(.control(Character(UnicodeScalar(byte + 0x60))))
        case 0x20...0x7e: keys.append(.text(String(UnicodeScalar(byte))))
        case 0xc2...0xdf: state = .character([byte], missing: 1)
        case 0xe0...0xef: state = .character([byte], missing: 2)
        case 0xf0...0xf4: state = .character([byte], missing: 3)
        default: break
        }
    }

    private mutating func finish(_ read: [UInt8], _ keys: inout [Key]) {
        switch String(decoding: read, as: UTF8.self) {
        case "A": keys.append(.up)
        case "B": keys.append(.down)
        case "C": keys.append(.right)
        case "D": keys.append(.left)
        case "H", "1~", "7~": keys.append(.home)
        case "F", "4~", "8~": keys.append(.end)
        case "3~": keys.append(.delete)
        case "1;5C", "1;3C": keys.append(.wordRight)
        case "1;5D", "1;3D": keys.append(.wordLeft)
        case "200~":
            pasted = []
            state = .paste([])
        default: break
        }
    }

    private static func text(ofPaste bytes: [UInt8]) -> String {
        var text = ""
        var follows: UnicodeScalar?
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\r": text += "\n"
            case "\n": if follows != "\r" { text += "\n" }
            case "\t": text += " "
            default: if scalar.properties.generalCategory != .control { text.unicodeScalars.append(scalar) }
            }
            follows = scalar
        }
        return text
    }

    private static func isText(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}
