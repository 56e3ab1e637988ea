package import Model

/// The list inside a `positions` message that is being written.
package struct PositionList: ~Copyable {
    var json: JSONWriter

    package mutating func append(_ device: DeviceID, _ fix: Fix) {
        json.beginObject()
        json.member("deviceId", device.rawValue)
        json.members(of: fix)
        json.endObject()
    }
}
