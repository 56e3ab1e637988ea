import Foundation
import Testing

@testable import hubctl

@Suite struct `Profiles of hubs` {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hubctl-\(UUID().uuidString)")

    private func withStore(_ body: (ProfileStore) throws -> Void) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(ProfileStore(environment: ["XDG_CONFIG_HOME": folder.path]))
    }

    private func mode(_ path: String) throws -> Int? {
        (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }

    private func arguments(_ words: [String]) throws -> Arguments {
        try Arguments(words, options: ConnectionOptions.all, operands: [])
    }

    @Test func `are stored where only their owner reads them`() throws {
        try withStore { store in
            var profiles = Profiles()
            profiles.log(in: "home", Profiles.Profile(url: "http://hub:1", key: "secret"))
            try store.save(profiles)
            try store.save(profiles)
            #expect(try store.load() == profiles)
            #expect(try mode(store.path) == 0o600)
            #expect(try mode(folder.path + "/presence-hub") == 0o700)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/presence-hub")
            #expect(left == ["profiles.json"])
        }
    }

    @Test func `that others may read are not used`() throws {
        try withStore { store in
            try store.save(Profiles())
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: store.path)
            #expect(throws: CommandFailure.self) { try store.load() }
        }
    }

    @Test func `that are damaged say so`() throws {
        try withStore { store in
            try store.save(Profiles())
            let file = try #require(FileHandle(forWritingAtPath: store.path))
            try file.write(contentsOf: Data("{".utf8))
            try file.truncate(atOffset: 1)
            try file.close()
            #expect(throws: CommandFailure.badData("\(store.path) is damaged; mend or remove it")) { try store.load() }
        }
    }

    @Test func `give address and key, and options and the environment go before them`() throws {
        try withStore { store in
            var profiles = Profiles()
            profiles.log(in: "a", Profiles.Profile(url: "http://a:1", key: "ka"))
            profiles.log(in: "b", Profiles.Profile(url: "http://b:2", key: "kb"))
            try store.save(profiles)
            func target(_ words: [String], _ environment: [String: String] = [:]) throws -> HubTarget {
                try ConnectionOptions.target(
                    arguments: try arguments(words), environment: environment, profiles: store)
            }
            #expect(try target([]) == HubTarget(url: HubURL("http://b:2"), key: "kb"))
            #expect(try target(["--profile", "a"]).key == "ka")
            #expect(try target([], ["HUBCTL_PROFILE": "a"]).url.host == "a")
            #expect(try target(["--key", "kc"]).key == "kc")
            #expect(try target([], ["HUBCTL_URL": "http://c:3", "HUBCTL_KEY": "kc"]).url.http == "http://c:3")
            #expect(
                try target(["--url", "http://d:4"], ["HUBCTL_URL": "http://c:3", "HUBCTL_KEY": "k"]).url.port == 4)
            #expect(throws: CommandFailure.self) { try target(["--profile", "c"]) }
        }
    }

    @Test func `never give one hub's key to another`() throws {
        try withStore { store in
            var profiles = Profiles()
            profiles.log(in: "a", Profiles.Profile(url: "http://a:1", key: "ka"))
            try store.save(profiles)
            let elsewhere = try arguments(["--url", "http://evil:1"])
            let failure = try #require(throws: CommandFailure.self) {
                try ConnectionOptions.target(arguments: elsewhere, environment: [:], profiles: store)
            }
            #expect(failure.code == .refused)
        }
    }

    @Test func `a key that would break out of its header is refused`() throws {
        for key in ["a b", "a\r\nX: y", "", "schlüssel"] {
            #expect(throws: CommandFailure.self) { try ConnectionOptions.checked(key) }
        }
    }

    @Test func `the one logged out of is forgotten and another becomes current`() {
        var profiles = Profiles()
        profiles.log(in: "a", Profiles.Profile(url: "u", key: "k"))
        profiles.log(in: "b", Profiles.Profile(url: "u", key: "k"))
        let wasThere = profiles.log(out: "b")
        #expect(wasThere)
        #expect(profiles.current == "a")
        let wasThereAgain = profiles.log(out: "b")
        #expect(!wasThereAgain)
        _ = profiles.log(out: "a")
        #expect(profiles.current == nil)
    }
}
