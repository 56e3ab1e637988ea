import EventLoop
import Foundation
import HTTPClient
import HubTesting
import Model
import Testing

@testable import Mail

/// Mails to a real server on loopback.
@Suite(.timeLimit(.minutes(2))) struct `Handing a mail to a server` {
    private static func message(
        to address: String = "ada@example.test", text: String = "Hi\n.\n..\nFrom x\n"
    ) throws -> MailMessage {
        MailMessage(
            from: try #require(Mailbox("Hub <hub@example.test>")),
            to: Mailbox(name: "Ada", address: try #require(MailAddress(address))), subject: "Hello", text: text,
            html: "<p>Hi</p>", id: UniqueID(high: 7, low: 7), date: Timestamp(milliseconds: 1_764_108_021_999))
    }

    private static func transport(
        _ url: String, _ change: (inout MailServer) -> Void = { $0.requiresTLS = false }
    ) throws -> MailTransport {
        var server = MailServer(url: url, from: try #require(Mailbox("Hub <hub@example.test>")))
        server.timeout = .seconds(60)
        change(&server)
        return MailTransport(server)
    }

    private static func failure(_ transport: MailTransport, _ message: MailMessage) async -> MailDeliveryFailure? {
        do throws(MailDeliveryFailure) {
            try await transport.deliver(message)
            return nil
        } catch {
            return error
        }
    }

    @Test func `brings it there whole, lines of dots included`() async throws {
        let server = try await TestMailServer.start()
        try await Self.transport(server.url).deliver(Self.message())
        let mail = try await server.mails(1)[0]
        #expect(mail.from == "hub@example.test")
        #expect(mail.to == ["ada@example.test"])
        #expect(mail.text == "Hi\r\n.\r\n..\r\nFrom x\r\n")
        #expect(mail.html == "<p>Hi</p>\r\n")
        #expect(mail["Subject"] == "Hello")
        #expect(!mail.secured)
    }

    @Test func `goes on with TLS and signs in, where that is asked for`() async throws {
        let authority = try TestCertificates.shared.get().authority
        for security in [TestMailServer.Security.startTLS, .tls] {
            let server = try await TestMailServer.start(security, account: ("hub", "pa ss\"wörd"))
            let transport = try Self.transport(server.url) {
                $0.caFile = authority
                $0.account = ("hub", "pa ss\"wörd")
            }
            try await transport.deliver(Self.message())
            let mail = try await server.mails(1)[0]
            #expect(mail.secured)
            #expect(mail.user == "hub")
        }
    }

    @Test func `says nothing to a server whose certificate is not trusted, or that offers no TLS`() async throws {
        let stranger = try TestCertificates.shared.get().strangerAuthority
        for security in [TestMailServer.Security.startTLS, .tls] {
            let server = try await TestMailServer.start(security, account: ("hub", "secret"))
            let transport = try Self.transport(server.url) {
                $0.caFile = stranger
                $0.account = ("hub", "secret")
            }
            #expect(await Self.failure(transport, try Self.message()) == .untrusted)
            #expect(server.mails.isEmpty)
        }
        let plain = try await TestMailServer.start()
        #expect(await Self.failure(try Self.transport(plain.url) { _ in }, try Self.message()) == .notSecured)
        #expect(plain.mails.isEmpty)
    }

    @Test func `tells wrong credentials from a refused mail`() async throws {
        let server = try await TestMailServer.start(.tls, account: ("hub", "secret"))
        let authority = try TestCertificates.shared.get().authority
        let wrong = try Self.transport(server.url) {
            $0.caFile = authority
            $0.account = ("hub", "guess")
        }
        let none = try Self.transport(server.url) { $0.caFile = authority }
        for transport in [wrong, none] {
            let failure = await Self.failure(transport, try Self.message())
            guard case .signInRefused = failure else {
                Issue.record("\(String(describing: failure))")
                continue
            }
            #expect(failure?.isPermanent == false)
        }
        #expect(server.mails.isEmpty)
    }

    @Test(arguments: ["mail", "rcpt", "data"])
    func `tells for good from for now, at every step`(step: String) async throws {
        let server = try await TestMailServer.start()
        let transport = try Self.transport(server.url)
        try server.answer(step, with: "550 5.1.1 no such user ada@example.test")
        let refused = await Self.failure(transport, try Self.message())
        #expect(refused == .refused(status: 550))
        #expect(refused?.isPermanent == true)
        #expect(refused.map { !"\($0)".contains("ada") } == true)
        try server.answer(step, with: "451 4.7.1 greylisted")
        let deferred = await Self.failure(transport, try Self.message())
        #expect(deferred == .deferred(status: 451))
        #expect(deferred?.isPermanent == false)
        try server.answer(step, with: nil)
        try await transport.deliver(Self.message())
        #expect(try await server.mails(1).count == 1)
    }

    @Test func `fails where nobody listens, and in time where the server stops reading`() async throws {
        let nobody = try Self.transport("smtp://127.0.0.1:1")
        guard case .cannotConnect = await Self.failure(nobody, try Self.message()) else {
            Issue.record("port 1 has answered")
            return
        }
        let server = try await TestMailServer.start(stalls: true)
        let transport = try Self.transport(server.url) {
            $0.requiresTLS = false
            $0.timeout = .seconds(1)
        }
        let large = try Self.message(text: String(repeating: "x", count: 16 << 20))
        #expect(await Self.failure(transport, large) == .timedOut)
    }

    @Test func `is given up when its task is cancelled`() async throws {
        let server = try await TestMailServer.start(stalls: true)
        let transport = try Self.transport(server.url)
        let message = try Self.message()
        let task = Task { await Self.failure(transport, message) }
        while server.connections == 0 { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        let failure = await task.value
        #expect(failure == .givenUp)
    }

    @Test func `many at once all come, each once`() async throws {
        let server = try await TestMailServer.start()
        let transport = try Self.transport(server.url)
        await withTaskGroup(of: MailDeliveryFailure?.self) { group in
            for number in 0..<20 {
                group.addTask {
                    guard let message = try? Self.message(to: "u\(number)@example.test") else { return .givenUp }
                    return await Self.failure(transport, message)
                }
            }
            for await failure in group { #expect(failure == nil) }
        }
        let mails = try await server.mails(20)
        #expect(Set(mails.flatMap(\.to)).count == 20)
        #expect(mails.count == 20)
    }

    @Test func `reaches an address beyond ASCII where the server can`() async throws {
        let server = try await TestMailServer.start()
        try await Self.transport(server.url).deliver(Self.message(to: "jörg@example.test"))
        #expect(try await server.mails(1)[0].to == ["jörg@example.test"])
    }
}
