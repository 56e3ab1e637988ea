import Testing

@testable import Hub

@Suite struct `How far a dump is` {
    private typealias Table = DumpExtent.Table
    private typealias Copy = DumpExtent.Copy

    private let start = DumpExtent([
        Table(id: 1, size: 1000, rows: 10), Table(id: 2, size: 3000, rows: -1), Table(id: 3, size: 0, rows: 0),
    ])

    @Test func `follows the rows of a table, and the bytes of one that has no statistics`() {
        var extent = start
        #expect(extent.total == 4000 && extent.done == 0)
        extent.note([Copy(id: 1, bytes: 900, rows: 5)])
        #expect(extent.done == 500)
        extent.note([Copy(id: 2, bytes: 600, rows: 70)])
        #expect(extent.done == 1600)
        extent.note([Copy(id: 3, bytes: 10, rows: 1)])
        #expect(extent.done == 4000)
        extent.note([])
        #expect(extent.done == 4000)
    }

    @Test func `takes no more of a table than it has, and nothing back`() {
        var extent = start
        extent.note([Copy(id: 1, bytes: 0, rows: 500)])
        #expect(extent.done == 1000)
        extent.note([Copy(id: 1, bytes: 0, rows: 1)])
        #expect(extent.done == 1000)
        extent.note([Copy(id: 2, bytes: -5, rows: -5)])
        #expect(extent.done == 1000)
    }

    @Test func `knows nothing of other tables`() {
        var extent = start
        extent.note([Copy(id: 99, bytes: 1_000_000, rows: 1)])
        extent.note([])
        #expect(extent.done == 0)
    }

    @Test func `of nothing is nothing`() {
        let extent = DumpExtent([])
        #expect(extent.total == 0 && extent.done == 0)
        #expect(DumpExtent([Table(id: 1, size: -1, rows: -1)]).total == 0)
    }
}
