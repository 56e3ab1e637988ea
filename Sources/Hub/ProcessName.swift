internal import Glibc

/// What people tell this process by, among those that share a database: its host and its number, such as `hub-1:4711`.
enum ProcessName {
    static let current: String = {
        var name = [CChar](repeating: 0, count: 256)
        let isKnown = unsafe gethostname(&name, name.count - 1) == 0
        let host = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return "\(isKnown && !host.isEmpty ? host : "localhost"):\(getpid())"
    }()
}
