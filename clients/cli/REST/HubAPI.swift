import Foundation
import Glibc
import Model

/// The hub's REST interface as the commands use it. Blocks its thread; waits out 429 and 503 for a while.
struct HubAPI: Sendable {
    let target: HubTarget
    /// How often in a row the hub may ask for patience and take nothing.
    var patience = 8
    /// Requests sent before the answers are looked at: a hub that asks for patience is not sent the rest meanwhile.
    private static let round = 64

    /// A device as the hub lists it.
    struct ListedDevice: Codable, Hashable, Sendable {
        struct LastLocation: Codable, Hashable, Sendable {
            var timestamp: String
            var latitude: Double
            var longitude: Double
            var accuracy: Double
            var speed: Double?
            var batteryLevel: Int?
        }

        var deviceId: String
        var displayName: String
        var lastSeenAt: String?
        var lastLocation: LastLocation?
    }

    private struct DeviceList: Codable { var devices: [ListedDevice] }

    private struct Registration: Codable {
        var deviceId: String
        var displayName: String
        var groupId: String
        var platform: String
    }

    /// The active devices of a group, by name, and the answer as the hub wrote it.
    func devices(of group: GroupID) throws(CommandFailure) -> (devices: [ListedDevice], json: [UInt8]) {
        let body = try perform(RESTRequest(.get, "/api/v1/devices?groupId=\(group)"))
        guard let list = try? JSONDecoder().decode(DeviceList.self, from: Data(body)) else {
            throw CommandFailure(.fault, "the hub's list of devices could not be understood")
        }
        return (list.devices, body)
    }

    /// Registers devices, several at a time; the hub's answers as it wrote them.
    ///
    /// - Throws: The first refusal; the other devices may have been registered.
    @discardableResult
    func register(_ devices: [DeviceIdentity], onProgress: (Int) -> Void = { _ in }) throws(CommandFailure) -> [[UInt8]]
    {
        let encoder = JSONEncoder()
        let requests = devices.map { device in
            let registration = Registration(
                deviceId: device.id.description, displayName: device.name, groupId: device.group.description,
                platform: "hubctl")
            return RESTRequest(
                .post, "/api/v1/devices/register", body: (try? encoder.encode(registration)).map { Array($0) })
        }
        return try perform(requests, onProgress: onProgress)
    }

    func deactivate(_ device: DeviceID) throws(CommandFailure) {
        _ = try perform(RESTRequest(.delete, "/api/v1/devices/\(device)"))
    }

    /// Asks for something only a good key gets.
    func checkKey() throws(CommandFailure) {
        _ = try perform(RESTRequest(.get, "/api/v1/devices?groupId=hubctl-login"))
    }

    /// The health page, whatever its status.
    func health() throws(CommandFailure) -> RESTResponse {
        switch CurlClient(target: target, timeout: .seconds(10)).send([RESTRequest(.get, "/api/health")])[0] {
        case .answered(let response): return response
        case .unreachable(let reason): throw unreachable(reason)
        }
    }

    /// The longest wait that is obeyed, in seconds; past it the command gives up. A rate limit's window is a minute.
    private static let longestWait = 65.0

    private func perform(_ request: RESTRequest) throws(CommandFailure) -> [UInt8] { try perform([request])[0] }

    private func perform(
        _ requests: [RESTRequest], onProgress: (Int) -> Void = { _ in }
    ) throws(CommandFailure) -> [[UInt8]] {
        var bodies = [[UInt8]](repeating: [], count: requests.count)
        var open = Array(requests.indices)
        var refusedRounds = 0
        while !open.isEmpty {
            let done = requests.count - open.count
            let sent = open.prefix(HubAPI.round)
            let results = CurlClient(target: target).send(sent.map { requests[$0] }) { onProgress(done + $0) }
            var again: [Int] = []
            var wait = 0.0
            var reason = ""
            for (index, result) in zip(sent, results) {
                switch result {
                case .unreachable(let reason): throw unreachable(reason)
                case .answered(let response) where (200...299).contains(response.status):
                    bodies[index] = response.body
                case .answered(let response):
                    let asked = response.retryAfter ?? 1
                    guard response.status == 429 || response.status == 503, refusedRounds < patience,
                        asked <= HubAPI.longestWait
                    else { throw HubRefusal(response).failure }
                    again.append(index)
                    wait = max(wait, asked)
                    reason = HubRefusal(response).message ?? "the hub answered \(response.status)"
                }
            }
            refusedRounds = again.count == sent.count ? refusedRounds + 1 : 0
            open = again + open.dropFirst(sent.count)
            guard !again.isEmpty else { continue }
            if wait >= 2 { Output.note("\(reason); going on in \(Int(wait.rounded(.up))) s") }
            usleep(UInt32(max(wait, 0.05) * 1_000_000))
        }
        return bodies
    }

    private func unreachable(_ reason: String) -> CommandFailure {
        CommandFailure(.unreachable, "cannot reach the hub at \(target.url.http): \(reason)")
    }
}
