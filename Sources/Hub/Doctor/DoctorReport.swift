internal import Configuration
internal import Wire

/// What `hubd doctor` found, in the order in which it looked.
struct DoctorReport: Equatable, Sendable {
    var findings: [Finding] = []

    var worst: Finding.Level { findings.map(\.level).max() ?? .ok }

    /// 0 if all is well, 1 with warnings, 2 with errors.
    var exitCode: ExitCode {
        switch worst {
        case .ok: .success
        case .warning: .failure
        case .error: .brokenInstallation
        }
    }

    /// For people: a line a finding, and two more for what is not well.
    var text: String {
        var text = ""
        for finding in findings {
            let mark = finding.level.name.uppercased()
            text += mark + String(repeating: " ", count: 9 - mark.count) + "\(finding.check): \(finding.found)\n"
            if let meaning = finding.meaning { text += "         \(meaning)\n" }
            if let remedy = finding.remedy { text += "         -> \(remedy)\n" }
        }
        let (warnings, errors) = (count(.warning), count(.error))
        return text + "\(findings.count) checks, \(warnings) warnings, \(errors) errors\n"
    }

    /// `{"worst":…,"warnings":…,"errors":…,"findings":[{"check","level","found","meaning","remedy"}]}`
    var json: String {
        let bytes = JSONWriter.bytes { json in
            json.object { json in
                json.member("worst", worst.name)
                json.member("warnings", count(.warning))
                json.member("errors", count(.error))
                json.array("findings") { json in
                    for finding in findings {
                        json.object { json in
                            json.member("check", finding.check)
                            json.member("level", finding.level.name)
                            json.member("found", finding.found)
                            json.member("meaning", finding.meaning)
                            json.member("remedy", finding.remedy)
                        }
                    }
                }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func count(_ level: Finding.Level) -> Int { findings.count { $0.level == level } }
}
