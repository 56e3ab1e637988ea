import Foundation
import HTTPClient
import Model

/// Reads conversations over REST, to compare them with what came over the stream. Blocks its thread.
struct Listing: Sendable {
    let people: People

    private static let pageSize = 200

    private struct Page: Decodable {
        struct Message: Decodable {
            struct Sender: Decodable { var userId: String }

            var seq: Int64
            var clientId: String
            var from: Sender?
            var text: String?
        }

        var messages: [Message]
    }

    /// The messages of each conversation as one of its members is told them, the first at 0; nothing in place of a message
    /// that was not sent so, or whose number is not the next.
    ///
    /// - Parameter reader: Which member asks, by the conversation's place.
    func read(
        _ records: [ConversationRecord], as reader: (Int) -> Int
    ) throws(Failure) -> [[MessageName?]] {
        var listed = [[MessageName?]](repeating: [], count: records.count)
        var open = Array(records.indices)
        while !open.isEmpty {
            let calls = open.map { place in
                let record = records[place]
                return people.address.call(
                    "GET",
                    "/api/v1/conversations/\(record.id)/messages?since=\(listed[place].count)&limit=\(Listing.pageSize)",
                    token: record.accounts[reader(record.index)].accessToken)
            }
            var unfinished: [Int] = []
            for (place, answer) in zip(open, try people.perform(calls, "a page of messages")) {
                guard let page = try? JSONDecoder().decode(Page.self, from: Data(answer.body)) else {
                    throw Failure("the hub's page of messages could not be understood")
                }
                for message in page.messages {
                    let isNext = message.seq == Int64(listed[place].count + 1)
                    listed[place].append(isNext ? Listing.name(of: message, in: records[place]) : nil)
                }
                if page.messages.count == Listing.pageSize { unfinished.append(place) }
            }
            open = unfinished
        }
        return listed
    }

    private static func name(of message: Page.Message, in record: ConversationRecord) -> MessageName? {
        guard let id = UniqueID(message.clientId),
            let name = MessageName(id, run: record.run, conversation: record.index),
            record.accounts.indices.contains(name.member), message.text == name.text,
            message.from?.userId == record.accounts[name.member].user.description
        else { return nil }
        return name
    }
}
