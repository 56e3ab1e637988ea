internal import Glibc

extension StaticFile {
    /// Reads a file while the hub starts; blocks.
    ///
    /// - Parameters:
    ///   - name: What it is called from now on.
    ///   - longest: In bytes; a longer one is none.
    /// - Returns: Nothing for what cannot be read, is no plain file, or is longer.
    package init?(_ name: String, at path: String, longest: Int = 4 << 20) {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= longest
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe read(file, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            }
            guard count > 0 else { return nil }
            filled += count
        }
        self.init(name, bytes)
    }
}
