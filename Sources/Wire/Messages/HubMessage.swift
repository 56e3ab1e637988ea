package import Model

/// What the hub says to a client, as a client reads it.
package enum HubMessage: Hashable, Sendable {
    case welcome(Welcome)
    case snapshot(Snapshot)
    case positions(GroupID, [DevicePosition])
    case presence(PresenceChange)
    case member(MemberChange)
    /// A group that the user is in no longer; nothing more of it comes.
    case unwatched(GroupID)
    case message(ChatMessage)
    case messages(ChatPage)
    case edited(ChatMessage)
    case deleted(ConversationID, sequence: Int64, change: Int64)
    case reaction(ReactionChange)
    case conversation(ConversationID, ConversationChange)
    case userPresence(UserPresence)
    case typing(ConversationID, UserID, isTyping: Bool)
    case read(ConversationID, UserID, sequence: Int64)
    case achievement(Achievement)
    case fixesStored(re: Int64?, count: Int)
    case messageStored(re: Int64?, ConversationID, sequence: Int64, sentAt: Timestamp)
    case ok(re: Int64?)
    case pong(re: Int64?, serverTime: Timestamp)
    case error(Failure)
    case goodbye(reason: String, reconnectAfter: Duration)
    /// A type this version does not know; to be ignored.
    case unknown(type: String)

    /// The first message on every connection.
    package struct Welcome: Hashable, Sendable {
        package var session: SessionID
        package var device: DeviceID?
        package var user: UserID?
        /// The group of the device.
        package var group: GroupID?
        package var serverTime: Timestamp
        /// Seconds between the hub's pings.
        package var heartbeat: Int
        package var limits: Limits

        package init(
            session: SessionID, device: DeviceID? = nil, user: UserID? = nil, group: GroupID? = nil,
            serverTime: Timestamp, heartbeat: Int, limits: Limits
        ) {
            self.session = session
            self.device = device
            self.user = user
            self.group = group
            self.serverTime = serverTime
            self.heartbeat = heartbeat
            self.limits = limits
        }
    }

    /// What a client must keep to.
    package struct Limits: Hashable, Sendable {
        /// The longest message the hub takes, in bytes.
        package var messageBytes: Int
        /// Fixes in one `locations`.
        package var fixesPerMessage: Int
        /// `location` and `locations` messages a second and device; 0 for no limit.
        package var locationsPerSecond: Int

        package init(messageBytes: Int, fixesPerMessage: Int, locationsPerSecond: Int) {
            self.messageBytes = messageBytes
            self.fixesPerMessage = fixesPerMessage
            self.locationsPerSecond = locationsPerSecond
        }
    }

    /// All of a group, in place of whatever was known of it.
    package struct Snapshot: Hashable, Sendable {
        package var re: Int64?
        package var group: GroupID
        package var members: [GroupMember]

        package init(re: Int64?, group: GroupID, members: [GroupMember]) {
            self.re = re
            self.group = group
            self.members = members
        }
    }

    package struct PresenceChange: Hashable, Sendable {
        package var group: GroupID
        package var device: DeviceID
        package var presence: Presence

        package init(group: GroupID, device: DeviceID, presence: Presence) {
            self.group = group
            self.device = device
            self.presence = presence
        }
    }

    /// A device joined or left, or what is known of it changed.
    package struct MemberChange: Hashable, Sendable {
        package var group: GroupID
        package var kind: Kind
        package var device: DeviceID
        package var displayName: String
        /// The device as a snapshot would have it; `nil` for one that left.
        package var state: GroupMember?

        package enum Kind: String, Hashable, Sendable {
            case joined
            case left
            case updated
        }

        package init(
            group: GroupID, kind: Kind, device: DeviceID, displayName: String, state: GroupMember? = nil
        ) {
            self.group = group
            self.kind = kind
            self.device = device
            self.displayName = displayName
            self.state = state
        }
    }

    /// Something that the session's user has reached, for good.
    package struct Achievement: Hashable, Sendable {
        package var code: String
        package var name: String
        package var description: String
        package var unlockedAt: Timestamp

        package init(code: String, name: String, description: String, unlockedAt: Timestamp) {
            self.code = code
            self.name = name
            self.description = description
            self.unlockedAt = unlockedAt
        }
    }

    /// Why a request was refused.
    package struct Failure: Hashable, Sendable {
        package var re: Int64?
        /// `nil` for a code this version does not know.
        package var code: ErrorCode? { ErrorCode(rawValue: rawCode) }
        package var rawCode: String
        package var message: String
        package var details: [FieldError]
        /// Seconds until the request may be sent again.
        package var retryAfter: Int?

        package init(
            re: Int64? = nil, rawCode: String, message: String, details: [FieldError] = [], retryAfter: Int? = nil
        ) {
            self.re = re
            self.rawCode = rawCode
            self.message = message
            self.details = details
            self.retryAfter = retryAfter
        }
    }
}
