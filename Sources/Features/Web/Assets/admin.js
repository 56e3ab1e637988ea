// The administration of a hub: the key is asked for, then figures and lists, each at a place of its own (`#jobs`).
import { access, enter, forget, isKey } from "./admin-api.js";
import { explain, places, show } from "./admin-lists.js";
import { Overview } from "./admin-overview.js";
import { field, fill, h } from "./dom.js";
import { strings } from "./admin-strings.en.js";
import "./settings.js";

const root = document.getElementById("admin");
const { assets } = document.documentElement.dataset;
/** What goes on while a key is there; nothing before. */
let overview = null;

function logo(size) { return h("img", { src: `${assets}/icon.svg`, alt: "", width: size, height: size }); }

function refusal(error) {
  if (error.status === 401) return strings.keyUnknown;
  if (error.status === 403) return location.protocol === "http:" && error.message.includes("HTTPS")
    ? error.message : strings.keyNotAdmin;
  return explain(error);
}

function askForKey(notice = "") {
  const key = field(strings.key, { name: "key", type: "password", autocomplete: "off", autocapitalize: "none",
    spellcheck: "false", required: true }, strings.keyHint);
  const button = h("button", { class: "primary", type: "submit" }, strings.enter);
  const form = h("form", { novalidate: true, onsubmit: async (event) => {
    event.preventDefault();
    const text = key.input.value.trim();
    key.complain(isKey(text) ? "" : strings.keyMalformed);
    if (!isKey(text)) return;
    button.disabled = true;
    try {
      const first = await enter(text);
      key.input.value = "";
      open(first);
    } catch (error) {
      key.complain(refusal(error));
      key.input.focus();
    } finally {
      button.disabled = false;
    }
  } }, key.element, button);
  fill(root, h("div", { class: "entrance" }, h("main", { class: "card" },
    h("div", { class: "brand" }, logo(44), h("div", {}, h("h1", {}, strings.title), h("p", {}, strings.tagline))),
    notice && h("p", { class: "notice", role: "status" }, notice), form)));
  document.title = `${strings.title} · ${strings.appName}`;
  key.input.focus();
}

function open(first) {
  const pill = h("p", { class: "pill", role: "status" }, strings.first);
  const told = h("span", {});
  const banner = h("div", { class: "banner", role: "alert", hidden: true }, told,
    h("button", { class: "link", type: "button", onclick: () => overview?.ask() }, strings.tryAgain));
  const main = h("main", { id: "place", tabindex: "-1" });
  const links = Object.fromEntries(["overview", ...Object.keys(places)].map((name) =>
    [name, h("a", { href: `#${name}` }, strings[name])]));
  overview = new Overview((state, short, text, figures) => {
    if (pill.dataset.state !== state || pill.textContent !== short) {
      pill.dataset.state = state;
      pill.textContent = short;
    }
    if (told.textContent !== text) told.textContent = text;
    banner.hidden = text === "";
    if (!figures) return;
    // A dead letter is seen from everywhere.
    fill(links.jobs, strings.jobs, figures.jobs.dead > 0 && h("span", { class: "badge" }, figures.jobs.dead));
  });
  const go = () => {
    const wanted = location.hash.slice(1);
    const name = Object.hasOwn(links, wanted) ? wanted : "overview";
    for (const [place, link] of Object.entries(links)) {
      if (place === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    document.title = `${strings[name]} · ${strings.title} · ${strings.appName}`;
    fill(main, name === "overview" ? overview.element : show(name));
    window.scrollTo(0, 0);
  };
  fill(root, h("header", { class: "top" },
    h("div", { class: "top-line" }, logo(30), h("h1", {}, strings.title), pill, h("span", { class: "grow" }),
      h("button", { class: "secondary small", type: "button", onclick: () => leave() }, strings.leave)),
    h("nav", { "aria-label": strings.places }, Object.values(links))), banner, main);
  window.onhashchange = go;
  go();
  overview.start(first);
}

function leave(notice = "") {
  overview?.stop();
  overview = null;
  window.onhashchange = null;
  document.querySelector("dialog")?.close();
  forget();
  askForKey(notice);
}

access.addEventListener("end", () => leave(strings.keyOver));
askForKey();
