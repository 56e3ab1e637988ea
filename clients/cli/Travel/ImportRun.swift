import Glibc
import TerminalText
import Wire

/// Sends files and watches what the hub makes of them. Blocks its thread.
struct ImportRun {
    let person: PersonAPI
    let format: String?
    let waits: Bool
    let isJSON: Bool
    let progress: ProgressDisplay

    /// - Returns: Whether the hub could read it to its end, as far as that was waited for.
    func send(_ file: UploadFile) throws(CommandFailure) -> Bool {
        let start = ContinuousClock.now
        progress.begin("sending \(file.name)", .bytes, total: Int64(file.length))
        file.onRead = { [progress] in progress.move(to: Int64(file.position)) }
        var answer = try PersonAPI.value(upload(file))
        if waits { answer = try watch(answer, file) }
        // The line goes before the result comes.
        progress.end()
        report(answer, file, ContinuousClock.now - start)
        return answer["error"]?.string == nil
    }

    private func upload(_ file: UploadFile) throws(CommandFailure) -> [UInt8] {
        var path = "/api/v1/travel/imports?name=\(ImportRun.escaped(file.name))"
        if let format { path += "&format=\(format)" }
        var current = try person.target.renewed()
        var attempts = 0
        while true {
            switch CurlClient(target: current).upload(RESTRequest(.post, path), from: file.source()) {
            case .unreachable(let reason):
                throw CommandFailure(.unreachable, "\(PlainText.line(file.name)) was not sent: \(reason)")
            case .answered(let response):
                if (200...299).contains(response.status) { return response.body }
                let refusal = HubRefusal(response)
                let wait = refusal.retryAfter ?? 1
                attempts += 1
                if response.status == 401, attempts == 1 {
                    current = try person.target.renewed(rejecting: current.token)
                    continue
                }
                // As many are under way as may be, or the hub asks for patience.
                guard response.status == 409 || response.status == 503 || response.status == 429, attempts < 60,
                    wait <= 65
                else { throw refusal.failure }
                usleep(UInt32(max(wait, 0.1) * 1_000_000))
            }
        }
    }

    private func watch(_ first: JSONValue, _ file: UploadFile) throws(CommandFailure) -> JSONValue {
        guard let id = first["id"]?.string else { return first }
        var answer = first
        var phase = ""
        while let state = answer["state"]?.string, !["done", "failed", "cancelled"].contains(state) {
            if state != phase {
                phase = state
                // What is waited for has no extent.
                let isCounted = state == "reading" || state == "recording"
                progress.begin(
                    PlainText.line("\(state) \(file.name)"), isCounted ? .count("points") : .time, isEstimate: true)
            }
            show(answer, isReading: state == "reading")
            usleep(300_000)
            answer = try person.call(.get, "/api/v1/travel/imports/\(id)")
        }
        return answer
    }

    /// The hub tells a share of the file, or of the time that its points span, and the points that it has read.
    private func show(_ answer: JSONValue, isReading: Bool) {
        guard let points = answer["points"]?.integer, let share = answer["progress"]?.double, share > 0, share <= 1
        else { return progress.tick() }
        let whole = isReading ? Double(points) / share : Double(points)
        guard whole < 1e15 else { return progress.tick() }
        progress.expect(Int64(whole))
        progress.move(to: isReading ? points : Int64(whole * share))
    }

    private func report(_ answer: JSONValue, _ file: UploadFile, _ elapsed: Duration) {
        guard !isJSON else { return Output.line(JSONText(answer).text) }
        func count(_ name: String) -> Int { answer[name]?.integer.flatMap { Int(exactly: $0) } ?? 0 }
        var parts = [
            "\(file.name): \(answer["state"]?.string ?? "sent")", "\(Quantity.grouped(count("points"))) points",
            "\(Quantity.grouped(count("added"))) new",
        ]
        if case .object(let reasons)? = answer["skipped"], !reasons.isEmpty {
            let list = reasons.map { "\($0.name) \($0.value.integer.map { "\($0)" } ?? "")" }.joined(separator: ", ")
            parts.append("skipped: \(list)")
        }
        if answer["truncated"]?.boolean == true { parts.append("it ends too early") }
        if let message = answer["message"]?.string { parts.append(message) }
        parts.append(Quantity.time(elapsed))
        Output.line(PlainText.line(parts.joined(separator: "; ")))
    }

    /// Percent-encoded for a query.
    static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            let isPlain =
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 32) && byte < 128
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
            if isPlain {
                result.append(Character(Unicode.Scalar(byte)))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += byte < 16 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}
