#!/usr/bin/env bash
# Measures what a person with a long record waits for over HTTP, database included: 1,000,000 points, 400,000 visits of 88,000
# cells of resolution 8 and 12,000 of resolution 6, in 220 countries and 3,520 regions, 20,000 trips and stays. SQL fills the
# record in, whose parts are as large as those of a real one and do not follow from each other.
#   scripts/measure-travel.sh [--requests N] [--port N]
# BUILD=debug takes the programs of the debug build, as they are. Fails if a p95 is above what is asked for.
set -euo pipefail
cd "$(dirname "$0")/.."

requests=200 port=8096
while [ $# -ge 2 ]; do
    case $1 in
        --requests) requests=$2 ;;
        --port) port=$2 ;;
        *) break ;;
    esac
    shift 2
done
if [ $# -gt 0 ] || ! [[ $requests =~ ^[1-9][0-9]*$ ]]; then
    sed -n 's/^#   /usage: /p' "$0" >&2
    exit 64
fi

build=${BUILD:-release}
if [ "$build" = release ]; then
    ./scripts/setup.sh
    swift build -c release --product hubd
fi
hubd=.build/$build/hubd

source scripts/lib/hub.sh
lift_limits
work=$(mktemp -d)
trap 'stop_all; rm -rf "$work"' EXIT
# The private Postgres runs as a user of its own when this is root; it must be able to pass through.
chmod 755 "$work"
export HUB__LOGGING__LEVEL=warning HUB__DATA__DIR=$work/data HUB__SECURITY__USER_RATE_LIMIT_PER_MINUTE=0
export HUB__SECURITY__INGEST_BATCH_RATE_LIMIT_PER_MINUTE=0

start_program "$work/data" "$port" "$hubd" serve --server-port "$port"
if "$hubd" regions import >"$work/import.log" 2>&1; then
    # Hubs load the map when they start.
    stop_all
    trap 'exit 0' INT TERM
    start_program "$work/data" "$port" "$hubd" serve --server-port "$port"
else
    echo "there is no map here: new cells are nowhere" >&2
fi

cat >"$work/ask.py" <<'END'
import http.client, json, os, subprocess, sys, time
port, requests, socket, fill = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
link = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
headers = {"Content-Type": "application/json"}

def ask(method, path, body=None):
    start = time.monotonic()
    link.request(method, path, None if body is None else json.dumps(body), headers)
    answer = link.getresponse()
    text = answer.read()
    return answer.status, time.monotonic() - start, text

status, _, text = ask("POST", "/api/v1/auth/register", {
    "email": "far@example.org", "username": "far", "password": "quiet-Harbour.92", "displayName": "Far"})
assert status == 201, text
account = json.loads(text)
headers["Authorization"] = "Bearer " + account["accessToken"]
psql = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "person=" + account["user"]["id"], "-h", socket, "-U", "hub",
        "-d", "postgres", "-f", fill]
start = time.monotonic()
subprocess.run(psql, check=True, stdout=subprocess.DEVNULL)
print(f"the record was filled in {time.monotonic() - start:.0f} s")
paths = json.loads(ask("GET", "/api/v1/openapi.json")[2])["paths"]
failed = False

def measure(name, wanted, method, path, body=lambda _: None, count=requests, check=lambda answer: True):
    global failed
    if path.split("?")[0] not in paths:
        print(f"{name}: this hub has no {path}")
        return
    waits = []
    for number in range(-3, count):
        status, wait, text = ask(method, path, body(number))
        assert status == 200, (name, status, text[:300])
        assert check(json.loads(text)), (name, text[:300])
        if number >= 0:
            waits.append(wait * 1000)
    waits.sort()
    p95 = waits[min(len(waits) - 1, len(waits) * 95 // 100)]
    failed |= wanted is not None and p95 > wanted
    print(f"{name}: p50 {waits[len(waits) // 2]:.1f} ms, p95 {p95:.1f} ms, at most {waits[-1]:.1f} ms, "
          f"wanted {'-' if wanted is None else wanted} ms, {len(text)} bytes", flush=True)

measure("overview", 200, "GET", "/api/v1/stats/overview", check=lambda a: a["stats"]["cellsVisitedRes8"] > 80_000)
measure("timeline", 300, "GET", "/api/v1/visits/timeline", check=lambda a: len(a["events"]) == 50)
measure("timeline, far back", 300, "GET", "/api/v1/visits/timeline?limit=100&offset=3600")
measure("achievements", 100, "GET", "/api/v1/achievements")
measure("countries", None, "GET", "/api/v1/stats/countries", check=lambda a: len(a["countries"]) == 220)
measure("years", None, "GET", "/api/v1/stats/years", count=max(1, requests // 10))
measure("50 trips with their paths", None, "GET", "/api/v1/trips", check=lambda a: len(a["trips"]) == 50)

# A hundred places a minute apart, each in a cell of its own, where nobody has been; each batch goes on where the last ended.
begin = int(time.time() * 1000) - 90 * 86_400_000
def batch(number):
    first = (number + 3) * 100
    return {"locations": [
        {"latitude": 40 + (first + n) // 1000 * 0.02, "longitude": 60 + (first + n) % 1000 * 0.02,
         "timestamp": begin + (first + n) * 60_000} for n in range(100)]}
measure("batch of 100 new cells", 500, "POST", "/api/v1/location/ingest/batch", batch,
        check=lambda a: a["processed"] == 100)
sys.exit(failed)
END

cat >"$work/fill.sql" <<'END'
BEGIN;
SET LOCAL synchronous_commit = off;
-- What the map of this machine lacks is named here.
INSERT INTO travel.countries (code, name, cells_6, cells_8, square_km)
SELECT chr(65 + n / 26) || chr(65 + n % 26), 'Land ' || n, 1000, 40000, 30000 FROM generate_series(0, 675) AS n
ON CONFLICT DO NOTHING;
CREATE TEMPORARY TABLE land ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY code) - 1 AS n, code FROM travel.countries ORDER BY code LIMIT 250;
INSERT INTO travel.regions (code, country, name, cells_6, cells_8, square_km)
SELECT l.code || '-' || part, l.code, 'Part ' || part, 60, 2500, 2000 FROM land l, generate_series(900, 915) AS part
ON CONFLICT DO NOTHING;
-- Numbers that H3 has not given: nobody's others.
INSERT INTO travel.h3_cells
SELECT (jsonb_populate_record(NULL::travel.h3_cells, jsonb_build_object(
    'cell', c, 'res', CASE WHEN c > 88000 THEN 6 ELSE 8 END, 'country', l.code, 'region', l.code || '-' || 900 + c / 25 % 16,
    'is_land', true, 'is_northern', true, 'map_number', 1))).*
FROM generate_series(1, 100000) AS c JOIN land l ON l.n = (c - 1) / 400;
INSERT INTO travel.travellers (user_id, version, worked_to, cells_res6, cells_res8, visits, countries, regions, days,
    has_northern, has_southern)
VALUES (:'person', 1, now() - interval '91 days', 12000, 88000, 400000, 220, 3520, 3650, true, true)
ON CONFLICT (user_id) DO UPDATE SET worked_to = excluded.worked_to, cells_res6 = 12000, cells_res8 = 88000,
    visits = 400000, countries = 220, regions = 3520, days = 3650, has_northern = true, has_southern = true;
-- Ten years, up to three months ago.
CREATE TEMPORARY TABLE span ON COMMIT DROP AS
    SELECT date_trunc('day', now()) - interval '91 days' - interval '3650 days' AS start, interval '3650 days' AS length;
INSERT INTO travel.points (user_id, captured_at, latitude, longitude)
SELECT :'person', s.start + s.length * (n / 1000000.0), 48 + n % 1000 * 0.001, 16 + n / 1000 % 1000 * 0.001
FROM generate_series(1, 1000000) AS n, span s;
INSERT INTO travel.visits (user_id, res, entered_at, left_at, cell)
SELECT :'person', 8, s.start + s.length * (n / 400000.0), s.start + s.length * ((n + 0.9) / 400000.0), 1 + n % 88000
FROM generate_series(0, 399999) AS n, span s;
INSERT INTO travel.visits (user_id, res, entered_at, left_at, cell)
SELECT :'person', 6, s.start + s.length * (n / 60000.0), s.start + s.length * ((n + 0.9) / 60000.0), 88001 + n % 12000
FROM generate_series(0, 59999) AS n, span s;
INSERT INTO travel.user_cells (user_id, cell, res, first_visited_at, last_visited_at, visit_count)
SELECT :'person', v.cell, v.res, min(v.entered_at), max(v.left_at), count(*) FROM travel.visits v
WHERE v.user_id = :'person' GROUP BY v.cell, v.res;
INSERT INTO travel.user_regions (user_id, country, region, cells, land_cells, first_visited_at, first_cell, last_visited_at)
SELECT :'person', p.country, p.region, count(*), count(*), min(u.first_visited_at),
    (array_agg(u.cell ORDER BY u.first_visited_at, u.cell))[1], max(u.last_visited_at)
FROM travel.user_cells u JOIN travel.h3_cells h USING (cell)
CROSS JOIN LATERAL (VALUES (h.country, ''), (h.country, h.region)) AS p (country, region)
WHERE u.user_id = :'person' AND u.res = 8 GROUP BY p.country, p.region;
INSERT INTO travel.user_days (user_id, day) SELECT :'person', s.start::date + n FROM generate_series(0, 3649) AS n, span s;
INSERT INTO travel.stays (user_id, began_at, ended_at, latitude, longitude)
SELECT :'person', s.start + s.length * (n / 20000.0), s.start + s.length * ((n + 0.5) / 20000.0), 48, 16
FROM generate_series(0, 19999) AS n, span s;
INSERT INTO travel.landmarks (user_id, passed_at, settled_at)
SELECT :'person', s.start + s.length * (n / 20000.0), s.start + s.length * ((n + 0.1) / 20000.0)
FROM generate_series(0, 19999) AS n, span s;
-- A hundred corners, each a second and a thousandth of a degree after the one before: zigzag varints.
INSERT INTO travel.trips (user_id, began_at, ended_at, metres, top_speed, path)
SELECT :'person', s.start + s.length * ((n + 0.5) / 20000.0), s.start + s.length * ((n + 0.9) / 20000.0), 5000 + n % 7000, 14,
    decode('02' || '80b0e32d' || '8090a10f' || repeat('d00fd00fd00f', 99), 'hex')
FROM generate_series(0, 19999) AS n, span s;
INSERT INTO travel.unseen_ways (user_id, began_at, ended_at, metres)
SELECT :'person', s.start + s.length * (n / 5000.0), s.start + s.length * ((n + 0.1) / 5000.0), 100000
FROM generate_series(0, 4999) AS n, span s;
COMMIT;
VACUUM ANALYZE travel.points, travel.visits, travel.user_cells, travel.user_regions, travel.user_days, travel.stays,
    travel.landmarks, travel.trips, travel.unseen_ways, travel.h3_cells, travel.countries, travel.regions, travel.travellers;
END

socket=$(sed -n 5p "$work/data/postgres/postmaster.pid" | tr -d ' ')
python3 "$work/ask.py" "$port" "$requests" "$socket" "$work/fill.sql"
