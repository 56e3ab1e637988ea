/// What phones ask for, and how often.
enum LoadScenario: String, CaseIterable, Hashable, Sendable {
    /// Registrations, uploads and listings as story 4.6 names them.
    case phoneManager = "phone-manager"

    enum Request: Int, CaseIterable, Hashable, Sendable {
        /// A new device, in a group that fills up.
        case register
        /// One location.
        case upload
        /// 25 locations.
        case batch
        /// The devices of the own group with their last locations.
        case list

        var name: String {
            switch self {
            case .register: "device registration"
            case .upload: "single upload"
            case .batch: "batch upload (25)"
            case .list: "group listing"
            }
        }
    }

    /// Of a hundred requests. The story names the requests and not their shares: a phone uploads far more often than it
    /// asks, comes back from a dead spot now and then, and is new once.
    func share(of request: Request) -> Int {
        switch request {
        case .register: 5
        case .upload: 60
        case .batch: 10
        case .list: 25
        }
    }

    /// The request for a number that is spread evenly from 0 up to 100.
    func request(at place: Double) -> Request {
        var end = 0.0
        for request in Request.allCases {
            end += Double(share(of: request))
            if place < end { return request }
        }
        return .list
    }
}
