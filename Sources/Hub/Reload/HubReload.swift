internal import Configuration
internal import Telemetry

/// Takes a changed configuration over, part by part; one at a time, in the order in which it is asked.
actor HubReload {
    private let parts: [any Reloadable]
    private let log: Logger
    /// What the hub was started with, which still holds for everything that no part takes over.
    private let started: HubConfiguration
    /// What was last taken over.
    private var current: HubConfiguration
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ parts: [any Reloadable], started: HubConfiguration, log: Logger) {
        self.parts = parts
        self.started = started
        current = started
        self.log = log
    }

    /// The settings that need no restart, as `section.name`.
    var settings: Set<String> { parts.reduce(into: []) { $0.formUnion($1.settings) } }

    /// Has every part take `configuration` over. What fails is logged and leaves the other parts alone.
    ///
    /// - Parameter configuration: Nothing if what there is now is wrong: then the last one is applied again, which reads
    ///   certificates and asks for keys anew.
    func reload(_ configuration: HubConfiguration?) async {
        await enter()
        defer { leave() }
        let next = configuration ?? current
        var failed = 0
        for part in parts {
            do throws(ReloadFailure) {
                try await part.reload(next)
            } catch {
                failed += 1
                log.error("not reloaded", ["part": .string(part.name), "reason": .string(error.reason)])
            }
        }
        let settings = settings
        let changed = Setting.changes(from: current, to: next).filter { settings.contains($0.description) }
        let unmet = Setting.changes(from: started, to: next).filter { !settings.contains($0.description) }
        current = next
        for key in unmet {
            log.warning("a changed setting takes effect at the next start", ["setting": .string(key.description)])
        }
        log.info(
            "reloaded",
            [
                "changed": .string(changed.map(\.description).joined(separator: " ")),
                "failed_parts": .integer(failed), "restart_needed": .bool(!unmet.isEmpty),
            ])
    }

    private func enter() async {
        guard isBusy else {
            isBusy = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Lets the next in, if somebody waits; it stays busy then.
    private func leave() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
}
