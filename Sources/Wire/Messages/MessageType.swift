/// The `type` of a message a client may send.
enum ClientMessageType: CaseIterable {
    case location
    case locations
    case watch
    case unwatch
    case presence
    case message
    case typing
    case read
    case sync
    case ping

    var name: StaticString {
        switch self {
        case .location: "location"
        case .locations: "locations"
        case .watch: "watch"
        case .unwatch: "unwatch"
        case .presence: "presence"
        case .message: "message"
        case .typing: "typing"
        case .read: "read"
        case .sync: "sync"
        case .ping: "ping"
        }
    }

    init?(_ text: JSONText, of reader: borrowing JSONReader) {
        for type in ClientMessageType.allCases where reader.text(text, is: type.name) {
            self = type
            return
        }
        return nil
    }
}
