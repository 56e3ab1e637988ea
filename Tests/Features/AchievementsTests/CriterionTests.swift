import FeatureKit
import Testing

@testable import Achievements

@Suite struct `Criteria` {
    @Test(arguments: [
        (#"{"type": "cells_total", "threshold": 100}"#, "cells_total", 100),
        (#"{"threshold": 0.10, "type": "country_coverage_pct"}"#, "country_coverage_pct", 0.1),
        (#"{"type": "hemispheres", "count": 2}"#, "hemispheres", 2),
        (#"{"type": "x", "threshold": 1e-9}"#, "x", 1e-9),
    ])
    func `have a type and a goal`(text: String, type: String, goal: Double) throws {
        #expect(try Criterion(json: text) == Criterion(type: type, goal: goal))
    }

    @Test(arguments: [
        (#"["cells_total", 1]"#, CriterionError.notObject), ("", .notObject), ("{", .notObject),
        (#"{"type": "x", "threshold": 1e400}"#, .notObject), (#"{"type": "x", "type": "y", "count": 1}"#, .notObject),
        (#"{"threshold": 1}"#, .noType), (#"{"type": 7, "threshold": 1}"#, .noType),
        (#"{"type": "", "threshold": 1}"#, .noType), (#"{"type": "Cells", "threshold": 1}"#, .noType),
        (#"{"type": "cells'; DROP", "threshold": 1}"#, .noType),
        (#"{"type": "\#(String(repeating: "a", count: 65))", "threshold": 1}"#, .noType),
        (#"{"type": "x"}"#, .notOneGoal), (#"{"type": "x", "threshold": 1, "count": 1}"#, .notOneGoal),
        (#"{"type": "x", "threshold": 1, "in": "FR"}"#, .notOneGoal), (#"{"type": "x", "least": 1}"#, .notOneGoal),
        (#"{"type": "x", "threshold": 0}"#, .badGoal), (#"{"type": "x", "threshold": -1}"#, .badGoal),
        (#"{"type": "x", "threshold": "1"}"#, .badGoal), (#"{"type": "x", "threshold": null}"#, .badGoal),
        (#"{"type": "x", "count": 1.5}"#, .badGoal), (#"{"type": "x", "count": true}"#, .badGoal),
    ])
    func `that are anything else say nothing`(text: String, error: CriterionError) {
        #expect(throws: error) { try Criterion(json: text) }
    }

    @Test(arguments: [
        (0, 10, 0), (1, 3, 33.3), (9.99, 10, 99.9), (9.9999, 10, 99.9), (10, 10, 100), (11, 10, 100),
        (0.0999, 0.1, 99.9), (0.1, 0.1, 100), (-1, 10, 0),
    ])
    func `are reached at the goal, and at 100 percent not before`(value: Double, goal: Double, percent: Double) {
        let progress = AchievementProgress(value: value, goal: goal)
        #expect(progress.percent == percent)
        #expect(progress.isReached == (percent == 100))
    }
}
