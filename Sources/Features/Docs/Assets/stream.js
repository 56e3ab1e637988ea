// Shows the AsyncAPI document of the stream: what clients send, and what the hub sends, each message with its members.
const root = document.getElementById("stream");
const assets = document.documentElement.dataset.assets;

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function resolve(api, value) {
  if (value === null || typeof value !== "object" || value.$ref === undefined) return value;
  const target = value.$ref.slice(2).split("/").reduce((place, step) => place?.[step.replace("~1", "/")], api);
  return resolve(api, target);
}

const refName = (value) => (value && value.$ref ? value.$ref.split("/").pop() : null);

/// What a schema allows, in a few words.
function words(api, schema) {
  const name = refName(schema);
  const found = resolve(api, schema) ?? {};
  if (found.const !== undefined) return JSON.stringify(found.const);
  if (found.enum) return found.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (found.oneOf || found.anyOf) return (found.oneOf ?? found.anyOf).map((one) => words(api, one)).join(" or ");
  if (found.allOf) return found.allOf.map((one) => words(api, one)).join(" and ");
  const type = [found.type ?? "any"].flat().join(" or ");
  if (found.type === "array") return `array of ${words(api, found.items)}`;
  const limits = [];
  if (found.format) limits.push(found.format);
  if (found.minLength !== undefined || found.maxLength !== undefined)
    limits.push(`${found.minLength ?? 0}–${found.maxLength ?? "∞"} characters`);
  if (found.minimum !== undefined || found.maximum !== undefined)
    limits.push(`${found.minimum ?? "−∞"} to ${found.maximum ?? "∞"}`);
  const shown = name && found.type === "object" ? name : type;
  return limits.length ? `${shown} (${limits.join(", ")})` : shown;
}

/// The members of an object, those of all parts of `allOf` together.
function members(api, schema) {
  const found = resolve(api, schema) ?? {};
  const required = new Set(found.required ?? []);
  let rows = Object.entries(found.properties ?? {}).map(([name, value]) => ({ name, value, required: required.has(name) }));
  for (const part of found.allOf ?? []) {
    const inner = members(api, part);
    rows = rows.filter((row) => !inner.some((other) => other.name === row.name)).concat(inner);
    for (const row of rows) if (required.has(row.name)) row.required = true;
  }
  return rows;
}

function table(api, schema) {
  const rows = members(api, schema).map(({ name, value, required }) =>
    element("tr", {},
      element("th", { scope: "row" }, element("code", {}, name), required ? null : element("span", { class: "optional" }, " optional")),
      element("td", {}, words(api, value)),
      element("td", {}, (resolve(api, value)?.description ?? value.description ?? "").trim())));
  if (rows.length === 0) return null;
  return element("div", { class: "wide" }, element("table", {},
    element("thead", {}, element("tr", {},
      element("th", { scope: "col" }, "Member"), element("th", { scope: "col" }, "Value"), element("th", { scope: "col" }, ""))),
    element("tbody", {}, ...rows)));
}

function card(api, key, message, operation) {
  const payload = resolve(api, message.payload);
  const type = resolve(api, payload?.properties?.type)?.const ?? message.name ?? key;
  const summary = message.summary ?? operation?.summary;
  const replies = (operation?.reply?.messages ?? []).map((one) => {
    const target = refName(one);
    return element("a", { href: `#${target}` }, target);
  });
  const examples = (message.examples ?? []).map((example) =>
    element("pre", {}, element("code", {}, JSON.stringify(example.payload))));
  return element("section", { id: key, class: "message" },
    element("h3", {}, element("code", {}, type)),
    summary ? element("p", {}, summary.trim()) : null,
    replies.length ? element("p", { class: "replies" }, "Answered by ", ...replies.flatMap((link, index) => (index ? [", ", link] : [link]))) : null,
    table(api, message.payload), ...examples);
}

function part(api, title, text, keys, operationOf) {
  return [
    element("h2", {}, title), element("p", {}, text),
    ...keys.map((key) => card(api, key, resolve(api, api.components.messages[key]), operationOf.get(key))),
  ];
}

function show(api) {
  const received = new Map();
  const sent = new Set();
  for (const operation of Object.values(api.operations)) {
    for (const reference of operation.messages ?? []) {
      if (operation.action === "receive") received.set(refName(reference), operation);
      else sent.add(refName(reference));
    }
    for (const reference of operation.reply?.messages ?? []) sent.add(refName(reference));
  }
  const keys = Object.keys(api.components.messages);
  const fromClient = keys.filter((key) => received.has(key));
  const fromHub = keys.filter((key) => !received.has(key));
  const shapes = Object.entries(api.components.schemas ?? {}).filter(([, schema]) => members(api, schema).length > 0);
  const channel = Object.values(api.channels)[0];
  const index = (list) => element("ul", { class: "index" }, ...list.map((key) => element("li", {}, element("a", { href: `#${key}` }, key))));
  root.append(
    element("h1", {}, api.info.title),
    element("p", { class: "lead" }, (channel.description ?? api.info.description).trim()),
    element("p", {}, element("code", { class: "address" }, `GET ${channel.address}`), " with ", element("code", {}, "Upgrade: websocket")),
    element("p", {}, element("a", { href: `${assets}/asyncapi.json` }, "The AsyncAPI 3 document")),
    element("nav", { "aria-label": "Messages", class: "columns" },
      element("div", {}, element("h2", {}, "You send"), index(fromClient)),
      element("div", {}, element("h2", {}, "The hub sends"), index(fromHub))),
    ...part(api, "What clients send", "An integer id in a message comes back as re in its reply.", fromClient, received),
    ...part(api, "What the hub sends", "Members that a client does not know are to be ignored, and so are types.", fromHub, new Map()),
    element("h2", {}, "Shapes"),
    ...shapes.map(([name, schema]) => element("section", { id: `shape-${name}`, class: "message" },
      element("h3", {}, element("code", {}, name)),
      schema.description ? element("p", {}, schema.description.trim()) : null, table(api, schema))),
  );
  root.dataset.ready = "true";
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

try {
  const answer = await fetch(`${assets}/asyncapi.json`);
  if (!answer.ok) throw new Error(`the hub answered ${answer.status}`);
  show(await answer.json());
} catch (error) {
  root.append(element("p", { class: "notice", role: "alert" }, `The document could not be loaded: ${error.message}. Reload the page to try again.`));
}
