internal import Model
internal import Persistence
internal import Wire

/// The export as GeoJSON (RFC 7946): a collection of points, longitude first, with the device as a foreign member.
struct GeoJSONExport: ExportText {
    private var count = 0

    mutating func begin(_ subject: ExportSubject, to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in
            json.beginObject()
            json.member("type", "FeatureCollection")
            json.member("exportedAt", subject.exportedAt)
            json.object("device") { $0.exportedMembers(of: subject) }
            json.name("features")
            json.beginArray()
        }
    }

    mutating func append(_ location: DeviceExport.Location, to bytes: inout [UInt8]) {
        if count > 0 { bytes.append(UInt8(ascii: ",")) }
        count += 1
        let fix = location.fix
        JSONWriter.append(to: &bytes) { json in
            json.object { json in
                json.member("type", "Feature")
                json.object("geometry") { json in
                    json.member("type", "Point")
                    json.array("coordinates") { json in
                        json.value(fix.longitude)
                        json.value(fix.latitude)
                        if let altitude = fix.altitude { json.value(altitude) }
                    }
                }
                json.object("properties") { json in
                    json.member("timestamp", fix.capturedAt)
                    json.member("accuracy", fix.accuracy)
                    json.member("bearing", fix.bearing)
                    json.member("speed", fix.speed)
                    json.member("provider", fix.provider)
                    json.member("batteryLevel", fix.batteryLevel)
                    json.member("networkType", fix.networkType)
                    json.member("receivedAt", location.receivedAt)
                }
            }
        }
    }

    mutating func end(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "],\"locationCount\":\(count)}".utf8)
    }
}
