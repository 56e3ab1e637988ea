import Crypto
import HubTesting
import Mail
import Model
import Testing

@testable import Accounts
@testable import Jobs

@Suite(.timeLimit(.minutes(2))) struct `A mail about an account` {
    @Test func `is sent with a token of which the database has the hash alone`() async throws {
        try await MailFixture.with { fixture in
            let user = try await fixture.person("Ada", email: "ada@example.test")
            try await fixture.order(.resetPassword, to: user)
            let before = try await fixture.everythingStored()
            #expect(!before.contains("ada@example.test"))
            try await fixture.running(fixture.hub()) {
                let mail = try await fixture.server.mails(1)[0]
                #expect(mail.to == ["ada@example.test"])
                #expect(mail["Subject"] == "Choose a new password for Test Hub")
                #expect(mail["Auto-Submitted"] == "auto-generated")
                #expect(mail.text.contains("Hello Ada,"))
                let token = try token(of: mail)
                #expect(mail.html.contains("https://app.example.test/reset-password#token=\(token)"))
                try await fixture.eventually("the job is done") { try await fixture.jobCount() == 0 }
                let after = try await fixture.everythingStored()
                #expect(!after.contains(token))
                #expect(after.contains(Hexadecimal.encode(SHA256.hash(Array(token.utf8)))))
                #expect(!fixture.log.text.contains(token))
                #expect(!fixture.log.text.contains("ada"))
                #expect(fixture.metric(#"hub_mails_total{purpose="reset_password",result="sent"}"#) == 1)
            }
        }
    }

    @Test func `is sent by the next hub, if the one that was asked is gone, or stops in the middle`() async throws {
        let stalled = try await TestMailServer.start(stalls: true)
        try await MailFixture.with { fixture in
            let user = try await fixture.person(isVerified: false)
            // Asked for, and nobody there to send it.
            try await fixture.order(.verifyEmail, to: user)
            try await fixture.order(.resetPassword, to: user)
            try await fixture.running(fixture.hub("hub-1", mailServer: stalled.url)) {
                try await fixture.eventually("a mail is on its way") { stalled.connections > 0 }
            }
            #expect(try await fixture.jobCount() == 2)
            try await fixture.running(fixture.hub("hub-2")) {
                try await fixture.eventually("the jobs are done") { try await fixture.jobCount() == 0 }
            }
            #expect(fixture.server.mails.count == 2)
        }
    }

    @Test func `is sent once, however many hubs there are`() async throws {
        try await MailFixture.with { fixture in
            for _ in 0..<20 { try await fixture.order(.passwordChanged, to: fixture.person()) }
            try await fixture.running(fixture.hub("hub-1"), fixture.hub("hub-2"), fixture.hub("hub-3")) {
                try await fixture.eventually("the jobs are done") { try await fixture.jobCount() == 0 }
            }
            #expect(fixture.server.mails.count == 20)
            #expect(Set(fixture.server.mails.flatMap(\.to)).count == 20)
            #expect(Set(fixture.server.mails.compactMap { $0["Message-ID"] }).count == 20)
        }
    }

    @Test func `is tried again where the server puts it off, as the same mail`() async throws {
        try await MailFixture.with { fixture in
            let user = try await fixture.person()
            try fixture.server.answer("data", with: "451 4.3.0 later")
            try await fixture.order(.resetPassword, to: user)
            let deferred = #"hub_mails_total{purpose="reset_password",result="deferred"}"#
            try await fixture.running(fixture.hub()) {
                try await fixture.eventually("it was put off") { fixture.metric(deferred) >= 1 }
                try fixture.server.answer("data", with: nil)
                try await fixture.eventually("it is sent") {
                    try await fixture.hurry()
                    return !fixture.server.mails.isEmpty
                }
                try await fixture.eventually("the job is done") { try await fixture.jobCount() == 0 }
            }
            // One that was put off may have come after all: every token works.
            #expect(
                try await fixture.count("SELECT count(*) FROM accounts.mail_tokens") == fixture.metric(deferred) + 1)
            #expect(try await fixture.count("SELECT count(DISTINCT mail_id) FROM accounts.mail_tokens") == 1)
        }
    }

    @Test func `is given up where the server refuses it, and the reason names nobody`() async throws {
        try await MailFixture.with { fixture in
            let user = try await fixture.person(email: "nobody@example.test")
            try fixture.server.answer("rcpt", with: "550 5.1.1 <nobody@example.test> unknown")
            try await fixture.order(.resetPassword, to: user)
            try await fixture.running(fixture.hub()) {
                try await fixture.eventually("it is dead") {
                    try await fixture.count("SELECT count(*) FROM core.dead_jobs") == 1
                }
            }
            let dead = try #require(try await fixture.queue.dead(limit: 1).first)
            #expect(dead.reason == "the mail server refused with 550")
            #expect(dead.attempts == 1)
            #expect(!fixture.log.text.contains("nobody@"))
            #expect(try await !fixture.everythingStored().contains("nobody@"))
        }
    }

    @Test func `waits while the server is gone`() async throws {
        try await MailFixture.with { fixture in
            try await fixture.order(.passwordChanged, to: fixture.person())
            try await fixture.running(fixture.hub(mailServer: "smtp://127.0.0.1:1")) {
                let deferred = #"hub_mails_total{purpose="password_changed",result="deferred"}"#
                try await fixture.eventually("it was tried") { fixture.metric(deferred) > 0 }
            }
            #expect(try await fixture.jobCount() == 1)
        }
    }

    @Test func `goes to nobody who is not there, needs none, has had too many, or has waited too long`() async throws {
        try await MailFixture.with { fixture in
            let dropped = { (purpose: String) in
                fixture.metric(#"hub_mails_total{purpose="\#(purpose)",result="dropped"}"#)
            }
            let user = try await fixture.person()
            try await fixture.order(.resetPassword, to: UserID(.version7(at: fixture.clock.now)))
            try await fixture.order(.verifyEmail, to: user)
            try await fixture.running(fixture.hub()) {
                try await fixture.eventually("those are dropped") {
                    dropped("reset_password") == 1 && dropped("verify_email") == 1
                }
                for number in 0..<6 {
                    try await fixture.order(.resetPassword, to: user)
                    try await fixture.eventually("it is decided") {
                        fixture.server.mails.count + dropped("reset_password") - 1 == number + 1
                    }
                }
                #expect(fixture.server.mails.count == 5)
                fixture.clock.advance(by: .seconds(3601))
                try await fixture.order(.resetPassword, to: user)
                _ = try await fixture.server.mails(6)
                try await fixture.eventually("the jobs are done") { try await fixture.jobCount() == 0 }
            }
            try await fixture.order(.resetPassword, to: user)
            fixture.clock.advance(by: .seconds(3601))
            try await fixture.running(fixture.hub()) {
                try await fixture.eventually("that is too late") { dropped("reset_password") == 3 }
            }
            #expect(fixture.server.mails.count == 6)
        }
    }

    @Test func `lets a name be no more than a name, and shows none to an address that may be another's`() async throws {
        let hostile = "<b onclick=\"x\">{{token}}</b> & 'Co'"
        try await MailFixture.with { fixture in
            try await fixture.order(.passwordChanged, to: fixture.person(hostile))
            try await fixture.running(fixture.hub()) {
                _ = try await fixture.server.mails(1)
                try await fixture.eventually("the job is done") { try await fixture.jobCount() == 0 }
            }
            try await fixture.order(.verifyEmail, to: fixture.person(hostile, isVerified: false))
            try await fixture.running(fixture.hub()) {
                _ = try await fixture.server.mails(2)
                try await fixture.eventually("the job is done") { try await fixture.jobCount() == 0 }
            }
            let mails = fixture.server.mails
            #expect(mails[0].text.contains("Hello \(hostile),"))
            #expect(
                mails[0].html.contains("Hello &lt;b onclick=&quot;x&quot;&gt;{{token}}&lt;/b&gt; &amp; &#39;Co&#39;,"))
            #expect(mails[1].text.hasPrefix("Hello,\r\n"))
            #expect(!mails[1].message.contains("onclick"))
            #expect(mails[1]["To"]?.hasPrefix("<") == true)
        }
    }

    @Test func `is as an operator writes it, and as it was where that cannot be used`() async throws {
        try await MailFixture.with { fixture in
            try await fixture.order(.passwordChanged, to: fixture.person())
            let texts = [
                "password_changed.subject": "Změna hesla – {{service}}", "password_changed.txt": "{{password}}",
                "password_changed.html": "<i>{{time}}</i>",
            ]
            try await fixture.running(fixture.hub(texts: texts)) {
                let mail = try await fixture.server.mails(1)[0]
                #expect(mail["Subject"]?.hasPrefix("=?UTF-8?B?") == true)
                #expect(mail.text.contains("was changed at 2027-01-15T08:00:00.000Z"))
                #expect(mail.html == "<i>2027-01-15T08:00:00.000Z</i>\r\n")
            }
            #expect(fixture.log.text.contains("has a place {{password}}, which this mail does not fill"))
        }
    }
}
