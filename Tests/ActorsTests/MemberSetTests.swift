import HubTesting
import Testing

@testable import Actors

struct MemberSetTests {
    @Test(arguments: [20, 64, 65, 300])
    func `a member set does what a set does`(slots: Int) {
        var random = SeededGenerator(seed: UInt64(slots))
        var set = MemberSet()
        var model: Set<Int> = []
        for _ in 0..<3000 {
            let slot = Int.random(in: 0..<slots, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                set.insert(slot)
                model.insert(slot)
            case 5..<8:
                set.remove(slot)
                model.remove(slot)
            case 8:
                var other = MemberSet()
                other.insert(slot)
                other.insert(slots - 1 - slot)
                set.formUnion(other)
                model.formUnion([slot, slots - 1 - slot])
            default:
                #expect(set.popFirst() == model.min())
                if let first = model.min() { model.remove(first) }
            }
            #expect(Array(set) == model.sorted())
            #expect(set.isEmpty == model.isEmpty)
            #expect(set.contains(slot) == model.contains(slot))
            #expect(set.count == model.count)
        }
        while set.popFirst() != nil {}
        #expect(set == MemberSet())
    }
}
