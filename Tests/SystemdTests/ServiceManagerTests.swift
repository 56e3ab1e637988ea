import HubTesting
import Testing

@testable import Systemd

@Suite struct `A service manager` {
    @Test func `hears what it is told, one datagram a message`() throws {
        let socket = try NotifySocket()
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": socket.path])
        #expect(manager.isListening)
        #expect(manager.tell(.ready(status: "Serving")))
        #expect(manager.tell(.reloading(monotonicMicroseconds: 12)))
        #expect(manager.tell(.alive))
        #expect(manager.tell(.stopping(status: "Draining")))
        #expect(socket.next() == "READY=1\nSTATUS=Serving")
        #expect(socket.next() == "RELOADING=1\nMONOTONIC_USEC=12\nSTATUS=Reloading")
        #expect(socket.next() == "WATCHDOG=1")
        #expect(socket.next() == "STOPPING=1\nSTATUS=Draining")
        #expect(socket.next() == nil)
    }

    @Test func `cannot be told a second assignment by a status with a line break`() {
        #expect(ServiceMessage.status("a\nREADY=1\r\tb").text == "STATUS=a READY=1  b")
    }

    @Test(arguments: ["", "/", "relative/path", "vsock:2:1234", "@", String(repeating: "/a", count: 60)])
    func `whose address is none is not told anything`(address: String) {
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": address])
        #expect(!manager.isListening)
        #expect(!manager.tell(.alive))
    }

    @Test func `that is gone costs nothing but the message`() {
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": "/nowhere/at/all"])
        #expect(!manager.tell(.alive))
        #expect(!ServiceManager(environment: ["NOTIFY_SOCKET": "@hub-test-nobody"]).tell(.alive))
    }

    @Test func `that does not read is not waited for`() throws {
        let socket = try NotifySocket()
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": socket.path])
        var sent = 0
        while sent < 100_000, manager.tell(.alive) { sent += 1 }
        #expect((1..<100_000).contains(sent))
        while socket.next() != nil {}
        #expect(manager.tell(.alive))
    }

    @Test func `waits for signs of life of the process it names, and of no other`() {
        func timeout(_ environment: [String: String]) -> Duration? {
            ServiceManager(environment: environment, processID: 42).watchdogTimeout
        }
        #expect(timeout(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "42"]) == .seconds(30))
        #expect(timeout(["WATCHDOG_USEC": "30000000"]) == .seconds(30))
        #expect(timeout(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "43"]) == nil)
        for wrong in ["", "0", "-1", "soon", "99999999999999999999"] {
            #expect(timeout(["WATCHDOG_USEC": wrong]) == nil, "\(wrong)")
        }
    }
}
