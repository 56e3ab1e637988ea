internal import Configuration
internal import EventLoop
internal import Glibc
internal import Systemd
internal import Telemetry

/// `hubd serve`: a hub from its start to the signal that ends it.
struct ServeCommand {
    private let invocation: CommandInvocation
    private let configuration: HubConfiguration
    private let environment: [String: String]
    private let output: LogOutput

    init(
        _ invocation: CommandInvocation, _ configuration: HubConfiguration, environment: [String: String],
        log: LogOutput
    ) {
        self.invocation = invocation
        self.configuration = configuration
        self.environment = environment
        output = log
    }

    func run() async -> ExitCode {
        let activation: ActivationSockets?
        do throws(ActivationError) {
            activation = try ActivationSockets.take(environment: environment)
        } catch {
            Terminal.complain("\(error)")
            return .configuration
        }
        Processors.raiseFileLimit()
        let signals: HubSignals
        do throws(LoopError) {
            signals = try await HubSignals.watch()
        } catch {
            Terminal.complain("\(error)")
            return .failure
        }
        let manager = ServiceManager(environment: environment)
        manager.tell(.status("Starting"))
        let hub: Hub
        do throws(HubError) {
            hub = try await Hub.start(configuration, log: output, activation: activation)
        } catch {
            manager.tell(.status("\(error)"))
            Terminal.complain("\(error)")
            return error.exitCode
        }
        let life = hub.serviceLife(manager)
        life.ready()
        await withDiscardingTaskGroup { group in
            group.addTask { await hub.run() }
            group.addTask { await life.run() }
            for await signal in signals.stream {
                guard signal != SIGHUP else {
                    await life.reloading { await reload(hub) }
                    continue
                }
                break
            }
            life.stopping()
            group.cancelAll()
            // Not behind the group: what is under way there may wait for the database, which the stop closes.
            await hub.stop()
        }
        return .success
    }

    /// Reads the settings again from where they were read at the start. If they are wrong, what there is stays.
    private func reload(_ hub: Hub) async {
        do throws(ConfigurationError) {
            await hub.reload(try invocation.loadConfiguration(environment: environment).values)
        } catch {
            let log = Logger("hub", output: output)
            for problem in error.problems {
                log.error("configuration not reloaded", ["reason": .string("\(problem)")])
            }
            await hub.reload(nil)
        }
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
