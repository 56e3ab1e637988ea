import Foundation
import Glibc
import HTTPClient
import Measuring

/// The hub as a process of this machine, which somebody starts again whenever it was killed.
struct HubUnderTest: Sendable {
    let address: HubAddress
    /// Holds the process id of the hub that runs, one line.
    let pidFile: String

    /// The process id; nothing while there is none.
    var pid: Int32? {
        guard let text = try? String(contentsOfFile: pidFile, encoding: .utf8),
            let pid = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)), pid > 1, kill(pid, 0) == 0
        else { return nil }
        return pid
    }

    /// The hub's Postgres, as the data directory next to the file has it; nothing if it has none of its own.
    var postgres: Int? {
        let file = URL(fileURLWithPath: pidFile).deletingLastPathComponent()
            .appendingPathComponent("postgres/postmaster.pid")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
        return text.split(separator: "\n").first.flatMap { Int($0) }
    }

    /// Kills it with SIGKILL and waits until another serves.
    ///
    /// - Returns: How long nobody did.
    func replace() async throws(Failure) -> Duration {
        guard let victim = pid else { throw Failure("there is no hub to be killed") }
        let start = MonotonicTime.now
        kill(victim, SIGKILL)
        while pid == nil || pid == victim || !isReady {
            guard MonotonicTime.now - start < 120_000_000_000 else {
                throw Failure("no hub was ready within two minutes after one was killed")
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return .nanoseconds(Int64(MonotonicTime.now - start))
    }

    var isReady: Bool {
        var call = address.call("GET", "/api/health/ready")
        call.timeout = .seconds(2)
        guard case .success(let answer) = BlockingClient(concurrency: 1).send([call])[0] else { return false }
        return answer.status == 200
    }

    /// What the hub counts, by name and labels as they are written; empty if it does not say.
    func metrics() -> [String: Double] {
        guard case .success(let answer) = BlockingClient(concurrency: 1).send([address.call("GET", "/metrics")])[0]
        else { return [:] }
        var values: [String: Double] = [:]
        for line in String(decoding: answer.body, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
            if let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) {
                values[String(line[..<space])] = value
            }
        }
        return values
    }
}
