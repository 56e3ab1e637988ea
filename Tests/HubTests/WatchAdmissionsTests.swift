import FeatureKit
import Model
import Testing

@testable import Hub

/// In which order a user's session is let at groups, and what ends its watches.
@Suite struct `The admissions of a session's watches` {
    private func group(_ name: String) throws -> GroupID { try #require(GroupID(name)) }

    @Test func `one is looked up at a time, in the order of asking`() throws {
        let admissions = WatchAdmissions(capacity: 10)
        #expect(admissions.next() == nil)
        let first = try #require(admissions.add(try group("one"), re: 1))
        let second = try #require(admissions.add(try group("two"), re: nil))
        #expect(admissions.next() == first)
        #expect(admissions.next() == nil)
        admissions.finish()
        #expect(admissions.next() == second)
        admissions.finish()
        #expect(admissions.next() == nil)
    }

    @Test func `requests for one group are told apart`() throws {
        let admissions = WatchAdmissions(capacity: 10)
        let first = try #require(admissions.add(try group("one"), re: 1))
        let second = try #require(admissions.add(try group("one"), re: 1))
        #expect(first != second && first.number != second.number)
    }

    @Test func `as many wait as may, and one that is looked up waits no more`() throws {
        let admissions = WatchAdmissions(capacity: 2)
        for name in ["one", "two"] { #expect(admissions.add(try group(name), re: nil) != nil) }
        #expect(admissions.add(try group("three"), re: nil) == nil)
        _ = admissions.next()
        #expect(admissions.add(try group("three"), re: nil) != nil)
        #expect(admissions.add(try group("four"), re: nil) == nil)
    }

    @Test func `a change ends the memberships it is about and no others`() throws {
        let (ana, ben) = (
            UserID(UniqueID(high: 1, low: 1)), UserID(UniqueID(high: 1, low: 2))
        )
        let (family, work) = (try group("family"), try group("work"))
        func ended(_ change: PeopleChange) -> [Bool] {
            guard let departed = Departed(change) else { return [] }
            return [
                departed.includes(ana), departed.includes(ben), departed.includes(family), departed.includes(work),
            ]
        }
        #expect(ended(.left(family, ana)) == [true, false, true, false])
        #expect(ended(.groupDissolved(family)) == [true, true, true, false])
        #expect(ended(.erased(ana)) == [true, false, true, true])
        for change in [
            PeopleChange.joined(family, ana), .groupChanged(family), .profileChanged(ana), .blocked(ana, by: ben),
            .unblocked(ana, by: ben), .invited(ana, to: family, by: ben),
        ] {
            #expect(ended(change).isEmpty)
        }
    }
}
