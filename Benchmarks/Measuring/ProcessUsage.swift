import Glibc

/// What Linux tells of another process: CPU time and memory, from `/proc`.
package struct ProcessUsage: Hashable, Sendable {
    /// User and system time since it began.
    package var cpuSeconds: Double
    /// Resident memory.
    package var residentBytes: Int

    /// - Parameter includingChildren: Whether its children count too, as Postgres's processes do.
    /// - Returns: Nothing if there is no such process, or it may not be looked at.
    package static func of(_ pid: Int, includingChildren: Bool = false) -> ProcessUsage? {
        guard var usage = single(pid) else { return nil }
        if includingChildren {
            for child in children(of: pid) {
                guard let other = single(child) else { continue }
                usage.cpuSeconds += other.cpuSeconds
                usage.residentBytes += other.residentBytes
            }
        }
        return usage
    }

    /// How many clients a postmaster serves: of its children those whose title names a user, a database and a host.
    package static func postgresClients(of postmaster: Int) -> Int {
        children(of: postmaster).count { child in
            guard let title = read("/proc/\(child)/cmdline")?.prefix(while: { $0 != "\0" }) else { return false }
            let words = title.split(separator: " ")
            return words.count > 4 && (words[3] == "[local]" || words[3].hasSuffix(")"))
        }
    }

    package static var own: ProcessUsage? { of(Int(getpid())) }

    /// The fields of `/proc/PID/stat` behind the command's name, which may itself hold spaces and brackets.
    private static func fields(_ pid: Int) -> [Substring]? {
        guard let text = read("/proc/\(pid)/stat"), let close = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: close)...].split(separator: " ")
    }

    private static func single(_ pid: Int) -> ProcessUsage? {
        guard let fields = fields(pid), fields.count > 21, let user = Double(fields[11]),
            let system = Double(fields[12]), let pages = Int(fields[21])
        else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        return ProcessUsage(
            cpuSeconds: (user + system) / ticks, residentBytes: pages * Int(sysconf(Int32(_SC_PAGESIZE))))
    }

    private static func children(of pid: Int) -> [Int] {
        guard let folder = unsafe opendir("/proc") else { return [] }
        defer { unsafe closedir(folder) }
        var found: [Int] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let other = Int(name), let fields = fields(other), fields.count > 1, Int(fields[1]) == pid {
                found.append(other)
            }
        }
        return found
    }

    private static func read(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
