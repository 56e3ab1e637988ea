internal import FeatureKit
internal import Wire

extension JSONWriter {
    mutating func value(_ outcome: IngestOutcome) {
        object { json in
            json.member("processed", outcome.processed)
            json.member("skipped", outcome.skipped.count)
            json.array("skippedItems", of: outcome.skipped) { json, item in
                json.object { json in
                    json.member("index", item.index)
                    json.member("reason", item.reason.rawValue)
                    guard !item.details.isEmpty else { return }
                    json.array("details", of: item.details) { json, detail in
                        json.object { json in
                            json.member("field", detail.field)
                            json.member("message", detail.message)
                        }
                    }
                }
            }
            json.object("discoveries") { json in
                json.places("newCountries", outcome.newCountries)
                json.places("newRegions", outcome.newRegions)
                json.member("newCellsRes6", outcome.newCells.res6)
                json.member("newCellsRes8", outcome.newCells.res8)
            }
            json.object("revisits") { json in
                json.member("cellsRes6", outcome.revisitedCells.res6)
                json.member("cellsRes8", outcome.revisitedCells.res8)
            }
            if let counts = outcome.visitCounts {
                json.object("visitCounts") { json in
                    json.member("res6", counts.res6)
                    json.member("res8", counts.res8)
                }
            }
            json.array("achievementsUnlocked", of: outcome.achievements) { json, achievement in
                json.object { json in
                    json.member("code", achievement.code)
                    json.member("name", achievement.name)
                }
            }
        }
    }

    private mutating func places(_ name: StaticString, _ places: [IngestOutcome.Place]) {
        array(name, of: places) { json, place in
            json.object { json in
                json.member("code", place.code)
                json.member("name", place.name)
            }
        }
    }
}
