/// Who is in which group and whose a device is, as far as is asked before anything of it is told (rule 5 of the contract).
/// Safe to call from any actor. Nothing is remembered: what has been committed is what the next call says.
package protocol PeopleStore: Sendable {
    /// Whose a device is, active or not; nothing for one of nobody's, and for one that is not there.
    func owner(of device: DeviceID) async throws(DeviceStoreError) -> UserID?

    func isMember(_ user: UserID, of group: GroupID) async throws(DeviceStoreError) -> Bool

    /// Those of some memberships that there are not, or not any more.
    func ended(among memberships: Set<Membership>) async throws(DeviceStoreError) -> Set<Membership>
}

/// Somebody in a group.
package struct Membership: Hashable, Sendable {
    package let user: UserID
    package let group: GroupID

    package init(of user: UserID, in group: GroupID) {
        self.user = user
        self.group = group
    }
}
