import TerminalText
import Wire

/// What there is to reach, and how far one is.
enum AchievementCommands {
    static let achievements = Command(
        name: "achievements", summary: "see what there is to reach, and how far you are",
        options: [Option("unlocked", "only what you have reached"), PersonCommands.json],
        run: { invocation in
            let path = invocation.arguments.has("unlocked") ? "/api/v1/achievements/unlocked" : "/api/v1/achievements"
            let entries = try invocation.person().list(path, "achievements")
            return PersonCommands.list(
                entries, "achievements", invocation, columns: ["NAME", "PROGRESS", "UNLOCKED", "WHAT FOR"]
            ) { entry in
                let percent = entry["progress"]?["percent"]?.double
                return [
                    entry["name"]?.string ?? "", percent.map { "\(Quantity.decimal($0, 1)) %" } ?? "",
                    entry["unlockedAt"]?.string.map { String($0.prefix(10)) } ?? "",
                    entry["description"]?.string ?? "",
                ]
            }
        })
}
