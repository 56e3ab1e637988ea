import Glibc
import Model
import WebSocket
import Wire

// Prints nanoseconds a message for the encodings of the hot path. Run in release, on an idle machine:
// swift run -c release WireBenchmark
// With tracks, the bytes a fix takes instead:
// swift run -c release WireBenchmark --tracks DIR

if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--tracks" {
    TrackSizes(tracks: try RecordedTrack.all(in: CommandLine.arguments[2])).report()
    exit(0)
}

/// Calls `body` in rounds and prints the fastest round's CPU time a call: what else the machine does only adds.
func measure(_ name: String, _ body: () -> Int) {
    let calls = 2000
    var fastest = Int.max
    var sink = 0
    for _ in 0..<50 {
        let start = cpuNanoseconds()
        for _ in 0..<calls { sink &+= body() }
        fastest = min(fastest, cpuNanoseconds() - start)
    }
    print("\(name): \(fastest / calls) ns", terminator: sink == .min ? " \n" : "\n")
}

func cpuNanoseconds() -> Int {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
}

let now = Timestamp(milliseconds: 1_795_000_000_000)
let decoder = ClientMessageDecoder()
let group = GroupID("family-1")
let device = DeviceID(UniqueID(high: 0x0190_c3a4_1111_7222, low: 0x8333_4444_5555_6666))
let fix = Fix(
    capturedAt: Timestamp(milliseconds: 1_794_999_999_123), latitude: 52.520008, longitude: 13.404954, accuracy: 4.5,
    bearing: 271.3, speed: 1.42, provider: "gps", batteryLevel: 85)

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

let location = bytes(
    """
    {"type":"location","id":1234,"timestamp":1794999999123,"latitude":52.520008,"longitude":13.404954,"accuracy":4.5,\
    "bearing":271.3,"speed":1.42,"batteryLevel":85}
    """)
let typeLast = bytes(
    """
    {"id":1234,"timestamp":1794999999123,"latitude":52.520008,"longitude":13.404954,"accuracy":4.5,"bearing":271.3,\
    "speed":1.42,"batteryLevel":85,"type":"location"}
    """)
let textTime = bytes(
    """
    {"type":"location","id":1234,"timestamp":"2026-11-18T10:39:59.123Z","latitude":52.520008199999997,\
    "longitude":13.404953999999999,"accuracy":4.5}
    """)
var batch: [UInt8] = []
ClientMessageEncoder.encode(ClientEnvelope(id: 1, .locations(Array(repeating: fix, count: 50))), to: &batch)
var positions: [UInt8] = []
let twenty = Array(repeating: DevicePosition(device: device, fix: fix), count: 20)
if let group { HubMessageEncoder.positions(twenty, in: group, to: &positions) }
var output: [UInt8] = []
output.reserveCapacity(65536)

func decoded(_ text: [UInt8]) -> Int { (try? decoder.decode(text, at: now)) == nil ? 0 : 1 }

measure("decode location, \(location.count) bytes") { decoded(location) }
measure("decode location, type last") { decoded(typeLast) }
measure("decode location, RFC 3339 time and 17 digits, \(textTime.count) bytes") { decoded(textTime) }
measure("decode locations of 50, \(batch.count) bytes") { decoded(batch) }
measure("decode positions of 20, \(positions.count) bytes") {
    (try? HubMessageDecoder.decode(positions)) == nil ? 0 : 1
}
measure("encode location") {
    output.removeAll(keepingCapacity: true)
    ClientMessageEncoder.encode(ClientEnvelope(id: 1234, .location(fix)), to: &output)
    return output.count
}
if let group {
    measure("encode positions of 1") {
        output.removeAll(keepingCapacity: true)
        HubMessageEncoder.positions(in: group, to: &output) { $0.append(device, fix) }
        return output.count
    }
    measure("encode positions of 20") {
        output.removeAll(keepingCapacity: true)
        HubMessageEncoder.positions(in: group, to: &output) { list in
            for position in twenty { list.append(position.device, position.fix) }
        }
        return output.count
    }
}
measure("encode ack") {
    output.removeAll(keepingCapacity: true)
    HubMessageEncoder.ack(re: 1234, processed: 1, to: &output)
    return output.count
}

// What deflating adds, once for all who watch, and inflating a message on the other side. With other places than above,
// because one that repeats costs less.
if let group {
    for count in [1, 2, 5, 20] {
        var frames = PositionsFrames(form: .json, group: group, members: count)
        let positions = (0..<count).map { number in
            var varied = fix
            varied.latitude += Double(number * number) * 0.001_371
            varied.longitude -= Double(number * number) * 0.002_713
            varied.speed = Double(number) * 0.37
            return (number, varied)
        }
        let plain = PreparedFrame(text: frames.frame(positions))
        let deflater = FrameDeflater(.stream)
        let deflated = deflater.deflated(plain)
        measure("deflate positions of \(count), \(plain.bytes.count) bytes to \(deflated.bytes.count)") {
            deflater.deflated(plain).bytes.count
        }
        guard deflated.isCompressed else { continue }
        let resources = CodecResources()
        measure("inflate positions of \(count)") {
            var parser = FrameParser(
                peer: .server, maximumMessageBytes: 1 << 20, compression: InflateSettings(keepsContext: false),
                resources: resources)
            return (try? unsafe parser.parse(deflated.bytes.span.bytes) { _, _ in true }) ?? 0
        }
    }
}

// The same over presence.v1.packed.
var packedEncoder = PackedClientMessageEncoder()
var firstPacked: [UInt8] = []
packedEncoder.encode(ClientEnvelope(id: 1234, .location(fix)), to: &firstPacked)
var packedLocation: [UInt8] = []
packedEncoder.encode(ClientEnvelope(id: 1234, .location(fix)), to: &packedLocation)
let packedDecoder = PackedClientMessageDecoder()
let packedReference = PackedReference(fix)
measure("decode packed location, \(packedLocation.count) bytes") {
    var reference = packedReference
    return (try? packedDecoder.decode(packedLocation, after: &reference, at: now)) == nil ? 0 : 1
}
if let group {
    var packedGroup = PackedGroupEncoder(group, number: 1000)
    for count in [1, 20] {
        measure("encode packed positions of \(count)") {
            output.removeAll(keepingCapacity: true)
            packedGroup.beginPositions(count, to: &output)
            for member in 0..<count { _ = packedGroup.append(fix, of: member, to: &output) }
            return output.count
        }
    }
}
