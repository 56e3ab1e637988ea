// Elements by hand. Whatever people wrote goes through `textContent`: there is no way here to put markup into the page.

/** Makes an element: attributes, `on…` listeners, `class`, `dataset`; children are elements or text, and nothing is left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Replaces what is in an element. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

const paths = {
  people: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm0 2c-4 0-7 2-7 5v2h14v-2c0-3-3-5-7-5Zm7.5-2.2a3.4 3.4 0 1 0-.9-6.6 6 6 0 0 1-1 6.1c.6.3 1.2.5 1.9.5Zm1.5 2.3c1.3 1.2 2 2.9 2 4.9v2h3v-2c0-2.5-2-4.4-5-4.9Z",
  chat: "M4 3h16a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H9l-5 4v-4a2 2 0 0 1-2-2V5c0-1.1.9-2 2-2Z",
  map: "m9 3 6 2.5L21 3v15.5L15 21l-6-2.5L3 21V5.5L9 3Zm1 2.2v12l4 1.7V6.9l-4-1.7Z",
  fit: "M4 9V4h5v2H6v3H4Zm11-5h5v5h-2V6h-3V4ZM6 15v3h3v2H4v-5h2Zm12 3v-3h2v5h-5v-2h3Zm-6-9a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z",
  history: "M13 3a9 9 0 0 0-8.5 6H2l3.5 4L9 9H6.7A7 7 0 1 1 6 14H4a9 9 0 1 0 9-11Zm-1 4v6l5 3 .8-1.4-4.3-2.5V7H12Z",
  send: "M3 20.5 22 12 3 3.5 3 10l12 2-12 2v6.5Z",
  target: "M11 2h2v2.1A8 8 0 0 1 19.9 11H22v2h-2.1a8 8 0 0 1-6.9 6.9V22h-2v-2.1A8 8 0 0 1 4.1 13H2v-2h2.1A8 8 0 0 1 11 4.1V2Zm1 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12Zm0 3a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z",
  link: "M10 14a4 4 0 0 0 5.7 0l3.5-3.5a4 4 0 0 0-5.7-5.7L12 6.3l1.4 1.4 1.5-1.5a2 2 0 1 1 2.9 2.9L14.3 12.6a2 2 0 0 1-2.9 0L10 14Zm4-4a4 4 0 0 0-5.7 0l-3.5 3.5a4 4 0 0 0 5.7 5.7l1.5-1.5-1.4-1.4-1.5 1.5a2 2 0 1 1-2.9-2.9l3.5-3.5a2 2 0 0 1 2.9 0L14 10Z",
  plus: "M11 4h2v7h7v2h-7v7h-2v-7H4v-2h7V4Z",
  close: "m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4 6.4 5Z",
  down: "m6 9 6 6 6-6 1.4 1.4L12 17.8 4.6 10.4 6 9Z",
  play: "M7 4.5v15l12-7.5-12-7.5Z",
  pause: "M6 5h4v14H6V5Zm8 0h4v14h-4V5Z",
  invite: "M10 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm0 2c-4 0-8 2-8 5v1h16v-1c0-3-4-5-8-5Zm8-9h2v3h3v2h-3v3h-2v-3h-3V8h3V5Z",
};

/** One of the page's signs; decoration, so that what has no text needs a label of its own. */
export function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", paths[name]);
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}

/** A dialog that is shown at once and gone when it closes; Escape and a click beside it close it. */
export function dialog(title, closeLabel, ...content) {
  const element = h("dialog", { class: "dialog", "aria-label": title },
    h("header", {}, h("h2", {}, title),
      h("button", { class: "plain-button", type: "button", "aria-label": closeLabel, onclick: () => element.close() },
        icon("close"))),
    content);
  element.addEventListener("close", () => element.remove());
  element.addEventListener("click", (event) => { if (event.target === element) element.close(); });
  document.body.append(element);
  element.showModal();
  return element;
}

let toastTimer = 0;

/** Says something for a few seconds, aloud for those who listen. */
export function toast(text, isBad = false) {
  document.querySelector(".toast")?.remove();
  clearTimeout(toastTimer);
  document.body.append(h("div", { class: isBad ? "toast bad" : "toast", role: isBad ? "alert" : "status" }, text));
  toastTimer = setTimeout(() => document.querySelector(".toast")?.remove(), 5000);
}

/** A field of a form with its label and, below, what is wrong with it. */
export function field(label, attributes, hint) {
  const id = `f${field.count++}`;
  const input = h(attributes.options ? "select" : "input", { id, ...attributes, options: undefined });
  for (const [value, text] of attributes.options ?? []) input.append(h("option", { value }, text));
  if (attributes.options && attributes.value !== undefined) input.value = attributes.value;
  const wrong = h("p", { class: "wrong", id: `${id}w` });
  input.setAttribute("aria-describedby", `${id}w`);
  const element = h("div", { class: "field" }, h("label", { for: id }, label), input,
    hint && h("p", { class: "hint" }, hint), wrong);
  return { element, input, complain: (text) => {
    wrong.textContent = text ?? "";
    input.toggleAttribute("aria-invalid", Boolean(text));
  } };
}
field.count = 1;
