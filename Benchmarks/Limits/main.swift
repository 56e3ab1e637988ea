// Measures what it costs to count a request, and what the memory of many callers is:
//   swift build -c release --product LimitsBenchmark && .build/release/LimitsBenchmark
import EventLoop
import FeatureKit
import Glibc
import HTTP
import Model
import Telemetry

/// CPU time of a call of `body` in nanoseconds, of the fastest of five runs.
private func nanoseconds(_ calls: Int, _ body: (Int) -> Void) -> Double {
    func now() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
    var best = Double.infinity
    for _ in 0..<5 {
        let start = now()
        for number in 0..<calls { body(number) }
        best = min(best, (now() - start) / Double(calls))
    }
    return best
}

private func key(_ number: Int) -> Principal {
    .apiKey(
        APIKey(
            id: APIKeyID(UniqueID(high: 7, low: UInt64(number))), prefix: "pm_abcde", name: "bench", isAdmin: false,
            isActive: true, createdAt: Timestamp(milliseconds: 0)))
}

private func limiter() -> RateLimiter {
    RateLimiter(
        RateRules(
            [
                RatePolicy("ip", 1_000_000_000, per: .seconds(60), by: .address),
                RatePolicy("key", 1_000_000_000, per: .seconds(60), by: .key),
                RatePolicy("admin", 0, per: .seconds(60), by: .key),
            ], metrics: MetricsRegistry()))
}

private func origin(_ number: Int) -> ClientOrigin {
    ClientOrigin(address: IPAddress(ipv4: UInt32(number)), isSecure: false)
}

/// Bytes of this process that are in memory.
private func residentBytes() -> Int {
    guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard unsafe fgets(&line, 128, file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
}

let before = residentBytes()
let crowd = limiter()
for callers in [10_000, 50_000, 100_000, 1_000_000] {
    for number in 0..<callers {
        var standings = RateStandings()
        crowd.count(origin(number), at: LoopInstant(milliseconds: 1_000_000), in: &standings)
    }
    let bytes = residentBytes() - before
    let known = crowd.rules.callers
    print("\(callers) addresses: \(known) remembered, \(bytes / 1024) KiB, \(bytes / known) bytes each")
}

let calls = 1_000_000
let start: UInt64 = 1_000_000
var window = SlidingWindow()
let alone = nanoseconds(calls) { number in
    _ = window.admit(at: start + UInt64(number / 100), limit: 1_000_000_000, window: 60_000)
}
print("one window:                          \(Int(alone)) ns")

for callers in [1, 1000, 20_000] {
    let limiter = limiter()
    let origins = (0..<callers).map(origin)
    let keys = (0..<callers).map { RateCaller(origin: origins[$0], principal: key($0)) }
    let cost = nanoseconds(calls) { number in
        let now = LoopInstant(milliseconds: start + UInt64(number / 100))
        let caller = number % callers
        var standings = RateStandings()
        limiter.count(origins[caller], at: now, in: &standings)
        limiter.count(keys[caller], policies: [], at: now, in: &standings)
    }
    print("a request by address and key, of \(callers): \(Int(cost)) ns")
}
