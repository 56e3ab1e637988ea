import Testing

@testable import Accounts

@Suite struct `An invitation's code` {
    @Test func `is one of its alphabet, and no other's`() {
        var seen: Set<InvitationCode> = []
        for _ in 0..<200 {
            let code = InvitationCode.random()
            #expect(code.text.wholeMatch(of: /[0-9A-HJKMNP-TV-Z]{12}/) != nil)
            #expect(seen.insert(code).inserted)
            #expect(InvitationCode(code.grouped) == code)
            #expect(InvitationCode(code.text.lowercased()) == code)
        }
        // Every character comes up; that one of 32 does not in 2,400 is one in 10³².
        #expect(Set(seen.flatMap { Array($0.text) }).count == 32)
    }

    @Test(arguments: [
        ("01AB CDEF GH89", "01ABCDEFGH89"), ("oiab-cdef-gh89", "01ABCDEFGH89"), ("OLAB-CDEF-GH89", "01ABCDEFGH89"),
        ("0-1-A-B-C-D-E-F-G-H-8-9", "01ABCDEFGH89"),
    ])
    func `is read however people write it`(written: String, code: String) {
        #expect(InvitationCode(written)?.text == code)
    }

    @Test(arguments: [
        "", "01ABCDEFGH8", "01ABCDEFGH890", "01ABCDEFGHU9", "01ABCDEFGH8!", "01ABCDEFGHé", "------------",
        "0-1-A-B-C-D-E-F-G-H-8-9--", "０１ＡＢＣＤＥＦＧＨ８９", "01ABCDEFGH8\u{0}",
    ])
    func `is not what looks a little like one`(written: String) { #expect(InvitationCode(written) == nil) }
}

@Suite struct `A group's name` {
    @Test(arguments: [
        ("Family", "Family"), ("  Family\t", nil), (" Family ", "Family"), ("\u{3000}Family\u{A0}", "Family"),
        ("A", "A"), ("👨‍👩‍👧", "👨‍👩‍👧"), ("", nil), ("   ", nil), ("a\nb", nil), ("a\u{0}b", nil), ("a\u{85}b", nil),
        ("\u{202E}b", nil), ("a\u{2069}", nil), ("\u{2028}", nil), ("\u{E000}", nil),
    ])
    func `is trimmed, and holds nothing that controls what stands around it`(written: String, name: String?) {
        #expect(GroupName(written)?.text == name)
    }

    @Test func `is counted in scalars, without the spaces around it`() {
        #expect(GroupName(String(repeating: "é", count: 100)) != nil)
        #expect(GroupName(" " + String(repeating: "é", count: 100) + " ") != nil)
        #expect(GroupName(String(repeating: "é", count: 101)) == nil)
    }
}
