package import Model

/// Writes the bodies of the core's responses.
package enum ResponseEncoder {
    /// `{"devices":[…]}` (story 3.5), in the order given; `status`, `note` and every member of the last fix too.
    ///
    /// - Parameter write: Writes each device with ``JSONWriter/groupMember(_:_:_:_:)`` or `value(_: GroupMember)`.
    package static func devices(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        JSONWriter.bytes { json in
            json.object { $0.array("devices", write) }
        }
    }

    package static func devices(_ members: [GroupMember]) -> [UInt8] {
        devices { json in
            for member in members { json.value(member) }
        }
    }

    /// The answer to a registration (story 2.1).
    package static func registered(_ device: Device) -> [UInt8] {
        JSONWriter.bytes { json in
            json.object {
                $0.member("deviceId", device.id.rawValue)
                $0.member("displayName", device.displayName)
                $0.member("groupId", device.group.rawValue)
                $0.member("platform", device.platform)
                $0.member("createdAt", device.createdAt)
                $0.member("updatedAt", device.updatedAt)
            }
        }
    }

    /// The answer to an upload (stories 3.1 and 3.2).
    package static func processed(_ count: Int) -> [UInt8] {
        JSONWriter.bytes { json in
            json.object {
                $0.member("success", true)
                $0.member("processedCount", count)
            }
        }
    }

    /// The answer to a request for a ticket; `ticket` is opaque.
    package static func ticket(_ ticket: String, expiresAt: Timestamp) -> [UInt8] {
        JSONWriter.bytes { json in
            json.object {
                $0.member("ticket", ticket)
                $0.member("expiresAt", expiresAt)
            }
        }
    }

    /// A problem document (RFC 9457, rule 3 of the contract), to be sent as `application/problem+json`.
    ///
    /// - Parameters:
    ///   - status: The status of the answer, if another than the code's own.
    ///   - retryAfter: Seconds, as in the `Retry-After` header that goes with it.
    package static func problem(
        _ refusal: Refusal, status: Int? = nil, requestID: String?, retryAfter: Int? = nil
    ) -> [UInt8] {
        JSONWriter.bytes { json in
            json.object {
                $0.name("type")
                $0.value("about:blank")
                $0.name("title")
                $0.value("\(refusal.code.title)")
                $0.member("status", status ?? refusal.code.httpStatus)
                $0.member("error", refusal.code.rawValue)
                $0.member("message", refusal.message)
                $0.details(refusal.details)
                $0.member("requestId", requestID)
                $0.member("retryAfter", retryAfter)
            }
        }
    }
}
