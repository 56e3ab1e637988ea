import FeatureKit
import HTTP
import Model
import Wire

@testable import Phones

private let now = Timestamp(milliseconds: 1_764_151_200_000)
private let rules = FixRules()

/// The first byte says what the rest is: a message of OwnTracks, a report of OsmAnd's or Traccar's, or fields with a token.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
    guard let choice = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    switch choice % 3 {
    case 0: ownTracks(rest)
    case 1: osmAnd(rest, agent: choice >= 128 ? "OsmAnd/4.7" : nil)
    default: credentials(rest)
    }
    return 0
}

// MARK: OwnTracks

private func ownTracks(_ body: [UInt8]) {
    let report: OwnTracksReport
    do throws(Problem) { report = try OwnTracksReport(body) } catch {
        check(error)
        return
    }
    precondition(report.positions.count <= OwnTracksReport.mostMessages, "too many messages")
    store(report.positions) { report.name(of: $1, at: $0) }
    // A message alone is the same as in an array.
    let first = body.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
    guard first == UInt8(ascii: "{") else { return }
    let array = try? OwnTracksReport([UInt8(ascii: "[")] + body + [UInt8(ascii: "]")])
    precondition(array?.positions == report.positions, "an array changes a message")
}

// MARK: OsmAnd and Traccar

private func osmAnd(_ bytes: [UInt8], agent: String?) {
    let asBody = read(Query(""), bytes, agent)
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    _ = OsmAndReport.credentials(query: Query(text), body: bytes)
    let asQuery = read(Query(text), [], agent)
    // A form says what a query says; what begins as JSON does is JSON, and a query never.
    if text.utf8.first(where: { $0 != 0x20 && !(0x09...0x0d).contains($0) }) != UInt8(ascii: "{") {
        precondition(asBody == asQuery, "a form is read as another query")
    }
}

/// Nothing if it was refused; what there is of a position otherwise.
private func read(_ query: Query, _ body: [UInt8], _ agent: String?) -> PhonePosition?? {
    do throws(Problem) {
        let report = try OsmAndReport(query: query, body: body, agent: agent, at: now)
        if let position = report.position { store([position]) { OsmAndReport.name(of: $1) } }
        return .some(report.position)
    } catch {
        check(error)
        return .none
    }
}

// MARK: What holds for all

/// What is stored of positions keeps the rules, and what is not is said.
private func store(_ positions: [PhonePosition], naming name: (Int, String) -> String) {
    for position in positions { precondition(Timestamp.writable.contains(position.capturedAt), "a time is none") }
    do throws(Problem) {
        let found = try PhoneFixes(positions, rules: rules, at: now, naming: name)
        precondition(found.fixes.count + found.late == positions.count, "a position is lost")
        for fix in found.fixes { precondition(rules.violations(of: fix, at: now).isEmpty, "a fix breaks a rule") }
    } catch {
        check(error)
        precondition(!error.details.isEmpty, "nothing is said of what is wrong")
    }
}

private func check(_ problem: Problem) {
    precondition((400..<500).contains(problem.status.code), "the hub is to blame")
    precondition(!problem.message.isEmpty, "a refusal says nothing")
    for error in problem.details {
        precondition(!error.field.isEmpty && error.field.utf8.count < 100 && error.message.utf8.count < 200)
    }
}

private func credentials(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = text.split(separator: "\n", maxSplits: 1).map(String.init)
    var headers = HTTPHeaders()
    if let first = lines.first { headers.append("Authorization", first) }
    if lines.count > 1 { headers.append("X-Limit-D", lines[1]) }
    _ = PhoneCredentials.password(in: headers)
    _ = PhoneCredentials.token(in: headers, or: [text])
}
