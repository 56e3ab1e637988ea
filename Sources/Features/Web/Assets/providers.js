// Signing in with an account elsewhere (OpenID Connect): to the provider and back. What the provider says is the hub's to check,
// nonce and all; that what comes back was begun in this tab is the page's.
import { callOpen, signInWith } from "./api.js";
import { h } from "./dom.js";
import { strings } from "./strings.en.js";

/** Where providers send people back to. */
const back = "/sign-in/callback";
/** Under which name a tab remembers what it has begun; gone with the tab. */
const begun = "presence.provider";

/** Whether this is the way back; who comes by another has given up what was begun. */
export function isBack() {
  if (location.pathname === back) return true;
  sessionStorage.removeItem(begun);
  return false;
}

/**
 * Buttons for the providers of this hub, which are asked for; nothing if it has none.
 *
 * @param code Gives an invitation's, for somebody new.
 * @param totp A field for the code of a second factor, of an account that asked for it.
 * @param fail Is told why the way to a provider cannot be begun.
 */
export function providerButtons(code, totp, fail) {
  const element = h("div", { class: "providers" });
  callOpen("GET", "/auth/providers").then(({ providers }) => {
    for (const { name, title } of providers) {
      element.append(h("button", { class: "secondary", type: "button",
        onclick: () => leave(name, code(), totp ? totp.input.value.trim() : undefined).catch(fail) }, strings.signInWith(title)));
    }
  }).catch(() => { /* There is the password. */ });
  return element;
}

async function leave(name, code, totp) {
  const answer = await callOpen("POST", `/auth/providers/${encodeURIComponent(name)}/begin`,
    { redirectUri: location.origin + back });
  sessionStorage.setItem(begun, JSON.stringify({ name, state: answer.state, code, totp }));
  location.assign(answer.authorizationUrl);
}

/** Signs in with what a provider has sent back; `false` if that was not begun here, or was given up. */
export async function arrive() {
  const query = new URLSearchParams(location.search);
  const kept = JSON.parse(sessionStorage.getItem(begun) ?? "null");
  sessionStorage.removeItem(begun);
  // The code is not for the history. An invitation is followed when one is in, by somebody who had an account; a new one has
  // joined by it, and it may be used up.
  history.replaceState(null, "", kept?.code ? `/join/${encodeURIComponent(kept.code)}#sent` : "/");
  const code = query.get("code");
  if (!kept || !code || query.get("state") !== kept.state) return false;
  const values = { state: kept.state, code };
  if (kept.code) values.invitationCode = kept.code;
  if (kept.totp) values.totp = kept.totp;
  try {
    await signInWith(kept.name, values);
  } catch (error) {
    error.hadCode = Boolean(kept.totp);
    throw error;
  }
  return true;
}
