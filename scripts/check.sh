#!/usr/bin/env bash
# Everything a change must pass: format, deployment, build (warnings are errors), imports, tests, what a location costs, sanitizers.
#   SANITIZE=all   every test under the thread and the address sanitizer (the default)
#   SANITIZE=some  as CI does: under the thread sanitizer without the slow suites of whole programs, under the address sanitizer
#                  those of the modules below the feature areas, where nearly all is that touches memory by hand
#   SANITIZE=none  no sanitizer
set -euo pipefail
cd "$(dirname "$0")/.."

sanitize=${SANITIZE:-all}
log=$(mktemp)
behind_pid=
trap 'if [ -n "$behind_pid" ]; then kill -- "-$behind_pid" 2>/dev/null || true; fi; rm -f "$log" "$log.behind"' EXIT

# Swift keeps tags in the spare bits of pointers, which the leak search cannot follow: it takes what constants hold for lost.
export ASAN_OPTIONS="detect_leaks=0"
export TSAN_OPTIONS="suppressions=$PWD/scripts/races.txt:print_suppressions=0"

# In a clean clone nothing is built a second time: whole modules at once, with the lines alone for a debugger, take an eighth less.
flags=()
if [ "${CI:-}" = true ]; then
    flags=(-Xswiftc -whole-module-optimization -Xswiftc -num-threads -Xswiftc "$(nproc)" -Xswiftc -gline-tables-only)
fi

step() { printf '\n== %s (%s)\n' "$1" "$(date +%T)"; }

# behind WHAT…: begins to build what comes later (build-behind.sh), beside tests that wait for their databases and hubs.
behind() {
    setsid ./scripts/build-behind.sh "$@" -- "${flags[@]}" >"$log.behind" 2>&1 </dev/null &
    behind_pid=$!
}

# Waits for that build, which may take all there is from now on.
finish_behind() {
    if [ -z "$behind_pid" ]; then return; fi
    step "the rest of what was begun beside the tests"
    (echo 0 >"/proc/$behind_pid/autogroup") 2>/dev/null || true
    local code=0
    wait "$behind_pid" || code=$?
    behind_pid=
    tail -n 3 "$log.behind"
    if [ "$code" -ne 0 ]; then
        grep -E 'error:' "$log.behind" | head -n 60 || true
        return "$code"
    fi
}

# How many tests run at once. Each has loops, often a Postgres or whole hubs of its own; all of them at once on two
# processors would make every wait in them a matter of luck.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${TEST_WIDTH:-8}

# Runs the tests and keeps their output; the exit code is swift's. What failed is said once more at the end.
run_tests() {
    local code=0
    swift test "$@" </dev/null 2>&1 | tee "$log" || code=$?
    if [ "$code" -ne 0 ]; then
        printf '\n== what failed\n'
        grep -E 'recorded an issue|error:|ThreadSanitizer|AddressSanitizer|[Ff]atal|Assertion|crashed' "$log" |
            grep -v 'Test case passing .* started' | head -n 60 || true
    fi
    return "$code"
}

step "format"
./scripts/lint.sh

step "what deploys the hub"
./scripts/check-deploy.sh

step "build, with no import but those of Package.swift"
swift build --build-tests "${flags[@]}" --explicit-target-dependency-import-check error

# The suites that start a Postgres.
databases='PersistenceTests|JobsTests|CoreTests|AccountsTests|AccountsMailTests|ChatTests|ChatLiveTests|RegionsTests|TravelTests|AchievementsTests'

# In two parts. Hubs with a Postgres each leave no processor to tests that measure a moment; and a process left behind by a
# test that kills one keeps the runner's exit tests, which are all in the first part, waiting for ever.
summaries=""
test_parts() {
    run_tests "$@" --skip "$databases" --skip EndToEndTests --skip QueryPlanTests
    summaries+=$(grep -E 'Test run with [0-9]+ tests?' "$log" | tail -n 1)$'\n'
    begin_next
    run_tests "$@" --filter "$programs"
    summaries+=$(grep -E 'Test run with [0-9]+ tests?' "$log" | tail -n 1)$'\n'
}

slow=HubctlTests,EndToEndTests,QueryPlanTests,ChatBenchmarkTests
areas=$(find Tests/Features -name '*Tests' -type d ! -name FeatureKitTests -printf '%f,')
declare -A left_out=([thread]=$slow [address]="$slow,${areas}HubTests")
sanitized_programs=$databases
if [ "$sanitize" = all ]; then
    left_out=([thread]="" [address]="")
    sanitized_programs="$databases|EndToEndTests"
fi

# The toolchain's backtracer clones the process, which the sanitizers' runtimes do not survive.
sanitized() {
    finish_behind
    step "tests under the $1 sanitizer"
    SWIFT_BACKTRACE=enable=no LEAVE_OUT=${left_out[$1]} programs=$sanitized_programs \
        test_parts --sanitize="$1" --scratch-path ".build/$1" "${flags[@]}"
}

step "tests"
begin_next() {
    if [ "$sanitize" = none ]; then behind release; else behind release "thread=${left_out[thread]}"; fi
}
programs="$databases|EndToEndTests" test_parts --skip-build
finish_behind
step "query plans"
# By themselves, because they fill a database of two million rows, and hold statements to the contract's times.
run_tests --skip-build --filter QueryPlanTests
summaries+=$(grep -E 'Test run with [0-9]+ tests?' "$log" | tail -n 1)$'\n'

step "what a location costs"
COUNT_CLIENT=.build/debug/hubctl ./scripts/count.sh

if [ "$sanitize" != none ]; then
    begin_next() { behind "address=${left_out[address]}"; }
    sanitized thread
    begin_next() { :; }
    sanitized address
fi

step "all passed"
printf '%s' "$summaries"
