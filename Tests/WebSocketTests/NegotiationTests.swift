import Testing

@testable import WebSocket

@Suite struct `The negotiation of compression` {
    private static func options(_ change: (inout DeflateOptions) -> Void) -> DeflateOptions {
        var options = DeflateOptions()
        change(&options)
        return options
    }

    static let accepted: [(offer: String, options: DeflateOptions, answer: String)] = [
        ("permessage-deflate", DeflateOptions(), "permessage-deflate"),
        ("permessage-deflate; client_max_window_bits", DeflateOptions(), "permessage-deflate"),
        (
            "permessage-deflate; client_max_window_bits=10", DeflateOptions(),
            "permessage-deflate; client_max_window_bits=10"
        ),
        (
            "permessage-deflate; client_max_window_bits=\"10\"", DeflateOptions(),
            "permessage-deflate; client_max_window_bits=10"
        ),
        (
            "permessage-deflate; server_max_window_bits=8", DeflateOptions(),
            "permessage-deflate; server_max_window_bits=8"
        ),
        (
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover", DeflateOptions(),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        ),
        (
            "permessage-deflate; client_max_window_bits", options { $0.clientMaxWindowBits = 9 },
            "permessage-deflate; client_max_window_bits=9"
        ),
        ("permessage-deflate", options { $0.clientMaxWindowBits = 9 }, "permessage-deflate"),
        (
            "permessage-deflate", options { $0.serverMaxWindowBits = 12 }, "permessage-deflate"
        ),
        (
            "permessage-deflate; server_max_window_bits=15", options { $0.serverMaxWindowBits = 12 },
            "permessage-deflate; server_max_window_bits=12"
        ),
        (
            "permessage-deflate",
            options {
                $0.serverNoContextTakeover = true
                $0.clientNoContextTakeover = true
            },
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        ),
        ("x-other; a=b, , permessage-deflate", DeflateOptions(), "permessage-deflate"),
        (
            "permessage-deflate; server_max_window_bits=16, permessage-deflate; server_max_window_bits=14",
            DeflateOptions(), "permessage-deflate; server_max_window_bits=14"
        ),
    ]

    @Test(arguments: accepted)
    func `answers the first offer it can meet`(offer: String, options: DeflateOptions, answer: String) throws {
        let offers = try #require(ExtensionOffer.list(offer))
        #expect(DeflateAgreement.answer(offers, options: options)?.header == answer)
    }

    static let declined = [
        "", "x-webkit-deflate-frame", "permessage-deflate; unknown", "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=010", "permessage-deflate; server_max_window_bits=+9",
        "permessage-deflate; client_max_window_bits=7", "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
    ]

    @Test(arguments: declined) func `declines an offer it cannot meet`(offer: String) throws {
        let offers = try #require(ExtensionOffer.list(offer))
        #expect(DeflateAgreement.answer(offers, options: DeflateOptions()) == nil)
    }

    static let malformed = [
        "permessage-deflate;", "permessage-deflate; =1", "permessage-deflate; a=", "a b", "a; b=\"\"", "a; b=\"c",
        "a; b=\"c d\"", "\"a\"", "a;;b", "ä",
    ]

    @Test(arguments: malformed) func `takes nothing from a header that breaks the grammar`(header: String) {
        #expect(ExtensionOffer.list(header) == nil)
    }

    @Test func `gives a client's offer an answer the client understands`() throws {
        var client = DeflateOptions()
        client.serverMaxWindowBits = 11
        client.clientNoContextTakeover = true
        var server = DeflateOptions()
        server.clientMaxWindowBits = 10
        server.serverNoContextTakeover = true
        let offers = try #require(ExtensionOffer.list(DeflateAgreement.offer(client)))
        let answer = try #require(DeflateAgreement.answer(offers, options: server))
        let element = try #require(ExtensionOffer.list(answer.header)?.first)
        #expect(DeflateAgreement(element, to: client) == answer.agreement)
        #expect(answer.agreement.clientMaxWindowBits == 10)
        #expect(answer.agreement.serverMaxWindowBits == 11)
        #expect(answer.agreement.serverNoContextTakeover && answer.agreement.clientNoContextTakeover)
    }

    static let unacceptable: [(String, DeflateOptions)] = [
        ("permessage-deflate; unknown", DeflateOptions()), ("x-other", DeflateOptions()),
        ("permessage-deflate; client_max_window_bits", DeflateOptions()),
        ("permessage-deflate", options { $0.serverNoContextTakeover = true }),
        ("permessage-deflate", options { $0.serverMaxWindowBits = 10 }),
        ("permessage-deflate; server_max_window_bits=11", options { $0.serverMaxWindowBits = 10 }),
    ]

    @Test(arguments: unacceptable)
    func `refuses an answer that was not offered`(answer: String, options: DeflateOptions) throws {
        let element = try #require(ExtensionOffer.list(answer)?.first)
        #expect(DeflateAgreement(element, to: options) == nil)
    }
}
