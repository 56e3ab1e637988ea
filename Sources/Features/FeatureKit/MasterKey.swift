package import Configuration
package import Crypto
internal import Glibc

/// Where the key comes from that secrets in the database are sealed with: a setting, or a file beside the data.
package enum MasterKey {
    /// The key of the configuration, or of its file, which is made in the data folder if none is named and none is there.
    /// Blocks; called once, before the hub serves.
    ///
    /// - Throws: ``MasterKeyError``, one line for the operator.
    package static func load(_ configuration: HubConfiguration) throws(MasterKeyError) -> SealingKey {
        if let text = configuration.credentials.masterKey?.revealed {
            guard let key = key(of: text) else { throw .malformed("credentials.master_key") }
            return key
        }
        let named = configuration.credentials.masterKeyFile
        if !named.isEmpty { return try read(named) }
        let path = configuration.data.directory + "/master.key"
        if unsafe access(path, F_OK) != 0 {
            makeDirectories(configuration.data.directory)
            try make(path)
        }
        return try read(path)
    }

    private static func key(of text: String) -> SealingKey? {
        var text = text[...]
        while let last = text.last, last == "\n" || last == "\r" || last == "\r\n" || last == " " { text.removeLast() }
        return Base64.standard.decode(text).flatMap { SealingKey($0) }
    }

    private static func read(_ path: String) throws(MasterKeyError) -> SealingKey {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .unreadable(path, errno) }
        // A secret of a container may be a file of root's that its group reads; nobody else may.
        guard status.st_mode & 0o007 == 0 else { throw .tooOpen(path) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = unsafe Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw .unreadable(path, errno) }
        guard let key = key(of: String(decoding: bytes[..<count], as: UTF8.self)) else { throw .malformed(path) }
        return key
    }

    /// What cannot be made is told by the file that then cannot be.
    private static func makeDirectories(_ path: String) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += part + "/"
            _ = unsafe mkdir(made, 0o755)
        }
    }

    /// Makes the file in one step: who starts at the same time finds this one or none.
    private static func make(_ path: String) throws(MasterKeyError) {
        let temporary = path + "." + Hexadecimal.encode(SecureRandom.bytes(8))
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unwritable(path, errno) }
        defer { unsafe unlink(temporary) }
        let text = Array((Base64.standard.encode(SecureRandom.bytes(32)) + "\n").utf8)
        let isWritten = unsafe write(descriptor, text, text.count) == text.count && fsync(descriptor) == 0
        let number = errno
        close(descriptor)
        guard isWritten else { throw .unwritable(path, number) }
        guard unsafe link(temporary, path) == 0 || errno == EEXIST else { throw .unwritable(path, errno) }
    }
}

/// Why there is no master key; numbers are an `errno`.
package enum MasterKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable(String, Int32)
    case unwritable(String, Int32)
    /// Users other than its owner and group may read it.
    case tooOpen(String)
    /// Not 32 bytes in base64.
    case malformed(String)

    package var description: String {
        switch self {
        case .unreadable(let path, let number): "cannot read the master key \(path): \(text(of: number))"
        case .unwritable(let path, let number): "cannot make the master key \(path): \(text(of: number))"
        case .tooOpen(let path): "the master key \(path) may be read by others than its owner; chmod 600 it"
        case .malformed(let place): "\(place) must be 32 bytes in base64"
        }
    }

    private func text(of number: Int32) -> String { unsafe String(cString: strerror(number)) }
}
