internal import EventLoop
package import HTTPClient
internal import Synchronization

/// Hands mails to a mail server on a loop of its own, which is there as long as mails are on their way: whatever becomes of
/// the server, the loops that serve go on. Callable from any thread.
package final class MailTransport: Sendable {
    package let server: MailServer
    private let state = Mutex(State())

    private struct State {
        var line: Line?
        /// Mails on their way.
        var count = 0
    }

    /// The loop and what sends on it.
    private final class Line: Sendable {
        let loop: Loop
        let client: LineClient

        init() throws(LoopError) {
            loop = try Loop.start()
            client = LineClient()
        }
    }

    /// Confined to the line's loop.
    private final class LineClient: @unchecked Sendable {
        var client: LoopClient?
        /// Whose task was cancelled before it began.
        var givenUp: Set<ObjectIdentifier> = []
        var tickets: [ObjectIdentifier: LoopClient.Ticket] = [:]
    }

    /// One mail's place in the line.
    private final class Place: Sendable {}

    package init(_ server: MailServer) { self.server = server }

    /// Waits until the server has taken `message` or has not. Given up when the task is cancelled; the server may have
    /// taken it by then. Where the server says nothing libcurl may keep the line's loop waiting for some seconds before it
    /// hears of that.
    package func deliver(_ message: MailMessage) async throws(MailDeliveryFailure) {
        var mail = MailDelivery(
            url: server.url, sender: server.from.address.text, recipients: [message.to.address.text],
            message: message.encoded())
        mail.requiresTLS = server.requiresTLS
        mail.account = server.account
        mail.caFile = server.caFile
        mail.timeout = server.timeout
        mail.connectTimeout = min(server.timeout, .seconds(10))
        guard let line = enter() else { throw .givenUp }
        let place = Place()
        let outcome = await withTaskCancellationHandler {
            await MailTransport.send(mail, on: line, place)
        } onCancel: {
            line.loop.execute { MailTransport.giveUp(place, on: line) }
        }
        await leave(line)
        // Whatever libcurl made of it meanwhile: nobody waits for it any more.
        if case .failure = outcome, Task.isCancelled { throw .givenUp }
        try outcome.get()
    }

    private static func send(
        _ mail: MailDelivery, on line: Line, _ place: Place
    ) async -> Result<Void, MailDeliveryFailure> {
        await withCheckedContinuation { continuation in
            line.loop.execute {
                let name = ObjectIdentifier(place)
                guard line.client.givenUp.remove(name) == nil else {
                    return continuation.resume(returning: .failure(.givenUp))
                }
                let client = line.client.client ?? LoopClient(on: line.loop, connections: 4)
                line.client.client = client
                line.client.tickets[name] = client.send(mail) { outcome in
                    line.client.tickets[name] = nil
                    continuation.resume(returning: outcome)
                }
            }
        }
    }

    private static func giveUp(_ place: Place, on line: Line) {
        guard let ticket = line.client.tickets[ObjectIdentifier(place)] else {
            line.client.givenUp.insert(ObjectIdentifier(place))
            return
        }
        line.client.client?.giveUp(ticket)
    }

    private func enter() -> Line? {
        state.withLock { state in
            if state.line == nil { state.line = try? Line() }
            if state.line != nil { state.count += 1 }
            return state.line
        }
    }

    /// The last one closes the connections and ends the loop.
    private func leave(_ line: Line) async {
        let isLast = state.withLock { state in
            state.count -= 1
            guard state.count == 0 else { return false }
            state.line = nil
            return true
        }
        guard isLast else { return }
        await withCheckedContinuation { continuation in
            line.loop.execute {
                line.client.client?.close()
                line.client.client = nil
                continuation.resume()
            }
        }
        await line.loop.stop()
    }
}
