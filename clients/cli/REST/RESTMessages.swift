/// One request to the hub's REST interface.
struct RESTRequest: Hashable, Sendable {
    enum Method: String, Hashable, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    var method: Method
    /// From `/api` on, query included, already escaped.
    var path: String
    /// JSON, or nothing.
    var body: [UInt8]?

    init(_ method: Method, _ path: String, body: [UInt8]? = nil) {
        self.method = method
        self.path = path
        self.body = body
    }

    init(_ method: Method, _ path: String, json: JSONText) {
        self.init(method, path, body: Array(json.text.utf8))
    }
}

/// What came back.
enum RESTResult: Hashable, Sendable {
    case answered(RESTResponse)
    /// No answer; why, in libcurl's words.
    case unreachable(String)
}

struct RESTResponse: Hashable, Sendable {
    var status: Int
    /// `Retry-After` in seconds, where the hub gave one.
    var retryAfter: Double?
    var body: [UInt8]
}
