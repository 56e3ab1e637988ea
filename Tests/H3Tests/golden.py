"""Writes golden.csv: what the Python binding of H3 (PyPI, h3 4.5.0) makes of places all over the earth.

    python3 golden.py >golden.csv

One line: latitude, longitude, resolution, cell, parent at resolution 0, centre, square metres, whether it is a pentagon,
and the corners. Numbers have 17 digits, so that they are the same doubles again.
"""
import random

import h3

random.seed(6)
places = [
    (90.0, 0.0), (90.0, 135.0), (-90.0, 0.0), (-90.0, -77.0), (0.0, 0.0), (-0.0, -0.0), (0.0, 180.0), (0.0, -180.0),
    (51.5, 180.0), (-16.5, 179.95), (-16.5, -179.95), (65.9, -179.999999999), (89.9999, 45.0), (-89.9999, -45.0),
    (37.7749, -122.4194), (48.1486, 17.1077), (-33.8688, 151.2093), (41.9022, 12.4533), (51.44, 4.93), (-54.8, -68.3),
]
# Where the pentagons are, and beside them.
for pentagon in h3.get_pentagons(3):
    latitude, longitude = h3.cell_to_latlng(pentagon)
    places += [(latitude, longitude), (latitude + 0.05, longitude)]
places += [(random.uniform(-90, 90), random.uniform(-180, 180)) for _ in range(60)]

for number, (latitude, longitude) in enumerate(places):
    for resolution in (6, 8, number % 16):
        cell = h3.latlng_to_cell(latitude, longitude, resolution)
        centre = h3.cell_to_latlng(cell)
        corners = " ".join(f"{y:.17g} {x:.17g}" for y, x in h3.cell_to_boundary(cell))
        print(
            f"{latitude:.17g},{longitude:.17g},{resolution},{cell},{h3.cell_to_parent(cell, 0)},"
            f"{centre[0]:.17g},{centre[1]:.17g},{h3.cell_area(cell, 'm^2'):.17g},{int(h3.is_pentagon(cell))},{corners}")
