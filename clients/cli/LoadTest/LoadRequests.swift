import Model
import TerminalText

/// Writes the requests of a load, each as it goes over the connection.
struct LoadRequests: Sendable {
    static let fixesPerBatch = 25

    let target: HubTarget

    func register(_ device: DeviceID, in group: GroupID) -> [UInt8] {
        post(
            "/api/v1/devices/register",
            #"{"deviceId":"\#(device)","displayName":"Load test","groupId":"\#(group)","platform":"android"}"#)
    }

    /// - Parameter place: Where the device is, any number.
    func upload(of device: DeviceID, at moment: Int64, place: Int) -> [UInt8] {
        post("/api/v1/locations", #"{"deviceId":"\#(device)",\#(fix(at: moment, place))}"#)
    }

    /// As ``upload(of:at:place:)``, of fixes a fifth of a second apart up to `moment`.
    func batch(of device: DeviceID, at moment: Int64, place: Int) -> [UInt8] {
        let fixes = (0..<LoadRequests.fixesPerBatch).map { index in
            "{" + fix(at: moment - Int64(LoadRequests.fixesPerBatch - 1 - index) * 200, place + index) + "}"
        }
        return post(
            "/api/v1/locations/batch", #"{"deviceId":"\#(device)","locations":[\#(fixes.joined(separator: ","))]}"#)
    }

    func list(_ group: GroupID) -> [UInt8] {
        Array("GET \(target.url.path)/api/v1/devices?groupId=\(group) HTTP/1.1\r\n\(headers)\r\n".utf8)
    }

    private func fix(at moment: Int64, _ place: Int) -> String {
        let offset = Quantity.decimal(Double(place % 10_000) / 100_000, 5)
        return #""timestamp":\#(moment),"latitude":48\#(offset.dropFirst()),"longitude":17\#(offset.dropFirst()),"#
            + #""accuracy":8,"speed":1.4,"bearing":90,"batteryLevel":80"#
    }

    private func post(_ path: String, _ body: String) -> [UInt8] {
        Array(
            ("POST \(target.url.path)\(path) HTTP/1.1\r\n\(headers)Content-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8)
    }

    private var headers: String {
        "Host: \(target.url.authority)\r\nX-API-Key: \(target.key)\r\nUser-Agent: hubctl/\(Version.text)\r\n"
    }
}
