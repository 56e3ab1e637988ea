internal import Glibc
internal import Synchronization

/// Shows a person how far a long task is, step after step: on a terminal in a line that is drawn anew at most ten
/// times a second and is gone at the end, elsewhere in a line now and then.
///
/// Any thread may tell it how far the task is: what is measured happens on loops, in pools and in callbacks of C, so a
/// lock is its isolation; it is held while a line is written, which keeps lines whole.
package final class ProgressDisplay: Sendable {
    private struct State: ~Copyable {
        var policy: ProgressPolicy
        var text: ProgressText?
        /// Whether the terminal's line has something of it.
        var isDrawn = false
    }

    /// Nothing is shown without one.
    private let medium: ProgressPolicy.Medium?
    private let clock: @Sendable () -> Duration
    private let columns: @Sendable () -> Int
    private let write: @Sendable (String) -> Void
    private let state: Mutex<State>

    /// - Parameters:
    ///   - clock: The time since any fixed moment.
    ///   - columns: Of the terminal, now.
    ///   - write: Is handed what is to be shown, ends of lines and all.
    init(
        _ medium: ProgressPolicy.Medium?, clock: @escaping @Sendable () -> Duration,
        columns: @escaping @Sendable () -> Int, write: @escaping @Sendable (String) -> Void
    ) {
        self.medium = medium
        self.clock = clock
        self.columns = columns
        self.write = write
        state = Mutex(State(policy: ProgressPolicy(medium ?? .lines)))
    }

    /// Whether anything is shown at all.
    package var isShown: Bool { medium != nil }

    /// Whether a line is drawn in place, which a program that is killed leaves behind.
    package var isDrawing: Bool { medium == .terminal }

    /// What erases the line.
    package static let erasure = "\r\u{1b}[K"

    // MARK: Steps

    /// A step begins; the one before is done.
    ///
    /// - Parameters:
    ///   - step: A phrase without control characters.
    ///   - total: What there is to do; nothing if nobody knows.
    package func begin(_ step: String, _ unit: ProgressUnit, total: Int64? = nil, isEstimate: Bool = false) {
        guard let medium else { return }
        let now = clock()
        state.withLock { state in
            finish(&state, isWhole: true, at: now)
            let text = ProgressText(step, unit, ProgressMeter(total: total, isEstimate: isEstimate, at: now))
            state.text = text
            guard state.policy.begin(at: now) else { return }
            if medium == .terminal { draw(text, &state) } else { write(text.beginning + "\n") }
        }
    }

    /// So much of the step is done by now.
    ///
    /// - Parameter details: What else there is to tell, what matters most first; what was said before if `nil`.
    package func move(to done: Int64, details: [String]? = nil) {
        update { text, now in
            text.meter.move(to: done, at: now)
            if let details { text.details = details }
        }
    }

    /// So much more of the step is done.
    package func advance(by more: Int64) {
        update { text, now in
            let (sum, isTooLarge) = text.meter.done.addingReportingOverflow(more)
            text.meter.move(to: isTooLarge ? .max : sum, at: now)
        }
    }

    /// What there is to do in the step has become known.
    package func expect(_ total: Int64?) { update { text, _ in text.meter.expect(total) } }

    /// Time has passed.
    package func tick() { update { text, now in text.meter.tick(at: now) } }

    /// The step is done, and nothing follows.
    package func end() { finish(isWhole: true) }

    /// The step will not be done.
    package func stop() { finish(isWhole: false) }

    /// Shows how time passes, however long `body` does nothing, and ends the last step as `body` ends.
    package func showing<Value, Failure: Error>(
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        async let _ = beat()
        do throws(Failure) {
            let value = try await body()
            end()
            return value
        } catch {
            stop()
            throw error
        }
    }

    // MARK: Drawing

    @concurrent
    private func beat() async {
        guard medium != nil else { return }
        while (try? await Task.sleep(for: .milliseconds(100))) != nil { tick() }
    }

    private func update(_ change: (inout ProgressText, Duration) -> Void) {
        guard let medium else { return }
        let now = clock()
        state.withLock { state in
            guard var text = state.text else { return }
            change(&text, now)
            state.text = text
            guard state.policy.isDue(fraction: text.meter.fraction, at: now) else { return }
            if medium == .terminal { draw(text, &state) } else { write(text.going + "\n") }
        }
    }

    private func draw(_ text: ProgressText, _ state: inout State) {
        state.isDrawn = true
        // In the last column some terminals begin a new line.
        write(ProgressDisplay.erasure + text.line(width: columns() - 1))
    }

    private func finish(isWhole: Bool) {
        guard medium != nil else { return }
        let now = clock()
        state.withLock { state in
            finish(&state, isWhole: isWhole, at: now)
            if state.isDrawn { write(ProgressDisplay.erasure) }
            state.isDrawn = false
        }
    }

    private func finish(_ state: inout State, isWhole: Bool, at now: Duration) {
        guard var text = state.text else { return }
        text.meter.tick(at: now)
        state.text = nil
        if medium == .lines { write(text.ending(isWhole: isWhole) + "\n") }
    }
}
