import EventLoop
import Glibc
import Model
import Persistence
import Telemetry

// Durable rows a second and what a row costs, through the journal into a private Postgres of its own.
//
//     swift run -c release PersistenceBenchmark [rows-per-second | bare]
//
// Without a rate the journal is kept full (saturation), once with batches of 50 and once of 500, after a bulk statement that only
// inserts; `bare` is that alone. With a rate, rows come evenly, as from devices, and the time from a row's arrival to its receipt
// is measured too.

let rate = CommandLine.arguments.dropFirst().first.flatMap { Int($0) }
do {
    try await Bench.run(rate: rate, isBare: CommandLine.arguments.dropFirst().first == "bare")
} catch {
    print("the benchmark failed: \(error)")
    exit(1)
}
