package import FeatureKit
internal import Journeys
package import Model
internal import Wire

/// What a client sends of where somebody has been.
package struct IngestRequest: Hashable, Sendable {
    /// To be taken, in the order of the request.
    package var locations: [IngestedLocation] = []
    /// Not to be taken, by index.
    package var skipped: [SkippedLocation] = []
    package var device = DeviceLabels()
}

/// What a client says its device is; what it does not say stays as it is.
package struct DeviceLabels: Hashable, Sendable {
    package var name: String?
    package var platform: String?
    /// What the device calls itself.
    package var uuid: UniqueID?

    package init(name: String? = nil, platform: String? = nil, uuid: UniqueID? = nil) {
        self.name = name
        self.platform = platform
        self.uuid = uuid
    }
}

extension IngestRequest {
    /// One location, which is taken or refused.
    ///
    /// - Parameter now: The location's time if it says none.
    /// - Throws: With all that is wrong; `h3_mismatch` if that is the cell alone.
    package static func single(
        _ body: [UInt8], at now: Timestamp, limits: IngestLimits
    ) throws(Problem) -> IngestRequest {
        let object = try IngestRequest.object(body)
        var members = IngestMembers(object)
        let device = members.device(limits)
        let location = members.location(at: now, defaultTime: now, limits)
        try members.finish()
        guard let location else { throw .internal }
        var request = IngestRequest(device: device)
        request.note(location, at: 0, limits)
        return request
    }

    /// Up to ``IngestLimits/locationsPerBatch`` of them; those that are wrong are skipped.
    ///
    /// - Throws: If it is not that many, or what is said of the device is wrong.
    package static func batch(
        _ body: [UInt8], at now: Timestamp, limits: IngestLimits
    ) throws(Problem) -> IngestRequest {
        let object = try IngestRequest.object(body)
        var members = IngestMembers(object)
        let device = members.device(limits)
        let items = members.locations(limits)
        try members.finish()
        var request = IngestRequest(device: device)
        for (index, item) in items.enumerated() {
            guard case .object = item else {
                let detail = SkippedLocation.Detail(field: "location", message: "Location must be an object")
                request.skipped.append(
                    SkippedLocation(index: index, reason: .validationError, details: [detail]))
                continue
            }
            var members = IngestMembers(item)
            if let location = members.location(at: now, defaultTime: nil, limits) {
                request.note(location, at: index, limits)
            } else {
                request.skipped.append(
                    SkippedLocation(index: index, reason: members.reason, details: members.details))
            }
        }
        return request
    }

    private mutating func note(_ location: IngestMembers.Location, at index: Int, _ limits: IngestLimits) {
        if let accuracy = location.accuracy, accuracy > limits.worstAccuracy {
            skipped.append(SkippedLocation(index: index, reason: .inaccurate))
        } else {
            locations.append(IngestedLocation(index: index, point: location.point))
        }
    }

    private static func object(_ bytes: [UInt8]) throws(Problem) -> JSONValue {
        do throws(JSONError) {
            let value = try JSONValue(bytes)
            if case .object = value { return value }
        } catch {
            throw Problem(Refusal(malformed: error))
        }
        throw Problem(.invalidFormat, "A JSON object is expected")
    }
}
