import Model

/// Reads the bodies of the core's responses; for clients.
package enum ResponseDecoder {
    /// The devices of a listing (story 3.5).
    package static func devices(_ body: [UInt8]) throws(Refusal) -> [GroupMember] {
        let object = try self.object(body)
        var members: [GroupMember] = []
        for device in try object.objects("devices") { members.append(try device.groupMember()) }
        return members
    }

    /// A problem document; `re` is `nil`.
    package static func problem(_ body: [UInt8]) throws(Refusal) -> HubMessage.Failure {
        guard case .error(let failure) = try object(body).message(of: "error") else {
            throw Refusal(.invalidFormat, message: "Not a problem document")
        }
        return failure
    }

    private static func object(_ body: [UInt8]) throws(Refusal) -> HubObject {
        do throws(JSONError) {
            return HubObject(try JSONValue(body))
        } catch {
            throw Refusal(malformed: error)
        }
    }
}
