// What somebody decided about this browser; kept in it, and nowhere else.

const key = "presence.settings";
const imperial = ["US", "LR", "MM", "GB"];

function defaults() {
  const region = navigator.language.split("-")[1];
  return { units: imperial.includes(region) ? "imperial" : "metric", theme: "auto" };
}

function load() {
  try {
    return { ...defaults(), ...JSON.parse(localStorage.getItem(key) ?? "{}") };
  } catch {
    return defaults();
  }
}

export const settings = load();
export const settingsChanges = new EventTarget();

export function change(name, value) {
  settings[name] = value;
  remember(key, JSON.stringify(settings));
  apply();
  settingsChanges.dispatchEvent(new Event("change"));
}

/** Whether what is shown is dark, by choice or by the system's. */
export function isDark() {
  if (settings.theme !== "auto") return settings.theme === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

export function apply() { document.documentElement.dataset.theme = isDark() ? "dark" : "light"; }

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  apply();
  settingsChanges.dispatchEvent(new Event("change"));
});

/** Keeps a text in this browser, if it lets us. */
export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch { /* A browser that keeps nothing asks again next time. */ }
}

export function recall(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

apply();
