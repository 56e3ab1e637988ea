#!/usr/bin/env bash
# Everything a change must pass: format, deployment, build (warnings are errors), imports, tests, what a location costs, sanitizers.
#   SANITIZE=all   every test under the thread and the address sanitizer (the default)
#   SANITIZE=some  as CI does: under the thread sanitizer without the slow suites of whole programs and those of modules that
#                  have no threads, under the address sanitizer those of the modules below the feature areas that touch memory
#                  by hand
#   SANITIZE=none  no sanitizer
set -euo pipefail
cd "$(dirname "$0")/.."

sanitize=${SANITIZE:-all}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Swift keeps tags in the spare bits of pointers, which the leak search cannot follow: it takes what constants hold for lost.
export ASAN_OPTIONS="detect_leaks=0"
export TSAN_OPTIONS="suppressions=$PWD/scripts/races.txt:print_suppressions=0"

# In a clean clone nothing is built a second time: whole modules at once and in one pass, with the lines alone for a debugger, take
# a fifth less.
flags=()
if [ "${CI:-}" = true ]; then
    flags=(-Xswiftc -whole-module-optimization -Xswiftc -no-emit-module-separately-wmo -Xswiftc -num-threads -Xswiftc "$(nproc)"
        -Xswiftc -gline-tables-only)
fi

step() { printf '\n== %s (%s)\n' "$1" "$(date +%T)"; }

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
    run_tests "$@" --filter "$programs"
    summaries+=$(grep -E 'Test run with [0-9]+ tests?' "$log" | tail -n 1)$'\n'
}

step "tests"
programs="$databases|EndToEndTests" test_parts --skip-build
# By themselves, because they fill a database of two million rows, and hold statements to the contract's times.
run_tests --skip-build --filter QueryPlanTests
summaries+=$(grep -E 'Test run with [0-9]+ tests?' "$log" | tail -n 1)$'\n'

step "what a location costs"
COUNT_CLIENT=.build/debug/hubctl ./scripts/count.sh

# Tests under a sanitizer, in a build of its own. The toolchain's backtracer clones the process, which the sanitizers' runtimes do
# not survive.
sanitized() {
    step "tests under the $1 sanitizer"
    SWIFT_BACKTRACE=enable=no LEAVE_OUT=$2 programs=$3 test_parts "${flags[@]}" --sanitize="$1" --scratch-path ".build/$1"
}

case $sanitize in
    some)
        slow=HubctlTests,EndToEndTests,QueryPlanTests,ChatBenchmarkTests
        # What these suites test runs on the caller's thread alone; some compute for minutes under a sanitizer.
        threadless=ConfigurationTests,CryptoTests,EarthTests,GeoPackageTests,H3Tests,JourneysTests,ModelTests
        threadless+=,ProgramManualsTests,TrackFilesTests,WireTests
        # The modules that these test have no `unsafe` of their own, to which the compiler holds them; what Earth asks of H3,
        # H3Tests tests.
        safe=ContractTests,EarthTests,EmbedTextsTests,JourneysTests,ProgramManualsTests
        areas=$(find Tests/Features -name '*Tests' -type d ! -name FeatureKitTests -printf '%f,')
        sanitized thread "$slow,$threadless,ContractTests,EmbedTextsTests" "$databases"
        sanitized address "$slow,$safe,${areas}HubTests" "$databases"
        ;;
    all)
        sanitized thread "" "$databases|EndToEndTests"
        sanitized address "" "$databases|EndToEndTests"
        ;;
esac

step "all passed"
printf '%s' "$summaries"
