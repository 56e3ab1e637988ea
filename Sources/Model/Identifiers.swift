/// Names a device; chosen by the device at registration (story 2.1).
package struct DeviceID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: UniqueID

    package init(_ rawValue: UniqueID) { self.rawValue = rawValue }

    package init?(_ text: some StringProtocol) {
        guard let id = UniqueID(text) else { return nil }
        self.init(id)
    }

    package static func < (left: DeviceID, right: DeviceID) -> Bool { left.rawValue < right.rawValue }

    package var description: String { rawValue.description }
}

/// Names a group: 2 to 50 ASCII letters, digits, hyphens and underscores (story 2.1).
package struct GroupID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package static let lengths = 2...50

    package let rawValue: String

    /// The group of that name; nothing if the name breaks the rule above.
    package init?(_ text: String) {
        guard GroupID.lengths.contains(text.utf8.count), text.utf8.allSatisfy(GroupID.allows) else { return nil }
        rawValue = text
    }

    package static func < (left: GroupID, right: GroupID) -> Bool { left.rawValue < right.rawValue }

    package var description: String { rawValue }

    private static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// Names an API key's row; the key itself is known to its holder alone.
package struct APIKeyID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UniqueID

    package init(_ rawValue: UniqueID) { self.rawValue = rawValue }

    package var description: String { rawValue.description }
}

/// Names a user, who may have several devices.
package struct UserID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: UniqueID

    package init(_ rawValue: UniqueID) { self.rawValue = rawValue }

    package static func < (left: UserID, right: UserID) -> Bool { left.rawValue < right.rawValue }

    package var description: String { rawValue.description }
}

/// Names one sign-in of a user, from the password to the sign-out: what its access and refresh tokens are of.
package struct SignInID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UniqueID

    package init(_ rawValue: UniqueID) { self.rawValue = rawValue }

    package var description: String { rawValue.description }
}

/// Names a conversation.
package struct ConversationID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UniqueID

    package init(_ rawValue: UniqueID) { self.rawValue = rawValue }

    package var description: String { rawValue.description }
}

/// Names one connection to the stream, for as long as it lasts.
package struct SessionID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UniqueID

    package init(_ rawValue: UniqueID) { self.rawValue = rawValue }

    package var description: String { rawValue.description }
}
