internal import Configuration
internal import EventLoop
internal import Glibc

extension MachineFacts {
    /// Looks at the machine. Blocks briefly, and changes nothing.
    init(lookingAt configuration: HubConfiguration) {
        data = DataDirectory(lookingAt: configuration.data.directory)
        var limit = rlimit()
        if unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            openFiles = UInt64(limit.rlim_max)
        }
        listenBacklog = MachineFacts.number(in: "/proc/sys/net/core/somaxconn").map { Int(clamping: $0) }
        let memory = MachineFacts.memory(MachineFacts.text("/proc/meminfo") ?? "")
        let group = MachineFacts.number(in: "/sys/fs/cgroup/memory.max")
        let used = MachineFacts.number(in: "/sys/fs/cgroup/memory.current")
        totalMemory = [memory.total, group].compactMap(\.self).min()
        let leftInGroup = group.flatMap { group in used.map { group > $0 ? group - $0 : 0 } }
        availableMemory = [memory.available, leftInGroup].compactMap(\.self).min()
        clock = KernelClock.isSynchronized.map { $0 ? .synchronized : .unsynchronized } ?? .unknown
    }

    /// What `/proc/meminfo` says, in bytes.
    static func memory(_ text: String) -> (total: UInt64?, available: UInt64?) {
        func value(_ name: String) -> UInt64? {
            let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
            return line.flatMap { UInt64($0.split(separator: " ").dropFirst().first ?? "") }.map { $0 << 10 }
        }
        return (value("MemTotal"), value("MemAvailable"))
    }

    private static func number(in path: String) -> UInt64? {
        text(path).flatMap { UInt64($0.prefix { $0.isNumber }) }
    }

    private static func text(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }
}

extension MachineFacts.DataDirectory {
    fileprivate init(lookingAt path: String) {
        self.path = path
        // The directory itself, or the nearest above it, in which it would be made.
        var place = path.hasPrefix("/") || path.hasPrefix("./") ? path : "./" + path
        exists = unsafe access(place, F_OK) == 0
        while unsafe access(place, F_OK) != 0, let slash = place.lastIndex(of: "/") {
            place = slash == place.startIndex ? "/" : String(place[..<slash])
            if place == "." || place == "/" { break }
        }
        isWritable = unsafe access(place, W_OK | X_OK) == 0
        var status = stat()
        let isSeen = unsafe exists && stat(place, &status) == 0
        hasForeignOwner = isSeen && status.st_uid != 0 && status.st_uid != geteuid()
        isWritableByOthers = isSeen && status.st_mode & (S_IWGRP | S_IWOTH) != 0
        var system = statvfs()
        guard unsafe statvfs(place, &system) == 0 else { return }
        freeBytes = UInt64(system.f_bavail) * UInt64(system.f_frsize)
        totalBytes = UInt64(system.f_blocks) * UInt64(system.f_frsize)
    }
}
