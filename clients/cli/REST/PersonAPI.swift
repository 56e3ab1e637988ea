import Foundation
import Glibc
import Wire

/// The hub's REST interface as a signed-in person, or somebody who is about to be, uses it. Blocks its thread.
///
/// An access token that the hub no longer takes is renewed once; a hub that asks for patience is waited for, if not long.
struct PersonAPI: Sendable {
    let target: HubTarget
    /// How often the hub may ask for patience.
    let patience: Int
    /// Whether nothing is written while it waits.
    let isSilent: Bool
    /// The longest wait that is obeyed, in seconds.
    private static let longestWait = 65.0

    init(target: HubTarget, patience: Int = 5, isSilent: Bool = false) {
        self.target = target
        self.patience = patience
        self.isSilent = isSilent
    }

    /// The answer as the hub wrote it; empty for 204.
    func bytes(
        _ method: RESTRequest.Method, _ path: String, _ body: JSONText? = nil
    ) throws(CommandFailure) -> [UInt8] {
        let request = body.map { RESTRequest(method, path, json: $0) } ?? RESTRequest(method, path)
        var current = try target.renewed()
        var attempts = 0
        var hasRenewed = false
        while true {
            let response: RESTResponse
            switch CurlClient(target: current).send([request])[0] {
            case .unreachable(let reason):
                throw CommandFailure(.unreachable, "cannot reach the hub at \(target.url.http): \(reason)")
            case .answered(let answer): response = answer
            }
            if (200...299).contains(response.status) { return response.body }
            let refusal = HubRefusal(response)
            let isOld = refusal.error == "token_expired" || refusal.error == "token_invalid"
            if response.status == 401, isOld, target.keeper != nil, !hasRenewed {
                hasRenewed = true
                current = try target.renewed(rejecting: current.token)
                continue
            }
            // A wrong password is not tried again by itself, nor is what is throttled for long.
            let wait = refusal.retryAfter ?? 1
            guard response.status == 503 || response.status == 429, attempts < patience, wait <= PersonAPI.longestWait
            else {
                throw refusal.failure
            }
            attempts += 1
            if wait >= 2, !isSilent {
                Output.note("\(refusal.message ?? "the hub asks for patience"); going on in \(Int(wait)) s")
            }
            usleep(UInt32(max(wait, 0.05) * 1_000_000))
        }
    }

    /// The answer; null for 204.
    @discardableResult
    func call(
        _ method: RESTRequest.Method, _ path: String, _ body: JSONText? = nil
    ) throws(CommandFailure) -> JSONValue {
        try PersonAPI.value(bytes(method, path, body))
    }

    /// The id of the person who is signed in, in lower case.
    func ownId() throws(CommandFailure) -> String {
        guard let signIn = try target.keeper?.current() else { throw TokenKeeper.signedOut }
        return signIn.userId.lowercased()
    }

    static func value(_ bytes: [UInt8]) throws(CommandFailure) -> JSONValue {
        if bytes.isEmpty { return .null }
        guard let value = try? JSONValue(bytes) else {
            throw CommandFailure(.fault, "the hub's answer could not be understood")
        }
        return value
    }

    /// One part of a path or a value of a query, escaped: whatever a person typed, it stays that part.
    static func escaped(_ text: String) -> String {
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~")
        return text.unicodeScalars.map { scalar in
            plain.contains(scalar)
                ? String(scalar)
                : String(scalar).utf8.map { byte in
                    let digits = String(byte, radix: 16, uppercase: true)
                    return "%" + (digits.count == 1 ? "0" : "") + digits
                }.joined()
        }.joined()
    }

    /// All of a list, page after page.
    ///
    /// - Parameter limit: Entries after which to stop.
    func list(_ path: String, _ name: String, limit: Int = 1000) throws(CommandFailure) -> [JSONValue] {
        var entries: [JSONValue] = []
        var cursor: String?
        repeat {
            let mark = path.contains("?") ? "&" : "?"
            let next = cursor.map { "\(mark)cursor=\(PersonAPI.escaped($0))" } ?? ""
            let page = try call(.get, path + next)
            let items = page[name]?.array ?? []
            entries += items
            cursor = items.isEmpty ? nil : page["nextCursor"]?.string
        } while cursor != nil && entries.count < limit
        return Array(entries.prefix(limit))
    }
}
