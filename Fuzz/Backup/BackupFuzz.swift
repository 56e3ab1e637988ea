import BackupArchive
import Glibc

/// Where the files are; in memory, if there is such a place.
private let folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
private let path = "\(folder)/hub-fuzz-\(getpid()).tar"

/// The first byte says how the rest is used: as a file, or as a dump of which a file is made that one bit is changed in.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
    guard let kind = bytes.first else { return 0 }
    if kind & 1 == 0 { read(Array(bytes.dropFirst())) } else { damage(Array(bytes.dropFirst())) }
    unlink(path)
    return 0
}

/// Whatever the file is, it is refused or gives its dump.
private func read(_ file: [UInt8]) {
    store(file)
    if let archive = try? BackupArchive(path: path) { _ = content(archive) }
}

/// A whole archive is taken, and refused with one bit changed.
private func damage(_ input: [UInt8]) {
    guard input.count > 4, let file = try? BackupFile(path: path) else { return }
    let dump = Array(input.dropFirst(4))
    try? file.append(dump[...])
    guard let manifest = try? BackupManifest(json: Array(text(dump.count, file.endDump()).utf8)) else { return }
    try? file.finish(manifest)
    var bytes = load()
    guard let archive = try? BackupArchive(path: path) else { preconditionFailure("a whole archive was refused") }
    precondition(content(archive) == dump, "a dump changed on its way")
    let bit = input[..<4].reduce(0) { $0 << 8 | Int($1) } % (bytes.count * 8)
    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    store(bytes)
    precondition((try? BackupArchive(path: path)) == nil, "a changed archive was taken")
}

private func text(_ count: Int, _ digest: [UInt8]) -> String {
    let digits = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return #"{"format":1,"createdAt":"2026-11-25T12:00:00.000Z","hub":"1","postgres":150004,"dump":{"bytes":\#(count),"#
        + #""sha256":"\#(digits)"},"migrations":[],"tables":[]}"#
}

private func content(_ archive: BackupArchive) -> [UInt8] {
    var dump: [UInt8] = []
    while let piece = try? archive.nextPiece(), !piece.isEmpty { dump += piece }
    return dump
}

private func store(_ bytes: [UInt8]) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    _ = Glibc.write(descriptor, bytes, bytes.count)
    close(descriptor)
}

private func load() -> [UInt8] {
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    return Array(bytes[..<max(0, count)])
}
