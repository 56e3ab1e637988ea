import Actors
import EventLoop
import Glibc
import Model

// Nanoseconds for each report and each delivery, the encoding and the sending left out, and the bytes of memory of each
// device. To be run as built for release; prints one line for each measurement.

let loop = try Loop.start()
let scenario = Scenario(loop: loop)
await scenario.prepare(groups: 50, observers: 0)
await scenario.measure("one report a turn, nobody watching", reportsPerTurn: 1)
await scenario.measure("20 reports a turn, nobody watching", reportsPerTurn: 20)
await scenario.prepare(groups: 50, observers: 20)
await scenario.measure("one report a turn, 20 watching", reportsPerTurn: 1)
await scenario.measure("20 reports of a group a turn, 20 watching", reportsPerTurn: 20)
await scenario.measure("1,000 reports of 50 groups a turn, 20 watching each", reportsPerTurn: 1000)
let memory = Scenario(loop: loop)
await memory.measureMemory(groups: 10_000)
let smallGroups = Scenario(loop: loop, members: 10)
await smallGroups.measureMemory(groups: 100_000)
await loop.stop()
