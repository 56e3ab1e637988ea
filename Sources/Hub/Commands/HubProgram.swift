package import Configuration
internal import EventLoop
internal import Glibc
internal import Telemetry

/// `hubd`: does what its command line asks for.
package enum HubProgram {
    /// - Parameter arguments: Without the program's name.
    package static func run(_ arguments: [String], environment: [String: String]) async -> ExitCode {
        switch CommandTable.hubd.parse(arguments) {
        case .help(let text):
            Terminal.write(text)
            return .success
        case .mistake(let line):
            Terminal.complain(line)
            return .usage
        case .run(let invocation):
            return await run(invocation, environment: environment)
        }
    }

    private static func run(_ invocation: CommandInvocation, environment: [String: String]) async -> ExitCode {
        if invocation.command == "version" {
            Terminal.write("hubd \(HubVersion.current)\n")
            return .success
        }
        let loaded: LoadedConfiguration
        do throws(ConfigurationError) {
            loaded = try invocation.loadConfiguration(environment: environment)
        } catch {
            Terminal.complain("\(error)")
            return .configuration
        }
        switch invocation.command {
        case "check-config":
            Terminal.write(loaded.describe())
            return .success
        case "serve":
            return await serve(loaded.values, environment: environment)
        case let command where command.hasPrefix("jobs "):
            return await JobsCommand(invocation, loaded.values, log: log(loaded.values, environment)).run()
        default:
            return await KeysCommand(invocation, loaded.values, log: log(loaded.values, environment)).run()
        }
    }

    private static func log(_ configuration: HubConfiguration, _ environment: [String: String]) -> LogOutput {
        LogOutput(
            level: configuration.logging.level,
            format: configuration.logging.lineFormat(terminal: isatty(2) == 1, environment: environment))
    }

    // MARK: serve

    private static func serve(_ configuration: HubConfiguration, environment: [String: String]) async -> ExitCode {
        Processors.raiseFileLimit()
        let signals: HubSignals
        do throws(LoopError) {
            signals = try await HubSignals.watch()
        } catch {
            Terminal.complain("\(error)")
            return .failure
        }
        let hub: Hub
        do throws(HubError) {
            hub = try await Hub.start(configuration, log: log(configuration, environment))
        } catch {
            Terminal.complain("\(error)")
            return error.exitCode
        }
        await withDiscardingTaskGroup { group in
            group.addTask { await hub.run() }
            for await signal in signals.stream {
                guard signal != SIGHUP else {
                    hub.reloadCertificate()
                    continue
                }
                break
            }
            group.cancelAll()
            // Not behind the group: what is under way there may wait for the database, which the stop closes.
            await hub.stop()
        }
        return .success
    }
}

/// The signals a hub acts on, as they come: SIGINT, SIGTERM and SIGHUP.
private final class HubSignals: Sendable {
    let stream: AsyncStream<Int32>
    private let loop: Loop
    private let watchers: [SignalWatcher]

    private init(_ stream: AsyncStream<Int32>, _ loop: Loop, _ watchers: [SignalWatcher]) {
        self.stream = stream
        self.loop = loop
        self.watchers = watchers
    }

    static func watch() async throws(LoopError) -> HubSignals {
        let loop = try Loop.start(index: 0)
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        let watchers: Result<[SignalWatcher], LoopError> = await loop.run {
            Result { () throws(LoopError) in
                var watchers: [SignalWatcher] = []
                for signal in [SIGINT, SIGTERM, SIGHUP] {
                    watchers.append(try SignalWatcher(signal, on: loop) { continuation.yield(signal) })
                }
                return watchers
            }
        }
        return HubSignals(stream, loop, try watchers.get())
    }
}

/// The standard streams of a command.
enum Terminal {
    static func write(_ text: String) { write(text, to: 1) }

    /// One line on the standard error stream.
    static func complain(_ line: String) { write("hubd: \(line)\n", to: 2) }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
