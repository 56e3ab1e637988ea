import Testing

@testable import Systemd

@Suite struct `Sockets handed over` {
    private func names(_ environment: [String: String]) throws(ActivationError) -> [String]? {
        try ActivationSockets.names(environment: environment, processID: 42)
    }

    @Test func `are named by their unit`() throws {
        let environment = ["LISTEN_PID": "42", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "http:spare"]
        #expect(try names(environment) == ["http", "spare"])
        #expect(try names(["LISTEN_PID": "42", "LISTEN_FDS": "2"]) == ["unknown", "unknown"])
    }

    @Test func `are left alone by a process they are not for`() throws {
        #expect(try names([:]) == nil)
        #expect(try names(["LISTEN_FDS": "1"]) == nil)
        #expect(try names(["LISTEN_PID": "43", "LISTEN_FDS": "1"]) == nil)
        #expect(try names(["LISTEN_PID": "42", "LISTEN_FDS": "0"]) == nil)
    }

    @Test(arguments: ["", "-1", "x", "1025", "99999999999"])
    func `whose number is none are an error`(count: String) {
        #expect(throws: ActivationError.malformed(variable: "LISTEN_FDS")) {
            try names(["LISTEN_PID": "42", "LISTEN_FDS": count])
        }
    }

    @Test(arguments: ["http", "a:b:c"])
    func `with more or fewer names than sockets are an error`(list: String) {
        #expect(throws: ActivationError.malformed(variable: "LISTEN_FDNAMES")) {
            try names(["LISTEN_PID": "42", "LISTEN_FDS": "2", "LISTEN_FDNAMES": list])
        }
    }
}
