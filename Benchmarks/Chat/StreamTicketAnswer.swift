import Foundation
import HTTPClient

/// The hub's answer to whoever asks for a ticket.
private struct StreamTicketBody: Decodable { var ticket: String }

enum StreamTicketAnswer {
    /// Nothing if there is none.
    static func ticket(_ answer: HTTPAnswer) -> String? {
        guard (200...201).contains(answer.status) else { return nil }
        return try? JSONDecoder().decode(StreamTicketBody.self, from: Data(answer.body)).ticket
    }
}
