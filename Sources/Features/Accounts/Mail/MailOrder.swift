internal import Jobs
internal import Model
internal import Persistence
internal import Wire

/// A mail that is to be sent, as its job holds it: whom it is to and what for. Neither the address nor a token: both are
/// found when it is sent, so that who reads the queue can do nothing with it (docs/adr/0027).
struct MailOrder: Hashable, Sendable {
    /// The mail's, for all attempts.
    let id: UniqueID
    /// May be nobody's, if an address was given that is of no account.
    let user: UserID
    let purpose: MailPurpose
    let askedAt: Timestamp

    /// Tried for some 2 hours: a server that puts off what it does not know takes it after minutes.
    static let kind = JobKind<MailOrder>(
        "send_mail", attempts: 12, backoff: Backoff(shortest: .seconds(5), longest: .seconds(1800)),
        // Longer than `mail.timeout_seconds` can be.
        timeLimit: .seconds(330), concurrency: 4,
        encode: { order in
            JSONWriter.bytes { json in
                json.object {
                    $0.member("id", order.id)
                    $0.member("user", order.user.rawValue)
                    $0.member("purpose", order.purpose.rawValue)
                    $0.member("askedAt", order.askedAt)
                }
            }
        },
        decode: { bytes in
            let json = try JSONValue(bytes)
            guard let id = json["id"]?.string.flatMap({ UniqueID($0) }),
                let user = json["user"]?.string.flatMap({ UniqueID($0) }),
                let purpose = json["purpose"]?.string.flatMap(MailPurpose.init(rawValue:)),
                let askedAt = json["askedAt"]?.string.flatMap({ Timestamp(rfc3339: $0) })
            else { throw JobFailure.permanent("it is no order of a mail") }
            return MailOrder(id: id, user: UserID(user), purpose: purpose, askedAt: askedAt)
        })

    /// Goes first, since somebody waits for it.
    static func job(_ purpose: MailPurpose, to user: UserID, at now: Timestamp) -> QueuedJob {
        let order = MailOrder(id: .version7(at: now), user: user, purpose: purpose, askedAt: now)
        return kind.job(order, priority: .high, id: order.id)
    }
}
