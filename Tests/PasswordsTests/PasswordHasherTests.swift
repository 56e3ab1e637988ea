import Passwords
import Synchronization
import Telemetry
import Testing

@Suite struct `Hashing passwords` {
    private static let cheap = PasswordCost(memory: 64, iterations: 1)

    private func hasher(
        cost: PasswordCost = cheap, threads: Int = 1, capacity: Int = 64,
        registry: MetricsRegistry = MetricsRegistry()
    ) -> PasswordHasher {
        PasswordHasher(cost: cost, threads: threads, capacity: capacity, metrics: PasswordMetrics(registry))
    }

    private func password(_ text: String) throws -> Password { try #require(Password(typed: text)) }

    @Test func `a hash is Argon2id with its cost and a salt of its own`() async throws {
        let hasher = hasher(cost: PasswordCost(memory: 256, iterations: 3))
        let first = try await hasher.hash(password("trombone-7"))
        let second = try await hasher.hash(password("trombone-7"))
        #expect(first.hasPrefix("$argon2id$v=19$m=256,t=3,p=1$"))
        #expect(first != second)
        #expect((32...127).contains(first.utf8.count))
    }

    @Test func `the right password matches and no other`() async throws {
        let hasher = hasher()
        let hash = try await hasher.hash(password("trombone-7"))
        #expect(try await hasher.verify(password("trombone-7"), against: hash) == .matches(isOutdated: false))
        for wrong in ["trombone-8", "Trombone-7", "trombone-7 ", "t"] {
            #expect(try await hasher.verify(password(wrong), against: hash) == .differs)
        }
    }

    /// One text on several keyboards: composed or not, with another space, with the emoji's selector.
    @Test(arguments: [
        ("caf\u{E9} au lait", "cafe\u{301} au lait"), ("\u{212B}ngstr\u{F6}m-1", "A\u{30A}ngstro\u{308}m-1"),
        ("two\u{A0}words", "two words"), ("two\u{3000}words", "two words"),
        ("I\u{2764}\u{FE0F}the hub", "I\u{2764}the hub"),
        ("\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}-hub", "\u{D55C}\u{AE00}-hub"),
    ])
    func `another keyboard's way of writing it is the same password`(one: String, other: String) async throws {
        let hasher = hasher()
        let hash = try await hasher.hash(password(one))
        #expect(try await hasher.verify(password(other), against: hash) == .matches(isOutdated: false))
    }

    @Test func `a full-width letter is another password`() async throws {
        let hasher = hasher()
        let hash = try await hasher.hash(password("trombone-7"))
        #expect(try await hasher.verify(password("\u{FF54}rombone-7"), against: hash) == .differs)
    }

    @Test func `a hash of another cost is outdated`() async throws {
        let hash = try await hasher(cost: PasswordCost(memory: 128, iterations: 1)).hash(password("trombone-7"))
        let verdict = try await hasher().verify(password("trombone-7"), against: hash)
        #expect(verdict == .matches(isOutdated: true))
    }

    @Test func `no account and no password are checked against a hash all the same`() async throws {
        let registry = MetricsRegistry()
        let hasher = hasher(registry: registry)
        let hash = try await hasher.hash(password("trombone-7"))
        #expect(try await hasher.verify(password("trombone-7"), against: nil) == .differs)
        #expect(try await hasher.verify(nil, against: hash) == .differs)
        #expect(try await hasher.verify(nil, against: nil) == .differs)
        #expect(registry.render().contains("hub_password_hashes_total 4"))
    }

    @Test(arguments: [
        "", "x", "$argon2id$v=19$m=64,t=1,p=1$", "$2b$12$abcdefghijklmnopqrstuv", String(repeating: "$", count: 500),
    ])
    func `what is no hash matches nothing`(hash: String) async throws {
        #expect(try await hasher().verify(password("trombone-7"), against: hash) == .differs)
    }

    @Test func `a full queue refuses and loses nothing that it took`() async throws {
        let registry = MetricsRegistry()
        // Slow enough that the queue fills while they are handed over, however fast the machine.
        let hasher = hasher(cost: PasswordCost(memory: 16_384, iterations: 2), capacity: 3, registry: registry)
        let password = try password("trombone-7")
        let (hashed, refused) = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<60 {
                group.addTask {
                    do throws(PasswordHashingUnavailable) {
                        _ = try await hasher.hash(password)
                        return true
                    } catch {
                        return false
                    }
                }
            }
            return await group.reduce(into: (0, 0)) { counts, isHashed in
                if isHashed { counts.0 += 1 } else { counts.1 += 1 }
            }
        }
        #expect(hashed + refused == 60)
        #expect(hashed >= 3)
        #expect(refused > 0)
        let text = registry.render()
        #expect(text.contains("hub_passwords_refused_total \(refused)"))
        #expect(text.contains("hub_password_hashes_total \(hashed)"))
        #expect(text.contains("hub_passwords_waiting 0"))
    }

    @Test func `what waits is done although the hasher is gone`() async throws {
        var hasher: PasswordHasher? = hasher(threads: 2)
        let password = try password("trombone-7")
        let hashes = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                group.addTask { [hasher] in ((try? await hasher?.hash(password)) ?? nil) == nil ? 0 : 1 }
            }
            hasher = nil
            return await group.reduce(0, +)
        }
        #expect(hashes == 20)
    }
}
