// Signing in and registering, and the two places that mails lead to.
import { callOpen, register, signIn } from "./api.js";
import { field, fill, h } from "./dom.js";
import { arrive, providerButtons } from "./providers.js";
import { strings } from "./strings.en.js";

/** What to tell somebody of a refusal, when no field of a form can. */
export function explain(error) {
  if (error.status === 0 || error.status === 503) return strings.unreachable;
  if (error.status === 429) return strings.tooOften(error.retryAfter ?? 60);
  return error.message || strings.failed;
}

/** Shows a refusal at the fields that it names, and the rest above the form. */
function show(error, fields, general) {
  let isSaid = false;
  for (const { field: name, message } of error.details ?? []) {
    if (!fields[name]) continue;
    fields[name].complain(message);
    isSaid = true;
  }
  if (error.code === "duplicate_email" || error.code === "duplicate_username") {
    fields[error.code === "duplicate_email" ? "email" : "username"].complain(strings.taken);
    isSaid = true;
  }
  general.textContent = isSaid ? "" : error.code === "invalid_credentials" ? strings.wrongCredentials : explain(error);
}

/**
 * Fills `root` with the forms; who is done hears of it from the session.
 *
 * @param needsCode Whether a provider's account was refused for want of its second factor.
 */
export function showSignIn(root, notice = "", needsCode = false) {
  const { registration } = document.documentElement.dataset;
  const code = /^\/join\/([A-Za-z0-9_-]+)$/.exec(location.pathname)?.[1] ?? "";
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  document.title = strings.appName;
  const card = h("main", { class: "card" });
  fill(root, h("div", { class: "entrance" }, card));
  if (location.pathname === "/reset-password" && token) return resetForm(card, root, token);
  if (location.pathname === "/verify-email" && token) {
    callOpen("POST", "/auth/verify-email", { token }).then(
      () => done(root, strings.verified), () => done(root, strings.linkStale));
    return undefined;
  }
  const mayRegister = registration === "open" || registration === "invitation";
  return code && mayRegister && !needsCode ? registerForm(card, code, notice)
    : loginForm(card, notice, mayRegister, code, needsCode);
}

/**
 * The way back from a provider, which ends in a sign-in or in the form.
 *
 * @param goOn Goes on as without it, with a notice, if it was not begun here: whoever is signed in stays so.
 */
export async function showReturn(root, goOn) {
  fill(root, h("p", { class: "plain", role: "status" }, strings.connecting));
  try {
    if (!await arrive()) await goOn(strings.providerFailed);
  } catch (error) {
    const needsCode = error.code === "second_factor_required" || error.hadCode === true;
    showSignIn(root, error.code === "second_factor_required" ? strings.providerCode
      : needsCode && error.code === "invalid_credentials" ? strings.wrongCode : explain(error), needsCode);
  }
}

/** Where a mail led to is not where a reload should lead. */
function done(root, notice) {
  history.replaceState(null, "", "/");
  showSignIn(root, notice);
}

function heading(title) {
  return [h("div", { class: "brand" }, h("img", { src: `${document.documentElement.dataset.assets}/icon.svg`, alt: "",
    width: 44, height: 44 }), h("div", {}, h("h1", {}, strings.appName), h("p", {}, strings.tagline))),
  h("h2", { class: "sr" }, title)];
}

/** A form that is sent once at a time. */
function form(fields, label, general, send, ...after) {
  const button = h("button", { class: "primary", type: "submit" }, label);
  return h("form", { novalidate: true, onsubmit: async (event) => {
    event.preventDefault();
    for (const one of Object.values(fields)) one.complain("");
    general.textContent = "";
    button.disabled = true;
    try {
      await send();
    } catch (error) {
      show(error, fields, general);
    } finally {
      button.disabled = false;
    }
  } }, Object.values(fields).map((one) => one.element), general, button, after);
}

/** What stands below a form: the other ways in. */
function providers(code, general, totp) {
  return providerButtons(code, totp, (error) => {
    // The hub was not told of this page (docs/map.md).
    const isUnknown = error.details?.some((one) => one.field === "redirectUri");
    general.textContent = isUnknown ? strings.providerElsewhere : explain(error);
  });
}

function loginForm(card, notice, mayRegister, code, needsCode = false) {
  const fields = {
    login: field(strings.emailOrName, { name: "username", autocomplete: "username", autocapitalize: "none", required: true }),
    password: field(strings.password, { name: "password", type: "password", autocomplete: "current-password",
      required: true }),
  };
  const general = h("p", { class: "wrong", role: "alert" });
  const totp = needsCode && field(strings.code, { name: "provider-code", autocomplete: "one-time-code" }, strings.codeHint);
  const send = async () => {
    const login = fields.login.input.value.trim();
    const values = { password: fields.password.input.value, [login.includes("@") ? "email" : "username"]: login };
    const second = fields.totp?.input.value.trim();
    if (second) values.totp = second;
    try {
      await signIn(values);
    } catch (error) {
      if (error.code !== "second_factor_required") {
        if (second && error.code === "invalid_credentials") fields.totp.complain(strings.wrongCode);
        throw error;
      }
      if (fields.totp) return;
      fields.totp = field(strings.code, { name: "totp", autocomplete: "one-time-code", inputmode: "text" }, strings.codeHint);
      fields.password.element.after(fields.totp.element);
      fields.totp.input.focus();
    }
  };
  const forgot = document.documentElement.dataset.mail === "on" && h("button", { class: "link", type: "button",
    onclick: () => forgotForm(card) }, strings.forgot);
  fill(card, heading(strings.signIn), notice && h("p", { class: "notice", role: "status" }, notice),
    form(fields, strings.signIn, general, send, forgot), totp && totp.element, providers(() => code, general, totp),
    mayRegister ? h("button", { class: "secondary", type: "button", onclick: () => registerForm(card, code) },
      strings.createAccount) : h("p", { class: "hint" }, strings.registrationClosed));
  fields.login.input.focus();
}

function registerForm(card, code, notice = "") {
  const fields = {
    displayName: field(strings.displayName, { name: "name", autocomplete: "name", required: true, maxlength: 50 },
      strings.displayNameHint),
    username: field(strings.username, { name: "username", autocomplete: "username", autocapitalize: "none", required: true },
      strings.usernameHint),
    email: field(strings.email, { name: "email", type: "email", autocomplete: "email", required: true }),
    password: field(strings.password, { name: "password", type: "password", autocomplete: "new-password", required: true },
      strings.passwordHint),
  };
  if (document.documentElement.dataset.registration === "invitation" || code) {
    fields.invitationCode = field(strings.invitationCode, { name: "invitation", value: code, autocomplete: "off" });
  }
  const general = h("p", { class: "wrong", role: "alert" });
  const send = async () => {
    const values = { username: fields.username.input.value.trim(), email: fields.email.input.value.trim(),
      password: fields.password.input.value };
    const name = fields.displayName.input.value.trim();
    const invitation = fields.invitationCode?.input.value.trim();
    if (name) values.displayName = name;
    if (invitation) {
      values.invitationCode = invitation;
      // The new account joins by it; there is nothing more to follow.
      history.replaceState(null, "", "/");
    }
    await register(values);
  };
  fill(card, heading(strings.createAccount), notice && h("p", { class: "notice", role: "status" }, notice),
    form(fields, strings.createAccount, general, send), providers(() => fields.invitationCode?.input.value.trim() || code, general),
    h("button", { class: "secondary", type: "button", onclick: () => loginForm(card, "", true, code) }, strings.haveAccount));
  fields.displayName.input.focus();
}

function forgotForm(card) {
  const fields = { email: field(strings.email, { name: "email", type: "email", autocomplete: "email", required: true }) };
  const general = h("p", { class: "wrong", role: "alert" });
  const send = async () => {
    await callOpen("POST", "/auth/forgot-password", { email: fields.email.input.value.trim() });
    loginForm(card, strings.forgotSent, document.documentElement.dataset.registration !== "closed", "");
  };
  fill(card, heading(strings.forgot), form(fields, strings.send, general, send),
    h("button", { class: "secondary", type: "button",
      onclick: () => loginForm(card, "", document.documentElement.dataset.registration !== "closed", "") }, strings.cancel));
  fields.email.input.focus();
}

function resetForm(card, root, token) {
  const fields = { newPassword: field(strings.newPassword, { name: "password", type: "password",
    autocomplete: "new-password", required: true }, strings.passwordHint) };
  const general = h("p", { class: "wrong", role: "alert" });
  const send = async () => {
    await callOpen("POST", "/auth/reset-password", { token, newPassword: fields.newPassword.input.value });
    done(root, strings.resetDone);
  };
  fill(card, heading(strings.newPassword), form(fields, strings.save, general, send));
  fields.newPassword.input.focus();
}
