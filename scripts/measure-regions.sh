#!/usr/bin/env bash
# Measures how long it takes to find a place's country and region: in memory (RegionsBenchmark), and, where Debian's package
# postgresql-15-postgis-3 (or that of another version) is installed, in PostGIS on whole shapes and on ST_Subdivide(128), each
# with 20,000 places on land in one statement. Then it counts how many answers differ. Takes about three minutes.
#   scripts/measure-regions.sh [MAP]
set -euo pipefail
cd "$(dirname "$0")/.."
map=${1:-/usr/local/share/presence-hub/world_map.gpkg}

program=${PROGRAM:-.build/release/RegionsBenchmark}
if [ -z "${PROGRAM:-}" ]; then swift build -c release --product RegionsBenchmark; fi
work=$(mktemp -d)
cluster=''
cleanup() {
    if [ -n "$cluster" ]; then as_postgres "$programs/pg_ctl" -D "$cluster" -m immediate stop >/dev/null || true; fi
    rm -rf "$work"
}
trap cleanup EXIT
"$program" "$map" places | tee >(grep -v ^place, >&2) | sed -n 's/^place,//p' >"$work/places.csv"

programs=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1)
if ! find /usr/share/postgresql -name postgis.control | grep -q .; then
    echo "PostGIS is not installed here; its side was not measured"
    exit 0
fi

# Postgres refuses to run as root.
as_postgres() { if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }
python3 - "$map" Sources/Features/Travel/Tables/region_codes.csv >"$work/load.sql" <<'END'
import sqlite3, sys
codes = {}
for line in open(sys.argv[2], encoding="utf-8"):
    if not line.startswith("#"):
        feature, country, region = line.rstrip("\n").split(",")
        codes[int(feature)] = (country, region if "-" in region or not region else f"{country}-{region}")
print("CREATE EXTENSION postgis; CREATE TABLE region (country text, region text, geom geometry);")
print("COPY region FROM stdin;")
for feature, shape in sqlite3.connect(sys.argv[1]).execute("SELECT fid, geom FROM states_provinces"):
    if feature in codes:
        head = 8 + (0, 32, 48, 48, 64)[shape[3] >> 1 & 7]
        print(*codes[feature], shape[head:].hex(), sep="\t")
print("\\.\nUPDATE region SET geom = ST_SetSRID(geom, 4326); CREATE INDEX ON region USING gist (geom); ANALYZE region;")
print("CREATE TABLE piece AS SELECT country, region, ST_Subdivide(geom, 128) AS geom FROM region;")
print("CREATE INDEX ON piece USING gist (geom); ANALYZE piece;")
END
cat >"$work/ask.sql" <<END
SET jit = off;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE place (longitude float8, latitude float8, country text, region text);
\copy place FROM '$work/places.csv' CSV
ANALYZE place;
\timing on
\echo whole shapes, twice:
SELECT count(*) FROM place p JOIN region r ON ST_Covers(r.geom, ST_SetSRID(ST_MakePoint(p.longitude, p.latitude), 4326));
SELECT count(*) FROM place p JOIN region r ON ST_Covers(r.geom, ST_SetSRID(ST_MakePoint(p.longitude, p.latitude), 4326));
\echo pieces of at most 128 corners, twice:
SELECT count(*) FROM place p JOIN piece r ON ST_Covers(r.geom, ST_SetSRID(ST_MakePoint(p.longitude, p.latitude), 4326));
SELECT count(*) FROM place p JOIN piece r ON ST_Covers(r.geom, ST_SetSRID(ST_MakePoint(p.longitude, p.latitude), 4326));
\timing off
\echo answers that differ from those in memory:
SELECT count(*) FROM place p JOIN region r ON ST_Covers(r.geom, ST_SetSRID(ST_MakePoint(p.longitude, p.latitude), 4326))
WHERE (r.country, r.region) <> (p.country, coalesce(p.region, ''));
END
chmod 755 "$work" && chmod 644 "$work"/*
cluster=$work/cluster
mkdir "$cluster"
if [ "$(id -u)" -eq 0 ]; then chown postgres "$cluster"; fi
as_postgres "$programs/initdb" -D "$cluster" -U postgres -A trust --locale=C.UTF-8 >/dev/null
as_postgres "$programs/pg_ctl" -D "$cluster" -w -o "-k $cluster -c listen_addresses='' -c fsync=off" -l "$cluster/log" start >/dev/null
query() { as_postgres "$programs/psql" -X -q -v ON_ERROR_STOP=1 -h "$cluster" -U postgres postgres "$@"; }
query -f "$work/load.sql" >/dev/null
query -f "$work/ask.sql"
