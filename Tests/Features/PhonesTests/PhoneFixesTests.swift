import Actors
import Crypto
import FeatureKit
import HTTP
import Model
import Testing
import Wire

@testable import Phones

@Suite struct PhoneFixesTests {
    private static let now = Timestamp(milliseconds: 1_764_151_300_000)

    private func position(age seconds: Int, latitude: Double = 48) -> PhonePosition {
        PhonePosition(capturedAt: Self.now.advanced(by: .seconds(-seconds)), latitude: latitude, longitude: 16)
    }

    private func fixes(_ positions: [PhonePosition]) throws(Problem) -> PhoneFixes {
        try PhoneFixes(positions, rules: FixRules(), at: Self.now) { "\($0).\($1)" }
    }

    @Test func `what is older than a week is dropped and counted, the rest is taken`() throws {
        let week = 7 * 86_400
        let found = try fixes([position(age: week + 1), position(age: week), position(age: 0), position(age: -60)])
        #expect(found.late == 1 && found.fixes.count == 3)
    }

    @Test func `everything that breaks a rule is named, and nothing is taken then`() {
        let problem = #expect(throws: Problem.self) {
            try fixes([position(age: 0), position(age: -61), position(age: 0, latitude: 91)])
        }
        #expect(problem?.details.map(\.field) == ["1.timestamp", "2.latitude"])
    }

    @Test func `labels that are too long or unprintable are left out`() {
        var position = position(age: 0)
        position.provider = String(repeating: "ä", count: 26)
        position.network = "wi\nfi"
        let fix = position.fix(longestLabel: 50)
        #expect(fix.provider == nil && fix.networkType == nil)
    }

    @Test func `friends are a card and a location each, told apart by two characters`() throws {
        let names = ["Ana Bell", "Ana Berg", "李", "", "a"]
        let initials = OwnTracksFriends.initials(of: names)
        #expect(initials[0] == "AB" && Set(initials).count == 5 && initials.allSatisfy { $0.count == 2 })
        let device = Device(
            id: try #require(DeviceID("018f4f2e-9c1b-7cc3-9a4e-0d7a3b1f5c2d")), displayName: "Ana \"B\"",
            group: try #require(GroupID("family")), platform: "ios", isActive: true, createdAt: Self.now,
            updatedAt: Self.now, lastSeenAt: Self.now)
        let fix = Fix(
            capturedAt: Self.now, latitude: 48.2, longitude: 16.4, accuracy: 7.6, bearing: 90, speed: 10,
            batteryLevel: 50)
        let presence = Presence(status: .offline, lastSeenAt: Self.now)
        let json = try JSONValue(
            OwnTracksFriends.bytes([
                LiveMember(number: 0, device: device, presence: presence, fix: fix),
                LiveMember(number: 1, device: device, presence: presence, fix: nil),
            ]))
        let messages = try #require(json.array)
        #expect(messages.count == 2)
        #expect(messages[0]["_type"]?.string == "card" && messages[0]["name"]?.string == "Ana \"B\"")
        #expect(messages[1]["_type"]?.string == "location" && messages[1]["tst"]?.integer == 1_764_151_300)
        #expect(messages[1]["vel"]?.integer == 36 && messages[1]["acc"]?.integer == 8)
        #expect(messages[0]["tid"] == messages[1]["tid"] && messages[0]["topic"] == messages[1]["topic"])
    }

    @Test func `a password is found whatever the name beside it`() {
        let token = PhoneToken.generate().text
        let cases: [(String, Bool)] = [
            ("Basic " + Base64Text.encode("ana:\(token)"), true), ("basic " + Base64Text.encode(":\(token)"), true),
            ("Basic " + Base64Text.encode("a:b:\(token)"), false), ("Basic " + Base64Text.encode(token), false),
            ("Bearer \(token)", false), ("Basic", false), ("Basic *", false),
        ]
        for (field, isFound) in cases {
            let found = PhoneCredentials.token(in: ["Authorization": field], or: [])
            #expect((found?.text == token) == isFound)
        }
        #expect(PhoneCredentials.token(in: ["X-Limit-D": token], or: ["phone"])?.text == token)
        #expect(PhoneCredentials.token(in: ["X-Limit-D": "phone"], or: []) == nil)
    }
}

private enum Base64Text {
    static func encode(_ text: String) -> String { Base64.standard.encode(Array(text.utf8)) }
}
