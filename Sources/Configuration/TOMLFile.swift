internal import CToml
internal import Glibc

/// The leaves of a TOML document by their dotted paths, in its order.
struct TOMLFile {
    private(set) var leaves: [(path: String, value: RawValue)] = []

    init(path: String) throws(ConfigurationProblem) {
        let text = try TOMLFile.read(path)
        var error = [CChar](repeating: 0, count: 512)
        let collector = Collector()
        let status = unsafe text.withUnsafeBytes { text in
            withExtendedLifetime(collector) {
                unsafe CToml_parse(
                    text.baseAddress?.assumingMemoryBound(to: CChar.self), UInt(text.count), collect,
                    Unmanaged.passUnretained(collector).toOpaque(), &error, UInt(error.count))
            }
        }
        guard status == 0 else {
            let reason = String(decoding: error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            // One line, whatever the parser quotes.
            let line = String(reason.unicodeScalars.map { $0.value < 0x20 ? " " : Character($0) })
            throw .malformedFile(path: path, reason: line)
        }
        leaves = collector.leaves
    }

    private static func read(_ path: String) throws(ConfigurationProblem) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadableFile(path: path, reason: reason(errno)) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { throw .unreadableFile(path: path, reason: reason(errno)) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= 1_048_576 else { throw .unreadableFile(path: path, reason: "longer than 1 MiB") }
        }
    }

    private static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}

private final class Collector {
    var leaves: [(path: String, value: RawValue)] = []
}

private func collect(
    _ context: UnsafeMutableRawPointer?, _ path: UnsafePointer<CChar>?, _ kind: CTomlKind,
    _ value: UnsafePointer<CChar>?
) {
    guard let context = unsafe context, let path = unsafe path, let value = unsafe value else { return }
    let text = unsafe String(cString: value)
    let raw: RawValue =
        switch kind {
        case CTomlString: .tomlString(text)
        case CTomlInteger: Int(text).map(RawValue.tomlInteger) ?? .tomlOther
        case CTomlArrayOfStrings:
            .tomlStrings(
                text.isEmpty ? [] : text.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init))
        default: .tomlOther
        }
    unsafe Unmanaged<Collector>.fromOpaque(context).takeUnretainedValue()
        .leaves.append((path: String(cString: path), value: raw))
}
