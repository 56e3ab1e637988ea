import Glibc

/// Seconds of processor time, in user and kernel mode.
enum CPUTime {
    /// Of this process.
    static var own: Double {
        var usage = rusage()
        unsafe getrusage(RUSAGE_SELF.rawValue, &usage)
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// Of a server and of every process it started, those that have ended included. Ticks of 10 ms.
    static func family(of pid: Int32) -> Double {
        guard let directory = unsafe opendir("/proc") else { return 0 }
        defer { unsafe closedir(directory) }
        var ticks = 0
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            guard let member = Int32(name) else { continue }
            let fields = stat(of: member)
            // After the name: state, parent, …; user and kernel time are the 12th and 13th, those of ended children next.
            guard fields.count > 14, member == pid || fields[1] == String(pid) else { continue }
            ticks += (11...12).reduce(0) { $0 + (Int(fields[$1]) ?? 0) }
            if member == pid { ticks += (13...14).reduce(0) { $0 + (Int(fields[$1]) ?? 0) } }
        }
        return Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func stat(of pid: Int32) -> [Substring] {
        guard let file = unsafe fopen("/proc/\(pid)/stat", "r") else { return [] }
        defer { unsafe fclose(file) }
        var line = [CChar](repeating: 0, count: 1024)
        guard unsafe fgets(&line, 1024, file) != nil else { return [] }
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return text[(text.lastIndex(of: ")") ?? text.startIndex)...].dropFirst().split(separator: " ")
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}
