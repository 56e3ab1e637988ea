import Foundation
internal import Glibc

/// A real mail server (`mail_server.py`, aiosmtpd) in a process of its own, which ends with this one at the latest.
package final class TestMailServer: @unchecked Sendable {
    /// `smtp` or `smtps` with the port it listens on.
    package let url: String
    package let port: Int
    private let folder: String
    private let lifeline: Int32
    private let pid: pid_t

    package enum Security: Sendable {
        case none
        /// TLS after STARTTLS, without which it takes nothing; by ``TestCertificates``.
        case startTLS
        /// TLS from the first byte.
        case tls
    }

    /// Why there is no server.
    package struct Failed: Error, CustomStringConvertible {
        package let description: String
    }

    /// A mail it has taken.
    package struct Mail: Decodable, Sendable {
        package let from: String
        package let to: [String]
        /// Header and body; a byte a character.
        package let message: String
        package let secured: Bool
        package let user: String?

        /// The text of the first part, or of the whole, decoded.
        package var text: String { TestMailServer.decoded(part(0)) }
        /// The text of the second part, decoded.
        package var html: String { TestMailServer.decoded(part(1)) }

        /// The value of a header field, unfolded.
        package subscript(name: String) -> String? {
            let header = message.components(separatedBy: "\r\n\r\n")[0].replacingOccurrences(of: "\r\n ", with: " ")
            return header.components(separatedBy: "\r\n").first { $0.hasPrefix("\(name): ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }

        private func part(_ number: Int) -> String {
            guard
                let boundary = self["Content-Type"]?.components(separatedBy: "boundary=\"").dropFirst().first?
                    .dropLast()
            else { return message.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n") }
            let parts = message.components(separatedBy: "--\(boundary)").dropFirst()
            let part = parts.dropFirst(number).first ?? ""
            return part.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n")
        }
    }

    /// - Parameters:
    ///   - account: Whom it asks to sign in.
    ///   - stalls: Whether it reads no more once a mail begins.
    package static func start(
        _ security: Security = .none, account: (name: String, password: String)? = nil, stalls: Bool = false
    ) async throws -> TestMailServer {
        let folder = try TestPostgres.temporaryDirectory("hub-test-mail")
        var words = [URL(filePath: #filePath).deletingLastPathComponent().path + "/mail_server.py", folder]
        let certificates = security == .none ? nil : try TestCertificates.shared.get()
        if let certificates {
            words += [security == .tls ? "--smtps" : "--starttls", certificates.certificate, certificates.key]
        }
        if let account { words += ["--auth", account.name, account.password] }
        if stalls { words.append("--stall") }
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw Failed(description: "no socket pair")
        }
        let pid = try spawn(words, input: ends[0], errors: folder + "/errors")
        close(ends[0])
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            if let port = (try? String(contentsOfFile: folder + "/port", encoding: .utf8)).flatMap({ Int($0) }) {
                return TestMailServer(security, port: port, folder: folder, lifeline: ends[1], pid: pid)
            }
            guard ContinuousClock.now < deadline, waitpid(pid, nil, WNOHANG) == 0 else {
                let errors = (try? String(contentsOfFile: folder + "/errors", encoding: .utf8)) ?? ""
                throw Failed(description: "no mail server (Debian: python3-aiosmtpd): \(errors.suffix(1000))")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private init(_ security: Security, port: Int, folder: String, lifeline: Int32, pid: pid_t) {
        self.port = port
        url = "\(security == .tls ? "smtps" : "smtp")://127.0.0.1:\(port)"
        self.folder = folder
        self.lifeline = lifeline
        self.pid = pid
    }

    deinit {
        close(lifeline)
        waitpid(pid, nil, 0)
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// What it has taken so far, in that order.
    package var mails: [Mail] {
        var mails: [Mail] = []
        while let data = FileManager.default.contents(atPath: folder + "/\(mails.count + 1).json"),
            let mail = try? JSONDecoder().decode(Mail.self, from: data)
        {
            mails.append(mail)
        }
        return mails
    }

    /// Waits until it has taken `count` mails.
    package func mails(_ count: Int) async throws -> [Mail] {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            let mails = mails
            if mails.count >= count { return mails }
            guard ContinuousClock.now < deadline else {
                throw Failed(description: "\(mails.count) mails came instead of \(count)")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// How many connections there were.
    package var connections: Int {
        ((try? String(contentsOfFile: folder + "/connections", encoding: .utf8)) ?? "").split(separator: "\n").count
    }

    /// From now on `step` (`mail`, `rcpt` or `data`) is answered so; nothing lets it succeed again.
    package func answer(_ step: String, with reply: String?) throws {
        try Data((reply ?? "").utf8).write(to: URL(filePath: folder + "/" + step), options: .atomic)
    }

    private static func spawn(_ words: [String], input: Int32, errors: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT, 0o600)
        // The system's, which has the system's packages.
        let python = "/usr/bin/python3"
        let arguments = ([python] + words).map { strdup($0) }
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, python, &actions, nil, arguments + [nil], environ) == 0 else {
            throw Failed(description: "python3 cannot be run")
        }
        return pid
    }

    /// Quoted-printable, decoded.
    private static func decoded(_ text: String) -> String {
        let bytes = Array(text.replacingOccurrences(of: "=\r\n", with: "").utf8)
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "="), index + 2 < bytes.count,
                let value = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
            {
                output.append(value)
                index += 3
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
