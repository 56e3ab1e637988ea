/// The hubs a person works with, by name.
struct Profiles: Hashable, Sendable, Codable {
    struct Profile: Hashable, Sendable, Codable {
        var url: String
        /// The API key; empty where a person is signed in instead.
        var key: String
        var caFile: String?
        /// The person who is signed in.
        var signIn: SignIn?
    }

    /// The profile used when none is named.
    var current: String?
    var profiles: [String: Profile] = [:]

    /// Stores a profile and makes it the current one.
    mutating func log(in name: String, _ profile: Profile) {
        profiles[name] = profile
        current = name
    }

    /// Forgets a profile; false if there was none. The current one becomes the first that is left.
    mutating func log(out name: String) -> Bool {
        guard profiles.removeValue(forKey: name) != nil else { return false }
        if current == name { current = profiles.keys.min() }
        return true
    }

    /// The profile of that name, or the current one; nothing if it is not there.
    func name(_ given: String?) -> String? {
        guard let name = given ?? current, profiles[name] != nil else { return nil }
        return name
    }

    /// Whether `name` may name a profile: 1 to 50 letters, digits, `.`, `-` and `_`.
    static func isName(_ name: String) -> Bool {
        (1...50).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
