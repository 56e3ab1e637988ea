import Configuration
import Crypto
import FeatureKit
import Glibc
import HubTesting
import Testing

@Suite struct `The master key` {
    private func configuration(_ change: (inout HubConfiguration) -> Void = { _ in }) throws -> HubConfiguration {
        var configuration = HubConfiguration()
        configuration.data.directory = try TestPostgres.temporaryDirectory("hub-test-key") + "/a/b"
        change(&configuration)
        return configuration
    }

    private func write(_ text: String, to path: String, mode: mode_t = 0o600) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
        #expect(Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count)
        fchmod(descriptor, mode)
        close(descriptor)
    }

    @Test func `it is made once, for its owner alone, and found again`() throws {
        let configuration = try configuration()
        let key = try MasterKey.load(configuration)
        #expect(try MasterKey.load(configuration).fingerprint == key.fingerprint)
        var status = stat()
        #expect(stat(configuration.data.directory + "/master.key", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func `two folders have different keys`() throws {
        let first = try MasterKey.load(configuration())
        let second = try MasterKey.load(configuration())
        #expect(first.fingerprint != second.fingerprint)
    }

    @Test func `many that start at once find the same key`() async throws {
        let configuration = try configuration()
        let keys = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<16 { group.addTask { try MasterKey.load(configuration).fingerprint } }
            return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(keys.count == 1)
    }

    @Test func `a setting goes before a file`() throws {
        let bytes = [UInt8](repeating: 7, count: 32)
        let configuration = try configuration { $0.credentials.masterKey = Secret(Base64.standard.encode(bytes)) }
        #expect(try MasterKey.load(configuration).fingerprint == SealingKey(bytes)?.fingerprint)
        #expect(access(configuration.data.directory + "/master.key", F_OK) != 0)
    }

    @Test func `a file that is named is read and never made`() throws {
        let path = try TestPostgres.temporaryDirectory("hub-test-key") + "/key"
        let configuration = try configuration { $0.credentials.masterKeyFile = path }
        #expect(throws: MasterKeyError.unreadable(path, ENOENT)) { try MasterKey.load(configuration) }
        let bytes = [UInt8](repeating: 9, count: 32)
        write(Base64.standard.encode(bytes) + "\n", to: path, mode: 0o640)
        #expect(try MasterKey.load(configuration).fingerprint == SealingKey(bytes)?.fingerprint)
    }

    @Test func `a file that everybody may read is refused`() throws {
        let path = try TestPostgres.temporaryDirectory("hub-test-key") + "/key"
        write(Base64.standard.encode([UInt8](repeating: 9, count: 32)), to: path, mode: 0o644)
        let configuration = try configuration { $0.credentials.masterKeyFile = path }
        #expect(throws: MasterKeyError.tooOpen(path)) { try MasterKey.load(configuration) }
    }

    @Test(arguments: ["", "x", "AAAA", String(repeating: "A", count: 44), String(repeating: "A", count: 400)])
    func `what is no key is refused`(text: String) throws {
        let path = try TestPostgres.temporaryDirectory("hub-test-key") + "/key"
        write(text, to: path)
        let configuration = try configuration { $0.credentials.masterKeyFile = path }
        #expect(throws: MasterKeyError.malformed(path)) { try MasterKey.load(configuration) }
    }
}
