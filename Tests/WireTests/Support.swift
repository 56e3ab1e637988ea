import HubTesting
import Model

@testable import Wire

func json(_ text: String) -> [UInt8] { Array(text.utf8) }

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// What `write` appends to an array.
func written(_ write: (inout [UInt8]) -> Void) -> String {
    var bytes: [UInt8] = []
    write(&bytes)
    return text(bytes)
}

/// What refuses the bytes, or nothing.
func refusal(_ body: () throws(Refusal) -> Void) -> Refusal? {
    do throws(Refusal) {
        try body()
        return nil
    } catch {
        return error
    }
}

let testNow = Timestamp(milliseconds: 1_795_000_000_000)
let conversation = "0190c3a4-1111-7222-8333-444455556666"
let otherID = "0190c3a4-1111-7222-8333-444455556667"

func uniqueID(_ text: String) -> UniqueID { UniqueID(text) ?? UniqueID(high: 0, low: 0) }

/// A fix that the rules take at ``testNow``, with a random choice of members.
func randomFix(using generator: inout SeededGenerator) -> Fix {
    func maybe<Value>(_ value: Value) -> Value? { Bool.random(using: &generator) ? value : nil }
    let digits = [1e5, 1e7, 1e15].randomElement(using: &generator) ?? 1e7
    func rounded(_ value: Double) -> Double { (value * digits).rounded() / digits }
    let labels = ["gps", "", "réseau", "a \"quoted\" \\ one", "a label longer than the inline size"]
    return Fix(
        capturedAt: testNow.advanced(by: .milliseconds(-Int.random(in: 0...500_000_000, using: &generator))),
        latitude: rounded(.random(in: -90...90, using: &generator)),
        longitude: rounded(.random(in: -180...180, using: &generator)),
        accuracy: rounded(.random(in: 0...100, using: &generator)),
        altitude: maybe(rounded(.random(in: -400...9000, using: &generator))),
        bearing: maybe(rounded(.random(in: 0...359, using: &generator))),
        speed: maybe(rounded(.random(in: 0...60, using: &generator))),
        provider: maybe(labels.randomElement(using: &generator) ?? ""),
        batteryLevel: maybe(.random(in: 0...100, using: &generator)),
        networkType: maybe(labels.randomElement(using: &generator) ?? ""))
}

func groupID(_ text: String) -> GroupID {
    guard let group = GroupID(text) else { preconditionFailure("not a group's name") }
    return group
}
