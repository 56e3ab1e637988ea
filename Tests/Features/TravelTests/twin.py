"""Reckons from recorded tracks what the hub's record of them must be, by other means than the hub's: Python, H3's own Python
package, and shapely. The rules are those of docs/adr/0040, over a list of points instead of one point after the other.

    twin.py [--map world_map.gpkg --codes region_codes.csv] TRACK.csv…

Writes one JSON object, by the tracks' names. Needs the packages of twin-requirements.txt.
"""

import argparse
import csv
import json
import math
import os
import sqlite3
import struct
from datetime import datetime, timezone

import h3
import shapely

# H3 reckons on a sphere of 6371.007180918475 km; the hub on one of the mean radius R1.
SCALE = 6371.0088 / 6371.007180918475
STAY_METRES, STAY_SECONDS, SILENCE, SILENT_PACE = 100.0, 300.0, 600.0, 1.0
TRIP_METRES, TRIP_SECONDS, SPIKE_METRES, SPIKE_PACE = 250.0, 60.0, 200.0, 30.0
WORST_ACCURACY, REACH, DAY = 500.0, 10_000.0, 86_400_000


def metres(a, b):
    return h3.great_circle_distance(a[1:], b[1:], unit="m") * SCALE


def seconds(a, b):
    return (b[0] - a[0]) / 1000


def read(path):
    """(milliseconds, latitude, longitude) in the order of time, the first of each moment."""
    points = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            if row["accuracy"] and float(row["accuracy"]) > WORST_ACCURACY:
                continue
            moment = datetime.fromisoformat(row["timestamp"].replace("Z", "+00:00"))
            elapsed = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
            time = elapsed.days * DAY + elapsed.seconds * 1000 + elapsed.microseconds // 1000
            points.setdefault(time, (time, float(row["lat"]), float(row["lon"])))
    return [points[time] for time in sorted(points)]


def visits(points, resolution):
    """(cell, first, last) of each visit."""
    found = []
    for time, latitude, longitude in points:
        fine = h3.latlng_to_cell(latitude, longitude, 8)
        cell = h3.cell_to_parent(fine, resolution)
        if found and found[-1][0] == cell and time - found[-1][2] <= DAY:
            found[-1][2] = time
        else:
            found.append([cell, time, time])
    return found


def without_spikes(points):
    kept = []
    for number, point in enumerate(points):
        if kept and number + 1 < len(points):
            before, after = kept[-1], points[number + 1]
            there, back = metres(before, point), metres(point, after)
            if (
                there > SPIKE_METRES
                and back > SPIKE_METRES
                and there > SPIKE_PACE * seconds(before, point)
                and back > SPIKE_PACE * seconds(point, after)
                and metres(before, after) * 2 <= min(there, back)
            ):
                continue
        kept.append(point)
    return kept


class Journeys:
    """Stays, trips and unseen ways, by indices into the points."""

    def __init__(self, points):
        self.points = points
        self.stays, self.trips, self.unseen = [], [], []
        # Moving since `start`, with everything since `anchor` near that; or staying at `anchor` up to `inside`.
        self.start = self.anchor = self.inside = 0
        self.is_staying, self.outside = False, None
        for now in range(1, len(points)):
            if self.gap(now - 1, now) > SILENCE:
                self.after_silence(now)
            else:
                self.step(now)
        if self.is_staying:
            self.stays.append((points[self.anchor][0], points[self.inside][0]))
            if self.outside is not None:
                self.trip(self.inside, self.outside)
        elif points:
            self.trip(self.start, len(points) - 1)

    def gap(self, a, b):
        return seconds(self.points[a], self.points[b])

    def near(self, a, b):
        return metres(self.points[a], self.points[b]) <= STAY_METRES

    def trip(self, first, last):
        pairs = list(zip(self.points[first:last], self.points[first + 1 : last + 1]))
        lengths = [metres(a, b) for a, b in pairs]
        length = math.fsum(lengths)
        if length < TRIP_METRES or self.gap(first, last) < TRIP_SECONDS:
            return
        speeds = [length / seconds(*pair) for length, pair in zip(lengths, pairs)]
        windows = [sorted(speeds[n : n + 5]) for n in range(max(1, len(speeds) - 4))]
        top = max(window[(len(window) - 1) // 2] for window in windows)
        self.trips.append((self.points[first][0], self.points[last][0], length, top))

    def depart(self):
        self.stays.append((self.points[self.anchor][0], self.points[self.inside][0]))
        self.start = self.inside
        self.anchor = self.inside if self.near(self.inside, self.outside) else self.outside
        self.is_staying, self.outside = False, None

    def move(self, now):
        if not self.near(self.anchor, now):
            self.anchor = now
        if self.gap(self.anchor, now) >= STAY_SECONDS:
            self.trip(self.start, self.anchor)
            self.is_staying, self.inside, self.outside = True, now, None

    def step(self, now):
        if not self.is_staying:
            self.move(now)
        elif self.near(self.anchor, now):
            self.inside, self.outside = now, None
        elif self.outside is None:
            self.outside = now
        else:
            self.depart()
            self.move(now)

    def after_silence(self, now):
        if self.near(self.anchor, now):
            return self.step(now)
        if self.is_staying and self.outside is not None:
            self.depart()
            if self.near(self.anchor, now):
                return self.move(now)
        last = now - 1
        has_stayed = metres(self.points[last], self.points[now]) < SILENT_PACE * self.gap(last, now)
        if self.is_staying:
            end = now if has_stayed else self.inside
            self.stays.append((self.points[self.anchor][0], self.points[end][0]))
        elif has_stayed:
            self.trip(self.start, self.anchor)
            self.stays.append((self.points[self.anchor][0], self.points[now][0]))
        else:
            self.trip(self.start, last)
        self.unseen.append((self.points[last][0], self.points[now][0], metres(self.points[last], self.points[now])))
        self.start = self.anchor = now
        self.is_staying = False


class Map:
    """Countries and regions out of the map file, without the hub's own form of it."""

    def __init__(self, path, codes):
        named = {}
        with open(codes) as file:
            for line in file:
                if not line.startswith("#"):
                    feature, country, region = line.rstrip("\n").split(",")
                    if region and "-" not in region:
                        region = f"{country}-{region}"
                    named[int(feature)] = (country, region)
        self.shapes, self.names = [], []
        file = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        for feature, blob in file.execute("SELECT fid, geom FROM states_provinces"):
            if feature not in named or blob is None:
                continue
            envelope = [0, 32, 48, 48, 64][blob[3] >> 1 & 7]
            assert blob[:2] == b"GP" and struct.unpack_from("<i", blob, 4)[0] == 4326
            for part in shapely.get_parts(shapely.from_wkb(blob[8 + envelope :])):
                self.shapes.append(part)
                self.names.append(named[feature])
        self.tree = shapely.STRtree(self.shapes)

    def locate(self, cell):
        """Of the smallest shape that the cell's centre is in, else of the nearest within reach."""
        latitude, longitude = h3.cell_to_latlng(cell)
        place = shapely.Point(longitude, latitude)
        inside = [n for n in self.tree.query(place) if shapely.covers(self.shapes[n], place)]
        if inside:
            return self.names[min(inside, key=lambda n: self.shapes[n].area)]
        shrink = math.cos(math.radians(latitude))
        degree = math.radians(1) * 6371008.8
        box = shapely.box(
            longitude - 0.1 / shrink, latitude - 0.1, longitude + 0.1 / shrink, latitude + 0.1
        )

        def flat(shape):
            return shapely.transform(
                shape, lambda at: (at - [longitude, latitude]) * [degree * shrink, degree]
            )

        origin = shapely.Point(0, 0)
        near = [(flat(self.shapes[n].intersection(box)).distance(origin), n) for n in self.tree.query(box)]
        near = [(distance, n) for distance, n in near if distance <= REACH]
        return self.names[min(near)[1]] if near else None


def record(points, world):
    result = {"points": len(points)}
    for resolution in (6, 8):
        found = visits(points, resolution)
        cells = {}
        for cell, first, last in found:
            known = cells.setdefault(cell, [first, last, 0])
            known[0], known[1], known[2] = min(known[0], first), max(known[1], last), known[2] + 1
        result[f"res{resolution}"] = {
            "cells": len(cells),
            "visits": len(found),
            "revisits": len(found) - len(cells),
            "mostVisits": max(known[2] for known in cells.values()),
            "first": min(known[0] for known in cells.values()),
            "last": max(known[1] for known in cells.values()),
            # Every cell with its own numbers, in one.
            "digest": sum(int(cell, 16) % 1_000_003 * known[2] for cell, known in cells.items()),
        }
    if world:
        places = [place for place in map(world.locate, {visit[0] for visit in visits(points, 8)}) if place]
        result["countries"] = sorted({country for country, _ in places})
        result["regions"] = sorted({region for _, region in places if region})
    # Of the cells that one was in, by where their centres are; the equator is of the north.
    north = [h3.cell_to_latlng(cell)[0] >= 0 for cell in {visit[0] for visit in visits(points, 8)}]
    result["northern"], result["southern"] = any(north), not all(north)
    result["days"] = len({time // DAY for time, _, _ in points})
    journeys = Journeys(without_spikes(points))
    result["stays"] = [list(stay) for stay in journeys.stays]
    result["trips"] = [list(trip) for trip in journeys.trips]
    result["unseen"] = [list(way) for way in journeys.unseen]
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--map")
    parser.add_argument("--codes")
    parser.add_argument("tracks", nargs="+")
    options = parser.parse_args()
    world = Map(options.map, options.codes) if options.map else None
    print(json.dumps({os.path.basename(path): record(read(path), world) for path in options.tracks}))


if __name__ == "__main__":
    main()
