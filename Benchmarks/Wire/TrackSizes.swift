import Model
import Wire

/// How many bytes recorded movements take on the wire, in each form; headers of frames and below are not counted.
struct TrackSizes {
    private static let groupSize = 20

    let tracks: [RecordedTrack]

    func report() {
        let count = tracks.reduce(0) { $0 + $1.fixes.count }
        print("\(tracks.count) tracks, \(count) fixes; bytes a fix")
        print("from the hub, the newest of each of \(TrackSizes.groupSize) members once a second")
        for form in PositionsForm.allCases { row(form.label, fromHub(form, tick: 1000)) }
        print("from the hub, each fix by itself")
        for form in PositionsForm.allCases { row(form.label, fromHub(form, tick: nil)) }
        print("from a client, each fix by itself")
        row("JSON", fromClient { ClientMessageEncoder.encode($1, to: &$2) })
        row(
            "whole",
            fromClient {
                $0.forget()
                $0.encode($1, to: &$2)
            })
        row("packed: differences from the one before", fromClient { $0.encode($1, to: &$2) })
    }

    private func row(_ label: String, _ sizes: [Double]) {
        let sorted = sizes.sorted()
        guard !sorted.isEmpty else { return }
        func text(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
        let mean = sorted.reduce(0, +) / Double(sorted.count)
        print(
            "  \(label): median \(text(sorted[sorted.count / 2])), p90 \(text(sorted[sorted.count * 9 / 10])),",
            "mean \(text(mean))")
    }

    /// - Parameter tick: Milliseconds a frame gathers; `nil` for a frame a fix.
    private func fromHub(_ form: PositionsForm, tick: Int64?) -> [Double] {
        guard let group = GroupID("family-1") else { return [] }
        var sizes: [Double] = []
        for first in stride(from: 0, to: tracks.count, by: TrackSizes.groupSize) {
            let members = Array(tracks[first..<min(first + TrackSizes.groupSize, tracks.count)])
            var frames = PositionsFrames(form: form, group: group, members: members.count)
            guard let tick else {
                for (number, member) in members.enumerated() {
                    for fix in member.fixes { sizes.append(Double(frames.frame([(number, fix)]).count)) }
                }
                continue
            }
            for positions in ticks(of: members, every: tick) {
                let size = Double(frames.frame(positions).count) / Double(positions.count)
                sizes += repeatElement(size, count: positions.count)
            }
        }
        return sizes
    }

    /// What the members' tracks, begun together, bring in each tick: the newest fix of each that has one.
    private func ticks(of members: [RecordedTrack], every tick: Int64) -> [[(Int, Fix)]] {
        var ticks: [Int64: [Int: Fix]] = [:]
        for (number, member) in members.enumerated() {
            let start = member.fixes[0].capturedAt.milliseconds
            for fix in member.fixes { ticks[(fix.capturedAt.milliseconds - start) / tick, default: [:]][number] = fix }
        }
        return ticks.sorted { $0.key < $1.key }.map { $0.value.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    private func fromClient(
        _ encode: (inout PackedClientMessageEncoder, ClientEnvelope, inout [UInt8]) -> Void
    ) -> [Double] {
        var sizes: [Double] = []
        for track in tracks {
            var encoder = PackedClientMessageEncoder()
            for (number, fix) in track.fixes.enumerated() {
                var bytes: [UInt8] = []
                encode(&encoder, ClientEnvelope(id: Int64(number), .location(fix)), &bytes)
                sizes.append(Double(bytes.count))
            }
        }
        return sizes
    }
}
