import Configuration
import Foundation
import FoundationXML
import Hub
import HubTesting
import Model
import Persistence
import Testing
import Wire

/// What is stored of a device is given out: whole, in bounded memory, in every format.
@Suite(.timeLimit(.minutes(3)))
struct ExportTests {
    private func path(_ id: DeviceID, _ query: String = "") -> String { "/api/v1/devices/\(id)/data-export\(query)" }

    /// A device with 1,200 locations, of which the last has a value for everything.
    private func device(of hub: RunningHub) async throws -> (id: DeviceID, last: Fix) {
        let id = try await hub.address.register(in: .fresh(), name: #"Ana <&"=> phone"#.replacing("\"", with: "'"))
        let now = Timestamp.now
        try await HubAddress.fill(hub, id, count: 1199, until: now.advanced(by: .seconds(-10)))
        let last = Fix(
            capturedAt: now, latitude: -12.5, longitude: 100.25, accuracy: 4.5, altitude: 0.00001, bearing: 359.5,
            speed: 2.25, provider: "=gps,\"x\"", batteryLevel: 77, networkType: "wifi<5>")
        let client = try await TestClient.connect(hub.address, as: id)
        #expect(try await client.ask(.location(last)).isAck)
        await client.close()
        return (id, last)
    }

    @Test func `the export holds the device, all locations in order, and what was done`() async throws {
        let hub = try await RunningHub.shared.hub()
        let (id, last) = try await device(of: hub)
        // An inactive device is exported as any other.
        #expect(try await hub.address.request("DELETE", "/api/v1/devices/\(id)").status == 204)
        let answer = try await hub.address.download(path(id))
        #expect(answer.status == 200)
        #expect(answer["Content-Type"] == "application/json")
        #expect(answer["Content-Disposition"] == "attachment; filename=\"device-\(id).json\"")
        #expect(answer["Cache-Control"] == "no-store")
        let json = answer.json
        #expect(json["device"]?["deviceId"]?.string == id.description)
        #expect(json["device"]?["active"] == .boolean(false))
        #expect(json["device"]?["fcmToken"] == .null)
        let locations = try #require(json["locations"]?.array)
        #expect(locations.count == 1200)
        #expect(json["locationCount"] == .integer(1200))
        let times = locations.compactMap { $0["timestamp"]?.string }
        #expect(times == times.sorted() && Set(times).count == 1200)
        let newest = try #require(locations.last)
        #expect(newest["timestamp"]?.string == last.capturedAt.rfc3339)
        #expect(newest["latitude"] == .number(-12.5))
        #expect(newest["provider"]?.string == last.provider)
        #expect(newest["receivedAt"]?.string != nil)
        // The beginning of this export was on record before its first byte.
        let second = try await hub.address.download(path(id)).json
        let audit = second["audit"]?.array?.compactMap { $0["outcome"]?.string } ?? []
        #expect(audit.filter { $0 == "done" }.count == 1 && audit.filter { $0 == "started" }.count == 1)
        try await Support.eventually("both ends are noted") {
            try await hub.audit(of: id.description).filter { $0 == "exportDeviceData done" }.count == 2
        }
    }

    @Test func `what is older than the retention and still stored is exported too`() async throws {
        let hub = try await RunningHub.shared.hub()
        let id = try await hub.address.register(in: .fresh())
        let old = Timestamp.now.advanced(by: .seconds(-400 * 86_400))
        for end in [old, .now] { try await HubAddress.fill(hub, id, count: 2, until: end) }
        let locations = try #require(try await hub.address.download(path(id)).json["locations"]?.array)
        #expect(locations.count == 4)
        #expect(locations.count { ($0["timestamp"]?.string ?? "") <= old.rfc3339 } == 2)
    }

    @Test func `GeoJSON, GPX and CSV hold the same locations`() async throws {
        let hub = try await RunningHub.shared.hub()
        let (id, last) = try await device(of: hub)

        let geo = try await hub.address.download(path(id), headers: [("Accept", "application/geo+json")])
        #expect(geo["Content-Type"] == "application/geo+json")
        #expect(geo.json["type"]?.string == "FeatureCollection")
        let features = try #require(geo.json["features"]?.array)
        #expect(features.count == 1200)
        #expect(features.allSatisfy { $0["type"]?.string == "Feature" && $0["geometry"]?["type"]?.string == "Point" })
        #expect(
            features.last?["geometry"]?["coordinates"]?.array
                == [.number(last.longitude), .number(last.latitude), .number(0.00001)])

        let gpx = try await hub.address.download(path(id, "?format=gpx"))
        #expect(gpx["Content-Type"] == "application/gpx+xml; charset=utf-8")
        let points = try GPXPoints.parse(gpx.body)
        #expect(points.points.count == 1200)
        #expect(points.name == "Ana <&'=> phone")
        #expect(points.points.last?["lat"] == "-12.5" && points.points.last?["lon"] == "100.25")
        #expect(points.points.last?["ele"] == "0.00001")
        #expect(points.points.last?["time"] == last.capturedAt.rfc3339)
        #expect(points.points.last?["hub:networkType"] == "wifi<5>")

        let csv = try await hub.address.download(path(id, "?format=csv"), headers: [("Accept", "application/json")])
        #expect(csv["Content-Type"] == "text/csv; charset=utf-8; header=present")
        let lines = csv.text.components(separatedBy: "\r\n")
        #expect(lines.count == 1202 && lines.last == "")
        #expect(lines[0].hasPrefix("timestamp,latitude,longitude,"))
        #expect(lines[1200].contains(#","'=gps,""x""",77,wifi<5>,"#))
    }

    @Test func `a format nobody has is refused before anything is read`() async throws {
        let hub = try await RunningHub.shared.hub()
        let id = try await hub.address.register(in: .fresh())
        let format = try await hub.address.get(path(id, "?format=xls"))
        #expect(format.status == 400 && format.wrongFields == ["format"])
        let accept = try await hub.address.request("GET", path(id), headers: [("Accept", "text/html, image/png;q=0.5")])
        #expect(accept.status == 406 && accept.error == "not_acceptable")
        #expect(try await hub.address.get(path(.random())).status == 404)
        #expect(try await hub.address.get("/api/v1/devices/x/data-export").status == 404)
        #expect(try await hub.address.request("GET", path(id), key: .some(nil)).status == 401)
        let head = try await hub.address.download(path(id, "?format=gpx"), method: "HEAD")
        #expect(head.status == 200 && head.body.isEmpty)
        #expect(head["Content-Disposition"] == "attachment; filename=\"device-\(id).gpx\"")
    }

    /// Sessions of Postgres that have a snapshot open.
    private func snapshots(_ hub: RunningHub) async throws -> Int {
        try await hub.count(
            """
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL
            AND pid <> pg_backend_pid() AND backend_type = 'client backend'
            """)
    }

    @Test func `a reader that stops gets no further than the buffers, and one that leaves ends the query`() async throws
    {
        try await RunningHub.with { hub in
            let id = try await hub.address.register(in: .fresh())
            try await HubAddress.fill(hub, id, count: 200_000)
            let connection = try await RawConnection.connect(port: hub.address.port)
            await connection.send(
                "GET \(path(id)) HTTP/1.1\r\nHost: x\r\nX-API-Key: \(hub.address.key ?? "")\r\n\r\n")
            _ = try await connection.bytes(10_000)
            await connection.stopReading()
            // It waits in the middle: the snapshot is open, and others are served.
            try await Support.eventually("the export holds a snapshot") { try await snapshots(hub) >= 1 }
            #expect(try await hub.address.serves())
            #expect(try await snapshots(hub) >= 1)
            await connection.close()
            try await Support.eventually("the snapshot is gone") { try await snapshots(hub) == 0 }
            try await Support.eventually("its end is noted") {
                try await hub.audit(of: id.description) == ["exportDeviceData started", "exportDeviceData cut_off"]
            }
            // Far from everything had been read.
            let rows = try await hub.count(
                "SELECT affected FROM core.audit_log WHERE target = '\(id)' AND outcome = 'cut_off'")
            #expect(rows < 150_000)
        }
    }

    @Test func `no more exports are under way than there may be`() async throws {
        try await RunningHub.with { hub in
            let id = try await hub.address.register(in: .fresh())
            try await HubAddress.fill(hub, id, count: 200_000)
            var slow: [RawConnection] = []
            for _ in 0..<4 {
                let connection = try await RawConnection.connect(port: hub.address.port)
                await connection.send(
                    "GET \(path(id)) HTTP/1.1\r\nHost: x\r\nX-API-Key: \(hub.address.key ?? "")\r\n\r\n")
                _ = try await connection.bytes(2000)
                await connection.stopReading()
                slow.append(connection)
            }
            let refused = try await hub.address.get(path(id))
            #expect(refused.status == 503 && refused["Retry-After"] == "5")
            await slow[0].close()
            try await Support.eventually("there is room again") {
                try await hub.address.download(path(id, "?format=csv"), method: "HEAD").status == 200
            }
            for connection in slow { await connection.close() }
        }
    }

    @Test func `an export is of one moment, whatever is erased meanwhile`() async throws {
        try await RunningHub.with { hub in
            let id = try await hub.address.register(in: .fresh())
            try await HubAddress.fill(hub, id, count: 60_000)
            let connection = try await RawConnection.connect(port: hub.address.port)
            await connection.send(
                "GET \(path(id)) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: \(hub.address.key ?? "")\r\n\r\n"
            )
            let start = try await connection.bytes(2000)
            await connection.stopReading()
            #expect(try await hub.address.request("DELETE", "/api/v1/devices/\(id)/data").status == 204)
            await connection.readOn()
            let bytes = start + (try await connection.toEnd())
            let end = try #require(bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound)
            let json = try JSONValue(try Chunks.joined(bytes[end...]))
            #expect(json["locationCount"] == .integer(60_000))
            #expect(json["locations"]?.array?.count == 60_000)
        }
    }

    @Test func `a hub that stops ends its exports`() async throws {
        let hub = try await RunningHub.start { $0.server.shutdownTimeout = .seconds(2) }
        let id = try await hub.address.register(in: .fresh())
        try await HubAddress.fill(hub, id, count: 200_000)
        let connection = try await RawConnection.connect(port: hub.address.port)
        await connection.send("GET \(path(id)) HTTP/1.1\r\nHost: x\r\nX-API-Key: \(hub.address.key ?? "")\r\n\r\n")
        _ = try await connection.bytes(2000)
        await connection.stopReading()
        await hub.hub.stop()
        try await Support.eventually("the snapshot is gone") { try await snapshots(hub) == 0 }
        await connection.close()
        await hub.database.close()
        try? await hub.test.drop()
    }
}

/// The track points of a GPX file, as a parser of XML sees them.
private final class GPXPoints: NSObject, XMLParserDelegate {
    private(set) var points: [[String: String]] = []
    private(set) var name: String?
    private var text = ""
    private var path: [String] = []

    static func parse(_ bytes: [UInt8]) throws -> GPXPoints {
        let points = GPXPoints()
        let parser = XMLParser(data: Data(bytes))
        parser.delegate = points
        guard parser.parse() else { throw parser.parserError ?? Unexpected(what: "no XML") }
        return points
    }

    func parser(
        _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        path.append(element)
        text = ""
        if element == "trkpt" { points.append(attributes) }
    }

    func parser(_ parser: XMLParser, foundCharacters characters: String) { text += characters }

    func parser(_ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?) {
        if path.contains("trkpt"), element != "trkpt", !points.isEmpty { points[points.count - 1][element] = text }
        if path == ["gpx", "metadata", "name"] { name = text }
        path.removeLast()
        text = ""
    }
}
