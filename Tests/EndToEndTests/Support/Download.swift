import Crypto
import HTTP
import Model
import Persistence
import Wire

extension HubAddress {
    /// An answer of any framing, read to its end on a connection of its own.
    ///
    /// - Throws: If the content is cut.
    func download(
        _ path: String, method: String = "GET", headers: [(String, String)] = [], key: String?? = nil
    ) async throws -> HTTPAnswer {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        if let key = key ?? self.key { head += "X-API-Key: \(key)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        let connection = try await RawConnection.connect(port: port, tls: tls)
        await connection.send(head + "\r\n")
        let bytes = try await connection.toEnd()
        guard let (_, answer) = HTTPAnswer.parse(bytes, hasContent: false) else {
            throw Unexpected(what: "no answer: \(bytes.count) bytes")
        }
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else { return answer }
        let content = bytes[end...]
        if answer["Transfer-Encoding"] != "chunked" || method == "HEAD" {
            return HTTPAnswer(status: answer.status, fields: answer.fields, body: Array(content))
        }
        return HTTPAnswer(status: answer.status, fields: answer.fields, body: try Chunks.joined(content))
    }

    /// Puts as many locations into the database as are wanted, a second apart, the last at `end`.
    static func fill(_ hub: RunningHub, _ device: DeviceID, count: Int, until end: Timestamp = .now) async throws {
        try await hub.database.withConnection(within: .seconds(60)) { connection in
            try await connection.run(
                script: """
                    INSERT INTO core.locations (device_id, captured_at, created_at, latitude, longitude, accuracy, speed)
                    SELECT '\(device)', to_timestamp(\(end.milliseconds) / 1000.0) - (\(count) - n) * interval '1 second',
                        now(), 48 + n / 1e6, 16 + n / 1e6, 5, 1.5
                    FROM generate_series(1, \(count)) n;
                    """, timeout: .seconds(120))
        }
    }
}

/// Chunked content (RFC 9112, section 7.1) as the hub sends it: without extensions and trailers.
enum Chunks {
    struct Cut: Error {}

    static func joined(_ bytes: ArraySlice<UInt8>) throws -> [UInt8] {
        var rest = bytes
        var content: [UInt8] = []
        while true {
            guard let line = rest.firstRange(of: Array("\r\n".utf8)),
                let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16)
            else { throw Cut() }
            rest = rest[line.upperBound...]
            guard rest.count >= size + 2 else { throw Cut() }
            if size == 0 { return content }
            content += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
    }
}

extension RunningHub {
    /// A key for the routes of administrators.
    func adminKey(_ name: String = "ops") async throws -> String {
        try await RunningHub.makeKey(name, isAdmin: true, in: keys).text
    }

    /// A count that a query gives.
    func count(_ sql: String) async throws -> Int {
        let result = try await database.query(PostgresQuery(PostgresStatement("test." + sql, sql)))
        return Int(result[0].int64(0) ?? -1)
    }

    /// The audit log as `operation outcome`, the oldest first.
    func audit(of target: String? = nil) async throws -> [String] {
        let filter = target.map { "WHERE target = '\($0)'" } ?? ""
        let sql = "SELECT operation || ' ' || outcome FROM core.audit_log \(filter) ORDER BY id"
        return try await database.query(PostgresQuery(PostgresStatement("test." + sql, sql))).rows.compactMap {
            $0.text(0)
        }
    }
}
