import EventLoop
import HubTesting
import Testing

@Suite struct `An IP address` {
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("::", "::"),
        ("::1", "::1"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("::ffff:10.1.2.3", "10.1.2.3"),
        ("::ffff:0a01:0203", "10.1.2.3"), ("1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ])
    func `is read and written`(text: String, written: String) {
        #expect(IPAddress(text)?.description == written)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\u{0}", "0x7f.0.0.1",
        "localhost", ":::", "1::2::3", "12345::", "[::1]", "::1%lo", "1.2.3.4:80", "::ffff:1.2.3", "unknown", "１.2.3.4",
        "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2551",
    ])
    func `is nothing else`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `comes out of its text as it went in`() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2000 {
            let four = IPAddress(ipv4: UInt32(truncatingIfNeeded: generator.next()))
            #expect(IPAddress(four.description) == four)
            // Many zeros, which the text leaves out.
            let mask = generator.next() & generator.next() & generator.next()
            let six = IPAddress(ipv6: generator.next() & mask, generator.next() & mask)
            #expect(IPAddress(six.description) == six)
        }
    }
}
