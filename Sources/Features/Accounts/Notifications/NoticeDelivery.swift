internal import Jobs
internal import Model
internal import Persistence
internal import Wire

/// A digest on its way to one person by one channel, as its job holds it. A job a channel, so that one that fails has
/// nothing told twice by the others.
struct NoticeDelivery: Hashable, Sendable {
    /// For all attempts.
    let id: UniqueID
    let user: UserID
    let channel: String
    let digest: NoticeDigest

    static let kind = JobKind<NoticeDelivery>(
        "deliver_notices", attempts: 12, backoff: Backoff(shortest: .seconds(5), longest: .seconds(1800)),
        timeLimit: .seconds(330), concurrency: 4,
        encode: { delivery in
            JSONWriter.bytes { json in
                json.object {
                    $0.member("id", delivery.id)
                    $0.member("user", delivery.user.rawValue)
                    $0.member("channel", delivery.channel)
                    delivery.digest.write(to: &$0)
                }
            }
        },
        decode: { bytes in
            let json = try JSONValue(bytes)
            guard let id = json["id"]?.string.flatMap({ UniqueID($0) }),
                let user = json["user"]?.string.flatMap({ UniqueID($0) }), let channel = json["channel"]?.string,
                let digest = NoticeDigest(json)
            else { throw JobFailure.permanent("it is no delivery of notices") }
            return NoticeDelivery(id: id, user: UserID(user), channel: channel, digest: digest)
        })

    var job: QueuedJob { NoticeDelivery.kind.job(self, id: id) }
}
