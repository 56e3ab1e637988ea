import Model
import Wire

/// Finds the person that somebody means: `@username`, or an id.
enum PersonName {
    static func resolve(_ text: String, _ api: PersonAPI) throws(CommandFailure) -> (id: String, name: String) {
        let username = text.hasPrefix("@") ? String(text.dropFirst()) : text
        if let id = UniqueID(username) { return (id.description, id.description) }
        guard !username.isEmpty else { throw .usage("a person is named by @username or an id") }
        let answer = try api.call(.get, "/api/v1/users?username=\(PersonAPI.escaped(username))")
        guard let id = answer["id"]?.string?.lowercased(), UniqueID(id) != nil else {
            throw CommandFailure(.fault, "the hub's answer could not be understood")
        }
        return (id, PlainText.line(answer["username"]?.string ?? username))
    }
}
