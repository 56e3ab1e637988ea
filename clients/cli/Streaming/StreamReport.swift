import Foundation
import Model

/// A file of what was acknowledged, for checks against the hub's tables: a JSON object a line and device, with ids and
/// times (milliseconds since the epoch) and no position.
enum StreamReport {
    static func text(_ sessions: [DeviceSession], labels: [String]) -> String {
        zip(sessions, labels).map { session, label in
            JSONText.object([
                ("deviceId", .string(session.identity.id.description)),
                ("group", .string(session.identity.group.description)), ("track", .string(label)),
                ("unacked", .integer(session.openCount)),
                ("acked", .array(session.reported.map { .integer(Int($0)) })),
            ]).text + "\n"
        }.joined()
    }

    static func write(_ text: String, to path: String) throws(CommandFailure) {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .badData("cannot write \(path): \((error as NSError).localizedDescription)")
        }
    }
}
