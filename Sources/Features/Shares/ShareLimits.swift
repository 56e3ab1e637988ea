/// How many shares there may be, and for how long.
enum ShareLimits {
    /// Seconds.
    static let lifetimes = 60...604_800
    /// Of one person, whose time is not over.
    static let openShares = 20
    /// Live views of one share on one hub.
    static let viewersOfShare = 20
    /// Live views of all shares on one hub.
    static let viewers = 1_000
    /// Live views from one network address on one hub.
    static let viewersOfAddress = 10
    /// Live views that a group rings; further ones look at it every second. A group has room for few observers, and its
    /// members come first.
    static let observersOfGroup = 100
}
