import Measuring

/// What a load of conversations is made of.
struct ChatSettings: Sendable {
    var address: HubAddress
    var conversations = 200
    /// Members of each conversation; each person is in one.
    var members = 5
    /// Messages a second over all, on a timetable whether or not the hub keeps up.
    var rate = 500.0
    /// Messages in all; as many as the time allows if nothing.
    var messages: Int?
    /// How long a client stays connected, on average; for ever if nothing.
    var life: Duration?
    /// How long one that was cut off stays away, at most.
    var absence = Duration.seconds(2)
    /// Of the connections, in a hundred, those opened with a ticket and not with a token.
    var tickets = 0.0
    var loops = 1
    var seed: UInt64 = 1

    var users: Int { conversations * members }
}
