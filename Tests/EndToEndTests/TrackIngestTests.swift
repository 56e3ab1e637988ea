import Configuration
import Foundation
import HubTesting
import Testing
import Wire

/// The independent calculation of what tracks come to.
private enum TrackTwin {
    static let python = TestFiles.package + ".build/tools/travel-twin/bin/python"

    /// Where there are tracks, always if `CI` is set; it fails there if Python is not ready.
    static let isWanted =
        Trace.folder != nil
        && (ProcessInfo.processInfo.environment["CI"] != nil || FileManager.default.isExecutableFile(atPath: python))
}

/// Recorded tracks, sent through the route and looked at through others, against an independent calculation in Python
/// (`Tests/Features/TravelTests/twin.py`).
@Suite(
    .enabled(
        if: TrackTwin.isWanted, "the recorded tracks or Python's packages (scripts/setup.sh) are not here"),
    .timeLimit(.minutes(4)))
struct TrackIngestTests {
    @Test(arguments: ["recife-08.csv", "liverpool-bus14-06.csv", "hr-istria.csv"])
    func `a track that was sent in batches is the record that it should be`(name: String) async throws {
        let path = try #require(Trace.folder) + "/" + name
        let twin = try #require(try reckon(path)[name])
        try await RunningHub.with {
            $0.security.ingestBatchRatePerMinute = 0
        } _: { hub in
            let person = try await TestPerson.register(on: hub.address, "traveller")
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isNewline).dropFirst()
            let locations = lines.map { line in
                let columns = line.split(separator: ",", omittingEmptySubsequences: false)
                let accuracy = columns[6].isEmpty ? "null" : String(columns[6])
                return
                    #"{"timestamp":"\#(columns[1])","latitude":\#(columns[2]),"longitude":\#(columns[3]),"accuracy":\#(accuracy)}"#
            }
            var processed: Int64 = 0
            for start in stride(from: 0, to: locations.count, by: 100).shuffled() {
                let batch = locations[start..<min(start + 100, locations.count)].joined(separator: ",")
                let answer = try await person.post(TestPerson.ingestBatch, #"{"locations":[\#(batch)]}"#)
                #expect(answer.status == 200)
                processed += answer.json["processed"]?.integer ?? 0
            }
            #expect(processed == twin["points"]?.integer)
            let stats = try await person.get("/api/v1/stats/overview").json["stats"]
            #expect(stats?["cellsVisitedRes6"] == twin["res6"]?["cells"])
            #expect(stats?["cellsVisitedRes8"] == twin["res8"]?["cells"])
            #expect(stats?["totalVisitCount"] == twin["res8"]?["visits"])
            let trips = try await person.get("/api/v1/trips").json["trips"]?.array ?? []
            let metres = twin["trips"]?.array?.compactMap { $0.array?[2].double }.sorted() ?? []
            #expect(trips.count == metres.count && !metres.isEmpty)
            for (trip, wanted) in zip(trips.compactMap { $0["distanceMetres"]?.double }.sorted(), metres) {
                #expect(abs(trip - wanted) < 0.1)
            }
        }
    }

    private func reckon(_ path: String) throws -> [String: JSONValue] {
        let script = TestFiles.package + "Tests/Features/TravelTests/twin.py"
        let bytes = try #require(SystemProgram.output(of: TrackTwin.python, ["-I", script, path]))
        guard case .object(let members) = try JSONValue(bytes) else { return [:] }
        return Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
    }
}
