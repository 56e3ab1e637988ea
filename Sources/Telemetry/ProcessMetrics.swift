internal import Glibc

/// What the operating system says of this process, under the names that Prometheus' client libraries use.
package enum ProcessMetrics {
    /// The numbers are read when the metrics are rendered.
    package static func register(in registry: MetricsRegistry) {
        registry.counter("process_cpu_seconds_total", help: "User and system time of the process.") {
            var usage = rusage()
            unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return seconds(usage.ru_utime) + seconds(usage.ru_stime)
        }
        registry.gauge("process_resident_memory_bytes", help: "Memory of the process that is in RAM.") {
            let pages = file("/proc/self/statm").split(separator: " ").dropFirst().first.flatMap { Double($0) }
            return (pages ?? .nan) * Double(sysconf(Int32(_SC_PAGESIZE)))
        }
        registry.gauge("process_open_fds", help: "Open file descriptors.") { openDescriptors() }
        registry.gauge("process_max_fds", help: "The most file descriptors that may be open.") {
            var limit = rlimit()
            unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            return Double(limit.rlim_cur)
        }
        let start = startTime()
        registry.gauge("process_start_time_seconds", help: "When the process started, since the epoch.") { start }
    }

    /// Linux 6.2 tells the number at once; before that the folder has to be read, which takes milliseconds for 100,000
    /// connections and is why metrics are not rendered on a loop.
    private static func openDescriptors() -> Double {
        var information = stat()
        if unsafe stat("/proc/self/fd", &information) == 0, information.st_size > 0 {
            return Double(information.st_size)
        }
        guard let folder = unsafe opendir("/proc/self/fd") else { return .nan }
        defer { unsafe closedir(folder) }
        var count = 0
        while unsafe readdir(folder) != nil { count += 1 }
        // Without the two of the folder, and the one it is read by.
        return Double(count - 3)
    }

    private static func startTime() -> Double {
        // The name of the process, in brackets, may hold spaces; what follows it does not. The 22nd field is counted from 1.
        let fields = file("/proc/self/stat").split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 19, let ticks = Double(fields[19]) else { return .nan }
        let boot = file("/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
        guard let boot = boot.flatMap({ Double($0.dropFirst(6)) }) else { return .nan }
        return boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    private static func file(_ path: String) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }
}
