// A base map without a tile server: the borders of countries and regions that the hub has, drawn into tiles.
// The form of the bytes is that of `Earth/RegionMap/outlines`.

const stepsPerDegree = 1000;

/** Reads the hub's bytes: names with where they go, and rings with what is around them. */
export function read(buffer) {
  const bytes = new Uint8Array(buffer);
  const text = new TextDecoder();
  if (text.decode(bytes.subarray(0, 8)) !== "PHOUTL01") throw new Error("no outlines");
  let at = 8;
  const number = () => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  const signed = () => {
    const value = number();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };
  const string = () => {
    const length = number();
    at += length;
    return text.decode(bytes.subarray(at - length, at));
  };
  const label = (name) => ({ name, lat: signed() / stepsPerDegree, lng: signed() / stepsPerDegree,
    width: number() / stepsPerDegree });
  const countries = Array.from({ length: number() }, () => { string(); return label(string()); });
  const regions = Array.from({ length: number() }, () => { number(); return label(string()); });
  const rings = [];
  const count = number();
  for (let index = 0; index < count; index++) {
    const country = number();
    number();
    const corners = number();
    const points = new Float32Array(corners * 2);
    let lat = 0;
    let lng = 0;
    let south = Infinity, north = -Infinity, west = Infinity, east = -Infinity;
    for (let corner = 0; corner < corners; corner++) {
      lat += signed();
      lng += signed();
      // On Web Mercator's square, 0…1 both ways; half a metre of Float32 is not seen behind 110 m of the steps.
      const x = lng / stepsPerDegree / 360 + 0.5;
      const y = mercator(lat / stepsPerDegree);
      points[corner * 2] = x;
      points[corner * 2 + 1] = y;
      if (x < west) west = x;
      if (x > east) east = x;
      if (y < north || north === -Infinity) north = y;
      if (y > south || south === Infinity) south = y;
    }
    rings.push({ country, points, west, east, north, south });
  }
  rings.sort((one, other) => one.country - other.country);
  return { countries, regions, rings };
}

function mercator(latitude) {
  const sine = Math.sin(Math.max(-85.05, Math.min(85.05, latitude)) * Math.PI / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

function latitude(y) { return Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180 / Math.PI; }

const palettes = {
  light: { water: "#cbdfe8", land: "#f5f2ea", country: "#a99f8c", region: "#d9d2c2", coast: "#9fb9c6", line: "#00000012",
    text: "#6f6857", halo: "#f5f2ead0", faint: "#00000059" },
  dark: { water: "#10171f", land: "#1f2832", country: "#566473", region: "#2e3945", coast: "#3a4857", line: "#ffffff10",
    text: "#93a1b0", halo: "#1f2832d0", faint: "#ffffff59" },
};

/** A Leaflet layer of them; without outlines (`null`) it has the lines of latitude and longitude alone. */
export function makeLayer(outlines, isDark) {
  const colours = palettes[isDark ? "dark" : "light"];
  const Layer = window.L.GridLayer.extend({
    createTile(coords) {
      const size = 256;
      const ratio = Math.min(window.devicePixelRatio || 1, 2);
      const tile = document.createElement("canvas");
      tile.width = tile.height = size * ratio;
      const context = tile.getContext("2d");
      context.scale(ratio, ratio);
      context.fillStyle = outlines ? colours.water : colours.land;
      context.fillRect(0, 0, size, size);
      const scale = size * 2 ** coords.z;
      const view = { x: coords.x * size, y: coords.y * size, scale, zoom: coords.z, size };
      if (outlines) drawLand(context, view, outlines, colours);
      drawGraticule(context, view, colours);
      if (outlines) drawNames(context, view, outlines, colours);
      return tile;
    },
  });
  return new Layer({ minZoom: 1, maxZoom: 19, updateWhenZooming: false, keepBuffer: 3 });
}

function drawLand(context, view, { rings }, colours) {
  const margin = 4 / view.scale;
  const west = view.x / view.scale - margin, east = (view.x + view.size) / view.scale + margin;
  const north = view.y / view.scale - margin, south = (view.y + view.size) / view.scale + margin;
  const near = rings.filter((ring) => ring.west < east && ring.east > west && ring.north < south && ring.south > north);
  const ofCountry = new Map();
  for (const ring of near) {
    if (!ofCountry.has(ring.country)) ofCountry.set(ring.country, new Path2D());
    trace(ofCountry.get(ring.country), ring, view);
  }
  context.lineJoin = "round";
  // A country's own land covers the inner half of its border, and the borders of its regions.
  for (const path of ofCountry.values()) {
    context.strokeStyle = view.zoom < 4 ? colours.coast : colours.country;
    context.lineWidth = view.zoom < 4 ? 1.4 : 2.4;
    context.stroke(path);
    context.fillStyle = colours.land;
    context.fill(path, "evenodd");
    // Neighbouring regions leave a hair between them.
    context.strokeStyle = view.zoom < 5 ? colours.land : colours.region;
    context.lineWidth = view.zoom < 5 ? 0.6 : 1;
    context.stroke(path);
  }
}

/** Leaves out what is less than half a pixel from the corner before. */
function trace(path, { points }, view) {
  let lastX = points[0] * view.scale - view.x;
  let lastY = points[1] * view.scale - view.y;
  path.moveTo(lastX, lastY);
  for (let index = 2; index < points.length; index += 2) {
    const x = points[index] * view.scale - view.x;
    const y = points[index + 1] * view.scale - view.y;
    if (Math.abs(x - lastX) < 0.5 && Math.abs(y - lastY) < 0.5) continue;
    path.lineTo(x, y);
    lastX = x;
    lastY = y;
  }
  path.closePath();
}

const spacings = [60, 30, 30, 20, 10, 10, 5, 2, 1, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01, 0.005, 0.0025, 0.001, 0.0005, 0.00025];

function drawGraticule(context, view, colours) {
  const step = spacings[Math.min(view.zoom, spacings.length - 1)];
  const digits = Math.max(0, Math.ceil(-Math.log10(step)) + (/[25]/.test(String(step)) && step < 1 ? 1 : 0));
  const { size, scale } = view;
  const west = (view.x / scale - 0.5) * 360, east = ((view.x + size) / scale - 0.5) * 360;
  const north = latitude(view.y / scale), south = latitude((view.y + size) / scale);
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.beginPath();
  const columns = [];
  // From the neighbours too, whose labels reach over here.
  const reach = 90 / scale * 360;
  for (let index = Math.ceil((west - reach) / step); index * step <= east; index++) {
    const x = (index * step / 360 + 0.5) * scale - view.x;
    columns.push([index * step, x]);
    context.moveTo(x, 0);
    context.lineTo(x, size);
  }
  const rows = [];
  const rise = 16 / scale * 360;
  for (let index = Math.ceil((south - rise) / step); index * step <= north; index++) {
    const y = mercator(index * step) * scale - view.y;
    rows.push([index * step, y]);
    context.moveTo(0, y);
    context.lineTo(size, y);
  }
  context.stroke();
  if (view.zoom < 9) return;
  context.fillStyle = colours.faint;
  context.font = "10px system-ui, sans-serif";
  for (const [lng, x] of columns) {
    for (const [lat, y] of rows) context.fillText(`${lat.toFixed(digits)}, ${lng.toFixed(digits)}`, x + 4, y - 4);
  }
}

function drawNames(context, view, { countries, regions }, colours) {
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = 3;
  context.strokeStyle = colours.halo;
  context.fillStyle = colours.text;
  const draw = (labels, font, spread) => {
    context.font = font;
    for (const label of labels) {
      const width = label.width / 360 * view.scale;
      if (width < 34 || width > view.size * 24) continue;
      const x = (label.lng / 360 + 0.5) * view.scale - view.x;
      const y = mercator(label.lat) * view.scale - view.y;
      if (x < -160 || x > view.size + 160 || y < -20 || y > view.size + 20) continue;
      if (context.measureText(label.name).width * spread > width) continue;
      context.strokeText(label.name, x, y);
      context.fillText(label.name, x, y);
    }
  };
  if (view.zoom >= 7) draw(regions, "500 11px system-ui, sans-serif", 1.25);
  else draw(countries, "600 12px system-ui, sans-serif", 1.1);
  context.textAlign = "start";
  context.textBaseline = "alphabetic";
}
