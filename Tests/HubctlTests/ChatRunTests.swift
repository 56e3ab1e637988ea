import EventLoop
import Foundation
import Glibc
import Synchronization
import Testing
import Wire

@testable import hubctl

/// What a chat printed, and a pipe to write into.
private final class Conversant: Sendable {
    private let printed = Mutex("")
    private let descriptors: (reading: Int32, writing: Int32)

    init() {
        var pair: [Int32] = [0, 0]
        pipe(&pair)
        descriptors = (pair[0], pair[1])
    }

    func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(descriptors.writing, bytes, bytes.count)
    }

    func endInput() { close(descriptors.writing) }

    var texts: [String] {
        printed.withLock { $0 }.split(separator: "\n").compactMap { line in
            guard let value = try? JSONValue(Array(line.utf8)), value["type"]?.string == "message" else { return nil }
            return value["text"]?.string
        }
    }

    /// A chat as somebody with a key, which this hub takes for anybody.
    func chat(at url: HubURL, _ configure: (inout ChatRun.Settings) -> Void = { _ in }) throws -> ChatRun {
        var settings = ChatRun.Settings(
            conversation: ScriptedConversation.id, ownId: "a", ownName: "Ada", prompt: "> ")
        settings.input = descriptors.reading
        settings.patience = .seconds(30)
        settings.backoff.first = .milliseconds(5)
        settings.backoff.longest = .milliseconds(20)
        configure(&settings)
        let screen = ChatScreen(
            form: .json, conversation: ScriptedConversation.id,
            text: ChatText(isColoured: false, ownId: "a", timeZone: .gmt),
            out: { [self] text in printed.withLock { $0 += text } })
        return ChatRun(
            settings: settings, screen: screen, endpoint: try HubEndpoint(target: HubTarget(url: url, key: "k")),
            on: try StreamCommand.loop())
    }
}

@Suite struct `A chat with a hub` {
    @Test func `sends the lines of a pipe, each once, and ends when the last is stored`() async throws {
        let (hub, url) = try await ScriptedConversation.start()
        let lines = (0..<200).map { "line \($0)" }
        // Lost before and after storing, and refused for a while, now and then.
        await hub.on { hub in
            hub.fate = { number in
                if number % 29 == 7 { return .storeAndDrop }
                if number % 31 == 9 { return .drop }
                return number % 17 == 3 ? .refuse("service_unavailable") : .store
            }
        }
        let conversant = Conversant()
        let run = try conversant.chat(at: url)
        let end = Task { await run.run() }
        conversant.write(lines.joined(separator: "\n"))
        conversant.endInput()
        #expect(await end.value == nil)
        #expect(await hub.on { $0.log.map(\.text) } == lines)
        #expect(await hub.on(\.upgrades) > 5)
        #expect(conversant.texts == lines)
        await hub.stop()
    }

    @Test func `misses nothing that was said while the connection was lost`() async throws {
        let (hub, url) = try await ScriptedConversation.start()
        let conversant = Conversant()
        let run = try conversant.chat(at: url) { $0.follows = true }
        let end = Task { await run.run() }
        for number in 0..<30 {
            await hub.on { hub in
                hub.post("said \(number)")
                if number % 5 == 2 { hub.dropAll() }
            }
        }
        let deadline = ContinuousClock.now + .seconds(30)
        while conversant.texts.count < 30, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(conversant.texts == (0..<30).map { "said \($0)" })
        run.loop.execute { run.finish(nil) }
        #expect(await end.value == nil)
        conversant.endInput()
        await hub.stop()
    }

    @Test(arguments: 1...20)
    func `that ends while it connects leaves nothing behind`(round: Int) async throws {
        let (hub, url) = try await ScriptedConversation.start()
        let conversant = Conversant()
        conversant.endInput()
        weak var loop: Loop?
        do {
            let run = try conversant.chat(at: url)
            loop = run.loop
            #expect(await run.run() == nil)
        }
        // Its thread holds it until it has ended, and so does a task that waits for it.
        let deadline = ContinuousClock.now + .seconds(20)
        while loop != nil, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(5)) }
        #expect(loop == nil)
        await hub.stop()
    }

    @Test func `ends although the hub answers nothing at all`() async throws {
        // Takes connections, and that is all.
        let loop = try Loop.start(index: 92)
        let port: Int = try await withCheckedThrowingContinuation { continuation in
            loop.execute {
                continuation.resume(
                    with: Result {
                        try Listener.open(host: "127.0.0.1", port: 0, sharesPort: false, on: loop, onAccept: { _ in })
                            .port
                    })
            }
        }
        let conversant = Conversant()
        conversant.endInput()
        let url = HubURL(isSecure: false, host: "127.0.0.1", port: port, path: "")
        let run = try conversant.chat(at: url) { $0.farewell = .milliseconds(20) }
        #expect(await run.run() == nil)
        await loop.stop()
    }

    @Test func `tells by its end that a message was refused`() async throws {
        let (hub, url) = try await ScriptedConversation.start()
        await hub.on { $0.fate = { $0 == 1 ? .refuse("validation_error") : .store } }
        let conversant = Conversant()
        let run = try conversant.chat(at: url)
        conversant.write("bad\n\ngood\n")
        conversant.endInput()
        #expect(await run.run()?.code == .badData)
        #expect(await hub.on { $0.log.map(\.text) } == ["good"])
        await hub.stop()
    }

    @Test func `marks as read what was shown`() async throws {
        let (hub, url) = try await ScriptedConversation.start()
        await hub.on { hub in for number in 0..<3 { hub.post("said \(number)") } }
        let conversant = Conversant()
        let run = try conversant.chat(at: url) {
            $0.marksRead = true
            $0.follows = true
        }
        let end = Task { await run.run() }
        let deadline = ContinuousClock.now + .seconds(30)
        while await hub.on(\.reads).last != 3, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(await hub.on(\.reads).last == 3)
        run.loop.execute { run.finish(nil) }
        _ = await end.value
        conversant.endInput()
        await hub.stop()
    }

    @Test func `gives up after its patience, and says what was not sent`() async throws {
        let conversant = Conversant()
        let run = try conversant.chat(at: HubURL("http://127.0.0.1:9")) { $0.patience = .zero }
        conversant.write("x\n")
        conversant.endInput()
        #expect(await run.run()?.code == .unreachable)
    }
}
