package import Model

/// All of a group at one moment.
package struct GroupSnapshot: Hashable, Sendable {
    package var group: GroupID
    /// In no particular order.
    package var members: [LiveMember]

    package init(group: GroupID, members: [LiveMember]) {
        self.group = group
        self.members = members
    }
}
