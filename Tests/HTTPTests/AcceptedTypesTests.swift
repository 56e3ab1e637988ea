import HTTP
import Testing

/// What `Accept` asks for (RFC 9110, section 12.5.1).
@Suite struct `Accepted media types` {
    private static let plain = ["version": "0.0.4", "charset": "utf-8"]

    @Test func `without a field everything is as good`() {
        #expect(AcceptedTypes([]).quality(of: "text/plain") == 1000)
    }

    @Test func `the most specific range decides`() {
        let types = AcceptedTypes(["text/*;q=0.3, text/plain;q=0.7, text/plain;version=0.0.4;q=0.2, */*;q=0.5"])
        #expect(types.quality(of: "text/plain", parameters: Self.plain) == 200)
        #expect(types.quality(of: "text/plain") == 700)
        #expect(types.quality(of: "text/html") == 300)
        #expect(types.quality(of: "image/png") == 500)
    }

    @Test func `a range with another parameter is for another type`() {
        let types = AcceptedTypes(["application/openmetrics-text;version=0.0.1"])
        #expect(types.quality(of: "application/openmetrics-text", parameters: ["version": "1.0.0"]) == 0)
    }

    @Test func `what Prometheus sends prefers OpenMetrics`() {
        let types = AcceptedTypes([
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
        ])
        #expect(types.quality(of: "application/openmetrics-text", parameters: ["version": "1.0.0"]) == 1000)
        #expect(types.quality(of: "text/plain", parameters: Self.plain) == 500)
    }

    @Test func `several fields are one list, names have no case, and values may be quoted`() {
        let types = AcceptedTypes(["TEXT/Plain; Version=\"0.0.4\" ; q=0.25", "image/png"])
        #expect(types.quality(of: "text/plain", parameters: Self.plain) == 250)
        #expect(types.quality(of: "image/png") == 1000)
        #expect(types.quality(of: "image/gif") == 0)
    }

    @Test(arguments: [
        "text", "text/", "/plain", "*/plain", "text/plain;q=2", "text/plain;q=1.1", "text/plain;q=0.1234",
        "text/plain;q=", "text/plain;=1", "text/plain;version", "text/pl ain", "text/plain;v=\"x", "te\"xt/plain",
        "text/plain;q=-1", "text/plain;q=.5", "", ",", ";", "text/plain;v=\"\\\"",
    ])
    func `what is not sound counts for nothing`(range: String) {
        #expect(AcceptedTypes([range]).quality(of: "text/plain", parameters: ["v": "x"]) == 0)
        #expect(AcceptedTypes([range + ", text/html"]).quality(of: "text/html") <= 1000)
    }

    @Test(arguments: [("0", 0), ("1", 1000), ("0.5", 500), ("0.05", 50), ("0.005", 5), ("1.000", 1000), ("0.", 0)])
    func `weights are thousandths`(text: String, quality: Int) {
        #expect(AcceptedTypes(["text/plain;q=\(text)"]).quality(of: "text/plain") == quality)
    }
}
