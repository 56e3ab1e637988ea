import EventLoop
import Foundation
import Glibc
import HTTP
import Measuring
import Model
import TerminalText
import Testing
import Wire

@testable import hubctl

@Suite struct `A measured load` {
    private func settings(_ change: (inout BenchSettings) -> Void) -> BenchSettings {
        var settings = BenchSettings(prefix: "bench-test")
        settings.groups = 3
        settings.devices = 4
        settings.warmup = .milliseconds(200)
        settings.duration = .milliseconds(600)
        settings.patience = .seconds(60)
        change(&settings)
        return settings
    }

    private func measure(_ settings: BenchSettings, script: @escaping @Sendable (ScriptedHub) -> Void = { _ in })
        async throws -> (BenchReport, Int)
    {
        let (hub, url) = try await ScriptedHub.start()
        await hub.on(script)
        let target = HubTarget(url: url, key: "k")
        let run = BenchRun(
            settings: settings, target: target, endpoint: try HubEndpoint(target: target),
            processes: BenchRun.Processes(hub: Int(getpid()), postgres: nil), progress: .standardError(isQuiet: true))
        let report = try await run.measure()
        let registered = await hub.on(\.registered.count)
        await hub.stop()
        return (report, registered)
    }

    /// Measures again, up to five times, while a machine that stood still for the whole of it has left nothing to count.
    private func measure(_ settings: BenchSettings, until isTelling: (BenchTally) -> Bool) async throws -> (
        BenchReport, Int
    ) {
        for _ in 1..<5 {
            let measured = try await measure(settings)
            if isTelling(measured.0.tally) { return measured }
        }
        return try await measure(settings)
    }

    @Test func `in an open loop counts each fix at every other member, once`() async throws {
        let (report, registered) = try await measure(settings { $0.pressure = .open(rate: 20) }) { $0.deliveries > 0 }
        #expect(registered == 12)
        #expect(report.isSound)
        // 12 devices, 20 a second, 0.6 s: a device's phase moves one over the edge or not.
        #expect((132...156).contains(report.tally.messages))
        #expect(report.tally.acknowledged == report.tally.messages)
        #expect(report.tally.ack.count == UInt64(report.tally.messages))
        #expect(report.tally.fanout.count == UInt64(report.tally.messages * 3))
        #expect(report.conflated == 0)
        #expect(report.tally.deliveries > 0)
        #expect(report.tally.ack.minimum >= report.tally.lag.minimum)
        #expect(report.hubCPU != nil)
    }

    @Test func `spread over loops counts as much`() async throws {
        let (report, _) = try await measure(
            settings {
                $0.pressure = .open(rate: 20)
                $0.loops = 2
            })
        #expect(report.isSound)
        #expect(report.tally.fanout.count == UInt64(report.tally.messages * 3))
    }

    @Test func `in batches times the newest fix of each`() async throws {
        let (report, _) = try await measure(
            settings {
                $0.pressure = .open(rate: 100)
                $0.batch = 10
            })
        #expect(report.isSound)
        #expect(report.tally.fixes == report.tally.messages * 10)
        #expect(report.tally.fanout.count == UInt64(report.tally.messages * 3))
    }

    @Test func `in bursts sends as much, many at a time`() async throws {
        let (report, _) = try await measure(
            settings {
                $0.pressure = .open(rate: 100)
                $0.burst = 10
                $0.batch = 2
            })
        #expect(report.isSound)
        // 12 devices, 5 bursts a second, 0.6 s: a device's phase moves one over the edge or not.
        #expect((240...480).contains(report.tally.messages) && report.tally.messages.isMultiple(of: 10))
        #expect(report.tally.fixes == report.tally.messages * 2)
        #expect(report.tally.acknowledged == report.tally.messages)
        #expect(report.lines[0].hasSuffix("2 fixes a message, 10 messages at a time, 1 s after 0 s of warm-up"))
    }

    @Test func `in a closed loop sends when it is answered`() async throws {
        let (report, _) = try await measure(settings { $0.pressure = .closed(window: 2) }) { $0.messages > 24 }
        #expect(report.tally.acknowledged == report.tally.messages)
        #expect(report.tally.messages > 24)
    }

    /// A hub that keeps every tenth message back until the next one must not look fast.
    @Test func `counts from the moment a message was due, not from when it left`() async throws {
        let (report, _) = try await measure(
            settings { $0.pressure = .open(rate: 20) },
            script: { hub in
                var count = 0
                hub.react = { _, _ in
                    count += 1
                    // The loop stalls: what falls due meanwhile is answered late, and has to be counted as late.
                    if count == 60 { usleep(200_000) }
                    return .store
                }
            })
        #expect(report.tally.ack.maximum >= 150_000)
        // About a fifth of a second of 240 messages a second waited, not one of them alone.
        #expect(report.tally.ack.percentile(90) > 20_000)
    }

    @Test func `tells of refusals and lost connections`() async throws {
        let (report, _) = try await measure(
            settings {
                $0.pressure = .open(rate: 20)
                // What is refused is never acknowledged, and waited for to the end.
                $0.patience = .seconds(5)
            },
            script: { hub in
                var count = 0
                hub.react = { _, _ in
                    count += 1
                    return count == 100 ? .drop : count % 10 == 0 ? .refuse(.rateLimitExceeded, retryAfter: 1) : .store
                }
            })
        #expect(!report.isSound)
        #expect(report.tally.lost == 1)
        #expect((report.tally.errors["rate_limit_exceeded"] ?? 0) > 5)
        #expect(report.lines.contains { $0.hasPrefix("refused") && $0.hasSuffix("rate_limit_exceeded") })
    }

    @Test func `of idle connections measures memory`() async throws {
        let (hub, url) = try await ScriptedHub.start()
        let target = HubTarget(url: url, key: "k")
        let run = BenchRun(
            settings: settings {
                $0.groups = 5
                $0.devices = 20
                $0.watches = false
                $0.duration = .milliseconds(50)
            }, target: target, endpoint: try HubEndpoint(target: target),
            processes: BenchRun.Processes(hub: Int(getpid()), postgres: nil), progress: .standardError(isQuiet: true))
        let report = try await run.hold(asDevices: false)
        #expect(report.connections == 100)
        #expect(report.lost == 0)
        #expect(report.bytesPerConnection != nil)
        #expect(await hub.on(\.upgrades.count) == 100)
        #expect(await hub.on(\.registered.isEmpty))
        await hub.stop()
    }

    @Test func `of a process that is not there is refused`() async throws {
        let target = HubTarget(url: .standard, key: "k")
        let run = BenchRun(
            settings: settings { _ in }, target: target, endpoint: try HubEndpoint(target: target),
            processes: BenchRun.Processes(hub: Int(Int32.max), postgres: nil), progress: .standardError(isQuiet: true))
        await #expect(throws: CommandFailure.self) { try await run.measure() }
    }

    @Test func `knows what a process has used`() throws {
        let before = try #require(ProcessUsage.own)
        var sum = 0.0
        while (ProcessUsage.own?.cpuSeconds ?? .infinity) < before.cpuSeconds + 0.03 { sum += 1.0.squareRoot() }
        let after = try #require(ProcessUsage.of(Int(getpid()), includingChildren: true))
        #expect(after.cpuSeconds >= before.cpuSeconds + 0.03)
        #expect(before.residentBytes > 1 << 20)
        #expect(ProcessUsage.of(Int(Int32.max)) == nil)
    }
}

/// Noted on a hub's loop.
private final class Refusals: @unchecked Sendable {
    private(set) var count = 0
    /// Those that came again before the time.
    private(set) var early = 0
    private var times: [String: LoopInstant] = [:]

    func came(_ device: String, at now: LoopInstant) {
        if let refused = times.removeValue(forKey: device), now - refused < .seconds(1) { early += 1 }
    }

    func refuse(_ device: String, at now: LoopInstant) {
        count += 1
        times[device] = now
    }
}

@Suite struct `The hub over REST` {
    private func identities(_ count: Int) throws -> [DeviceIdentity] {
        let group = try #require(GroupID("g1"))
        return (0..<count).map { DeviceIdentity(group: group, source: "\($0)", name: "device \($0)") }
    }

    @Test func `is told of many devices at once, and asked again when it is busy`() async throws {
        let (hub, url) = try await ScriptedHub.start()
        await hub.on { hub in
            var count = 0
            hub.answer = { _ in
                count += 1
                guard count % 3 == 0 else { return nil }
                var response = HTTPResponse.text("busy", status: .tooManyRequests)
                response.headers.append("Retry-After", "0")
                return response
            }
        }
        try HubAPI(target: HubTarget(url: url, key: "k")).register(try identities(60))
        let bodies = await hub.on(\.registered)
        #expect(Set(bodies).count == 60)
        #expect(bodies.count == 60)
        await hub.stop()
    }

    @Test func `is waited for as long as it asks, for as long as it takes some`() async throws {
        let (hub, url) = try await ScriptedHub.start()
        let refused = Refusals()
        await hub.on { [unowned hub] scripted in
            var taken = 0
            var opensAt = LoopInstant(milliseconds: 0)
            scripted.answer = { request in
                let device = String(decoding: request.body, as: UTF8.self)
                refused.came(device, at: hub.loop.now)
                guard hub.loop.now >= opensAt else {
                    refused.refuse(device, at: hub.loop.now)
                    return HTTPResponse(.tooManyRequests, headers: ["Retry-After": "1"])
                }
                taken += 1
                if taken % 5 == 0 { opensAt = hub.loop.now.advanced(by: .seconds(1)) }
                return nil
            }
        }
        // It asks for patience twice, but takes some in between.
        try HubAPI(target: HubTarget(url: url, key: "k"), patience: 1).register(try identities(12))
        #expect(await hub.on(\.registered.count) == 12)
        #expect(await hub.on { _ in refused.early } == 0, "nobody comes again before the time")
        // Fewer if it was open again before the last of them had come.
        #expect((1...7 + 2).contains(await hub.on { _ in refused.count }))
        await hub.stop()
    }

    @Test func `is not waited for longer than a limit's window`() async throws {
        let (hub, url) = try await ScriptedHub.start()
        await hub.on { hub in
            hub.answer = { _ in
                var response = HTTPResponse.json(
                    Array(#"{"error":"rate_limit_exceeded","message":"Rate limit of 10 requests/hour exceeded"}"#.utf8),
                    status: .tooManyRequests)
                response.headers.append("Retry-After", "1800")
                return response
            }
        }
        let api = HubAPI(target: HubTarget(url: url, key: "k"))
        let one = try identities(1)
        let failure = CommandFailure(.tryLater, "Rate limit of 10 requests/hour exceeded (try again in 1800 s)")
        #expect(throws: failure) { try api.register(one) }
        await hub.stop()
    }

    @Test func `has its refusal told and its absence noticed`() async throws {
        let (hub, url) = try await ScriptedHub.start()
        await hub.on { hub in
            hub.answer = { _ in
                .json(
                    Array(#"{"error":"group_full","message":"Group has reached maximum device limit (20)"}"#.utf8),
                    status: .conflict)
            }
        }
        let api = HubAPI(target: HubTarget(url: url, key: "k"))
        let one = try identities(1)
        #expect(throws: CommandFailure.badData("Group has reached maximum device limit (20)")) { try api.register(one) }
        await hub.stop()
        let failure = #expect(throws: CommandFailure.self) { try api.register(one) }
        #expect(failure?.code == .unreachable)
    }

    @Test func `gets the key in its header, and JSON`() async throws {
        let (hub, url) = try await ScriptedHub.start()
        await hub.on { hub in
            hub.answer = { request in
                let isGood =
                    request.headers["X-API-Key"] == "k" && request.headers["Content-Type"] == "application/json"
                return isGood ? nil : .text("", status: .badRequest)
            }
        }
        try HubAPI(target: HubTarget(url: url, key: "k")).register(try identities(1))
        let body = try #require(await hub.on(\.registered).first)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: String])
        #expect(object["displayName"] == "device 0")
        #expect(object["groupId"] == "g1")
        #expect(object["deviceId"]?.count == 36)
        await hub.stop()
    }
}
