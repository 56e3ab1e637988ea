import Foundation
import HubTesting
import Persistence

/// Runs statements on a database with `auto_explain` and reads back how Postgres went about them, the statements within its
/// functions included.
struct PlanProbe {
    let url: String

    /// A step of a plan that looks through a table from end to end.
    struct Scan: Hashable, CustomStringConvertible {
        let relation: String
        /// What is being executed.
        let query: String

        var description: String { "\(relation) in \(query)" }
    }

    struct Outcome {
        /// Of the statement itself.
        var milliseconds: Double
        /// In it and in whatever it calls.
        var scans: Set<Scan>
        /// How many plans there were, its own included.
        var plans: Int
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs a statement a few times in a transaction that is rolled back; the fastest run counts, and every plan.
    ///
    /// - Parameters:
    ///   - arguments: SQL expressions, one a parameter.
    ///   - isGeneric: Whether the plan must serve every value, as it does once a statement has been used for a while.
    func run(_ statement: PostgresStatement, _ arguments: [String], isGeneric: Bool) throws -> Outcome {
        let isUtility =
            arguments.isEmpty && !statement.sql.uppercased().hasPrefix("SELECT")
            && !statement.sql.uppercased().hasPrefix("WITH") && !statement.sql.uppercased().hasPrefix("DELETE")
        var script = """
            \\set ON_ERROR_STOP on
            \\set VERBOSITY terse
            LOAD 'auto_explain';
            SET statement_timeout = 0;
            SET plan_cache_mode = \(isGeneric ? "force_generic_plan" : "force_custom_plan");
            SET auto_explain.log_nested_statements = on;
            SET auto_explain.log_analyze = on;
            SET auto_explain.log_format = json;
            SET auto_explain.log_min_duration = 0;
            SET client_min_messages = log;

            """
        let call = arguments.isEmpty ? "EXECUTE probe;" : "EXECUTE probe(\(arguments.joined(separator: ", ")));"
        for _ in 0..<3 {
            script += "BEGIN;\n"
            if isUtility {
                script += "\\timing on\n\(statement.sql);\n\\timing off\n"
            } else {
                script += "PREPARE probe AS \(statement.sql);\n\\timing on\n\(call)\n\\timing off\nDEALLOCATE probe;\n"
            }
            script += "ROLLBACK;\n"
        }
        return try outcome(of: psql(script))
    }

    /// How many rows Postgres reckons a table to have, by the table's name without its schema.
    func tableSizes() throws -> [String: Double] {
        let text = try psql("\\pset format unaligned\n\\pset tuples_only on\nSELECT relname, reltuples FROM pg_class;")
        var sizes: [String: Double] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "|")
            if parts.count == 2, let size = Double(parts[1]) { sizes[String(parts[0])] = size }
        }
        return sizes
    }

    /// Runs a file of SQL with variables set.
    func fill(_ file: String, _ variables: [String: Int]) throws {
        let words = variables.flatMap { ["-v", "\($0.key)=\($0.value)"] }
        _ = try psql(arguments: words + ["-q", "-f", file])
    }

    private func psql(_ script: String) throws -> String {
        let file = NSTemporaryDirectory() + "plan-\(UUID().uuidString).sql"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try script.write(toFile: file, atomically: true, encoding: .utf8)
        return try psql(arguments: ["-f", file])
    }

    private func psql(arguments: [String]) throws -> String {
        let output = NSTemporaryDirectory() + "plan-\(UUID().uuidString).out"
        defer { try? FileManager.default.removeItem(atPath: output) }
        let quoted = (["-X", "-d", url] + arguments).map { "'" + $0.replacing("'", with: "'\\''") + "'" }
        let status = SystemProgram.run(
            "sh", ["-c", "psql \(quoted.joined(separator: " ")) > '\(output)' 2>&1"])
        let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
        guard status == 0 else { throw Failure(description: "psql ended with \(status ?? -1): \(text.suffix(2000))") }
        return text
    }

    /// - Parameter text: What psql wrote: each plan as a JSON object behind `plan:`, and the time of each run.
    private func outcome(of text: String) throws -> Outcome {
        var outcome = Outcome(milliseconds: .infinity, scans: [], plans: 0)
        for line in text.split(separator: "\n") where line.hasPrefix("Time: ") {
            let number = line.dropFirst(6).prefix { $0 != " " }
            outcome.milliseconds = min(outcome.milliseconds, Double(number) ?? .infinity)
        }
        for part in text.components(separatedBy: "plan:\n").dropFirst() {
            guard let end = endOfObject(part[...]),
                let object = try JSONSerialization.jsonObject(with: Data(part[..<end].utf8)) as? [String: Any],
                let root = object["Plan"] as? [String: Any]
            else { throw Failure(description: "not a plan: \(part.prefix(500))") }
            let query = object["Query Text"] as? String ?? "?"
            outcome.plans += 1
            collect(root, String(query.split(separator: "\n").joined(separator: " ").prefix(160)), &outcome.scans)
        }
        return outcome
    }

    private func endOfObject(_ text: Substring) -> Substring.Index? {
        var depth = 0
        var isInString = false
        var isEscaped = false
        for index in text.indices {
            let character = text[index]
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    isInString = false
                }
                continue
            }
            switch character {
            case "\"": isInString = true
            case "{": depth += 1
            case "}":
                depth -= 1
                if depth == 0 { return text.index(after: index) }
            default: break
            }
        }
        return nil
    }

    private func collect(_ node: [String: Any], _ query: String, _ scans: inout Set<Scan>) {
        if node["Node Type"] as? String == "Seq Scan", let relation = node["Relation Name"] as? String,
            // Cut off before it was begun, as the partitions are that a run-time pruning leaves out.
            node["Actual Loops"] as? Int != 0
        {
            scans.insert(Scan(relation: relation, query: query))
        }
        for child in node["Plans"] as? [[String: Any]] ?? [] { collect(child, query, &scans) }
    }
}
