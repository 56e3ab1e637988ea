package import Model

/// The list inside a `positions` message that is being written.
package struct PositionList: ~Copyable {
    var json: JSONWriter

    package mutating func append(_ device: DeviceID, _ fix: Fix) {
        json.position(of: device, fix)
    }
}
