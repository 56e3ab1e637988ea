import Measuring
import TerminalText

/// What idle connections cost the hub.
struct IdleReport: Hashable, Sendable {
    var connections: Int
    /// Of the hub: before the first connection, with all of them, and at the end of the idle time.
    var before: ProcessUsage?
    var connected: ProcessUsage?
    var after: ProcessUsage?
    var connectSeconds: Double
    var idleSeconds: Double
    var lost: Int

    var bytesPerConnection: Double? {
        guard let before, let after else { return nil }
        return Double(after.residentBytes - before.residentBytes) / Double(max(connections, 1))
    }

    var lines: [String] {
        var lines = [
            "\(Quantity.grouped(connections)) connections opened in \(Quantity.decimal(connectSeconds, 1)) s "
                + "(\(Quantity.grouped(Int(Double(connections) / max(connectSeconds, 0.001))))/s), idle for "
                + "\(Quantity.decimal(idleSeconds, 0)) s, \(lost) lost"
        ]
        if let before, let connected, let after, let bytesPerConnection {
            func mebibytes(_ bytes: Int) -> String { Quantity.decimal(Double(bytes) / 1_048_576, 1) }
            lines.append(
                "hub RSS   \(mebibytes(before.residentBytes)) MiB before, \(mebibytes(connected.residentBytes)) MiB connected, "
                    + "\(mebibytes(after.residentBytes)) MiB at the end: \(Quantity.decimal(bytesPerConnection / 1024, 2)) KiB a connection"
            )
            lines.append(
                "hub CPU   \(Quantity.decimal(connected.cpuSeconds - before.cpuSeconds, 2)) s to connect, "
                    + "\(Quantity.decimal(after.cpuSeconds - connected.cpuSeconds, 2)) s while idle")
        }
        return lines
    }

    var json: JSONText {
        func usage(_ usage: ProcessUsage?) -> JSONText {
            .optional(
                usage.map {
                    .object([("residentBytes", .integer($0.residentBytes)), ("cpuSeconds", .number($0.cpuSeconds))])
                })
        }
        return .object([
            ("connections", .integer(connections)), ("lost", .integer(lost)),
            ("connectSeconds", .number(connectSeconds)), ("idleSeconds", .number(idleSeconds)),
            ("before", usage(before)), ("connected", usage(connected)), ("after", usage(after)),
            ("bytesPerConnection", .optional(bytesPerConnection.map { .number($0.rounded()) })),
        ])
    }
}
