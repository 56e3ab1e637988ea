package import HTTP
package import Model

/// Everything that a request may be counted by.
package struct RateCaller: Hashable, Sendable {
    package let origin: ClientOrigin
    package let principal: Principal
    /// The device that the request is about, if its path or query names one.
    package let device: DeviceID?

    package init(origin: ClientOrigin, principal: Principal, device: DeviceID? = nil) {
        self.origin = origin
        self.principal = principal
        self.device = device
    }

    /// Who is counted by a policy of that scope. Where a request has no such thing, whoever it has that is known.
    func subject(_ scope: RateScope) -> RateSubject {
        switch scope {
        case .address: return RateSubject(origin.address)
        case .device:
            if let device { return RateSubject(device.rawValue) }
        case .key, .user: break
        }
        if let user = principal.user { return RateSubject(user.id.rawValue) }
        if let key = principal.key { return RateSubject(key.id.rawValue) }
        return RateSubject(origin.address)
    }
}
