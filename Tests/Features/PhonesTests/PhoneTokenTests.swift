import Testing

@testable import Phones

@Suite struct PhoneTokenTests {
    @Test func `a token is 32 characters that nobody can guess`() {
        let tokens = (0..<200).map { _ in PhoneToken.generate().text }
        #expect(Set(tokens).count == 200)
        #expect(tokens.allSatisfy { $0.utf8.count == 32 && PhoneToken($0)?.text == $0 })
        for place in 0..<32 {
            // Of 32 digits at least half come in 200 draws.
            #expect(Set(tokens.map { Array($0)[place] }).count > 16)
        }
    }

    @Test func `how it is typed makes no difference`() {
        let text = "0123456789abcdefghjkmnpqrstvwxyz"
        for written in [
            text.uppercased(), "O123456789abcdefghjkmnpqrstvwxyz", "0l23456789abcdefghjkmnpqrstvwxyz",
            "0123 4567-89ab cdef-ghjk mnpq-rstv wxyz",
        ] { #expect(PhoneToken(written)?.text == text) }
        #expect(PhoneToken(text)?.hash == PhoneToken(text.uppercased())?.hash)
    }

    @Test(arguments: ["", "0123456789abcdefghjkmnpqrstvwxy", "u123456789abcdefghjkmnpqrstvwxyz", "ä", "0"])
    func `what has no token's form is none`(written: String) {
        #expect(PhoneToken(written) == nil)
        #expect(PhoneToken(String(repeating: "-", count: 65)) == nil)
    }

    @Test func `it is not shown by accident`() {
        let token = PhoneToken.generate()
        #expect(!"\(token)".contains(token.text) && !String(reflecting: token).contains(token.text))
    }
}
