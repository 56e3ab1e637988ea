import Foundation
import HTTPClient
import Model

/// The people of a load and their conversations, made over REST. Blocks its thread.
struct People: Sendable {
    let address: HubAddress
    /// In every name, so that people of several runs can be told apart.
    let run: UInt32
    var concurrency = 16

    private struct Registration: Encodable {
        var email: String
        var password: String
        var username: String
        var displayName: String
    }

    private struct NewConversation: Encodable {
        var kind = "group"
        var name: String
        var userIds: [String]
    }

    private struct Created: Decodable { var id: String }

    /// Registers so many people.
    func register(_ count: Int, onProgress: (Int) -> Void = { _ in }) throws(Failure) -> [Account] {
        let registrations = (0..<count).map { index in
            Registration(
                email: "load-\(run)-\(index)@example.org", password: "Correct-Horse-\(run)-\(index)-Battery",
                username: "load_\(run)_\(index)", displayName: "Load \(index)")
        }
        let answers = try perform(
            registrations.map { address.call("POST", "/api/v1/auth/register", $0) }, "a registration",
            onProgress: onProgress)
        var accounts: [Account] = []
        for (registration, answer) in zip(registrations, answers) {
            guard let account = Account(email: registration.email, password: registration.password, answer: answer)
            else { throw Failure("the hub's answer to a registration could not be understood") }
            accounts.append(account)
        }
        return accounts
    }

    /// Makes a conversation of each `members` people in turn; the first of them makes it.
    func converse(_ accounts: [Account], members: Int) throws(Failure) -> [ConversationID] {
        let calls = stride(from: 0, to: accounts.count, by: members).map { start in
            address.call(
                "POST", "/api/v1/conversations",
                NewConversation(
                    name: "Load \(start / members)",
                    userIds: accounts[(start + 1)..<(start + members)].map { $0.user.description }),
                token: accounts[start].accessToken)
        }
        var conversations: [ConversationID] = []
        for answer in try perform(calls, "a new conversation") {
            guard let created = try? JSONDecoder().decode(Created.self, from: Data(answer.body)),
                let id = UniqueID(created.id)
            else { throw Failure("the hub's answer to a new conversation could not be understood") }
            conversations.append(ConversationID(id))
        }
        return conversations
    }

    /// The answers, all of them successes; what the hub asks to have later is sent again.
    func perform(
        _ calls: [HTTPCall], _ what: String, onProgress: (Int) -> Void = { _ in }
    ) throws(Failure) -> [HTTPAnswer] {
        let patience = 120
        var answers = [HTTPAnswer?](repeating: nil, count: calls.count)
        var open = Array(calls.indices)
        var rounds = 0
        while !open.isEmpty {
            let done = calls.count - open.count
            let sent = Array(open.prefix(256))
            let outcomes = BlockingClient(concurrency: concurrency).send(sent.map { calls[$0] }) {
                onProgress(done + $0)
            }
            var again: [Int] = []
            var wait = 0.0
            for (index, outcome) in zip(sent, outcomes) {
                switch outcome {
                case .failure(let failure): throw Failure("\(what): \(failure)")
                case .success(let answer) where (200...299).contains(answer.status): answers[index] = answer
                case .success(let answer) where answer.status == 429 || answer.status == 503:
                    again.append(index)
                    wait = max(wait, min(answer.retryAfter ?? 1, 65))
                case .success(let answer):
                    throw Failure(
                        "\(what): status \(answer.status), \(String(decoding: answer.body.prefix(300), as: UTF8.self))")
                }
            }
            rounds = again.count == sent.count ? rounds + 1 : 0
            guard rounds < patience else { throw Failure("\(what): the hub goes on asking for patience") }
            open = again + open.dropFirst(sent.count)
            if !again.isEmpty { usleep(UInt32(max(wait, 0.05) * 1e6)) }
        }
        return answers.compactMap(\.self)
    }
}
