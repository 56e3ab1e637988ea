// Groups and invitations: choosing one, making one, joining one, and who is in it.
import { call } from "./api.js";
import { dialog, field, fill, h, icon, toast } from "./dom.js";
import { avatar } from "./panel.js";
import { explain } from "./signin.js";
import { strings } from "./strings.en.js";

/** Runs what a button asks for; the button waits, and what goes wrong is said. */
export function busy(button, work) {
  return async (event) => {
    event?.preventDefault();
    const element = button ?? event.currentTarget;
    element.disabled = true;
    try {
      await work(event);
    } catch (error) {
      toast(explain(error), true);
    } finally {
      element.disabled = false;
    }
  };
}

function open(title, ...content) { return dialog(title, strings.close, ...content); }

/** A field with a button beside it, sent by Enter too. */
function line(one, label, send) {
  const button = h("button", { class: "primary", type: "submit" }, label);
  return h("form", { class: "line", novalidate: true, onsubmit: busy(button, async () => {
    one.complain("");
    try {
      await send(one.input.value.trim());
    } catch (error) {
      const detail = error.details?.[0]?.message;
      if (!detail) throw error;
      one.complain(detail);
    }
  }) }, one.element, button);
}

export function makeGroup(onMade) {
  const name = field(strings.groupName, { maxlength: 100, required: true });
  const element = open(strings.newGroup, line(name, strings.create, async (value) => {
    const group = await call("POST", "/groups", { name: value });
    element.close();
    onMade(group);
  }));
  name.input.focus();
}

/**
 * What a code leads to, and whether one wants that.
 *
 * @param isSent Whether a new account may have joined by it already, which is nothing to complain of.
 */
export async function joinByCode(code, onJoined, isSent = false) {
  let invitation;
  try {
    invitation = await call("GET", `/invitations/${encodeURIComponent(code)}`);
  } catch (error) {
    if (isSent && error.status === 404) return undefined;
    return toast(error.status === 404 ? strings.badCode : explain(error), true);
  }
  const button = h("button", { class: "primary", type: "button" }, strings.join);
  const element = open(strings.joinGroup, h("p", { dir: "auto" }, strings.joinQuestion(invitation.groupName,
    invitation.invitedBy.displayName, invitation.memberCount)), h("div", { class: "actions" },
    h("button", { class: "secondary", type: "button", onclick: () => element.close() }, strings.cancel), button));
  button.addEventListener("click", busy(button, async () => {
    const group = await call("POST", `/invitations/${encodeURIComponent(code)}/join`);
    element.close();
    toast(strings.joined(group.name));
    onJoined(group);
  }));
  button.focus();
  return undefined;
}

export function enterCode(onJoined) {
  const code = field(strings.invitationCode, { autocomplete: "off", autocapitalize: "characters", required: true });
  const element = open(strings.joinGroup, line(code, strings.join, async (value) => {
    // The whole link serves as well.
    const text = value.split("/").pop();
    if (!text) return;
    element.close();
    await joinByCode(text, onJoined);
  }));
  code.input.focus();
}

/** The invitations that were sent to who has signed in, as a part of a menu. */
export async function received(onJoined) {
  const { invitations } = await call("GET", "/invitations?limit=50");
  if (invitations.length === 0) return null;
  const list = h("ul", { class: "rows" });
  for (const invitation of invitations) {
    const row = h("li", {}, h("span", { class: "grow" }, h("bdi", {}, invitation.groupName), " · ",
      h("bdi", {}, invitation.invitedBy.displayName)));
    const decide = (label, path, kind) => {
      const button = h("button", { class: kind, type: "button" }, label);
      button.addEventListener("click", busy(button, async () => {
        const answer = await call("POST", `/invitations/${encodeURIComponent(invitation.code)}/${path}`);
        row.remove();
        if (path === "join") onJoined(answer);
      }));
      return button;
    };
    row.append(decide(strings.decline, "decline", "secondary"), decide(strings.join, "join", "primary"));
    list.append(row);
  }
  return h("section", {}, h("h3", {}, strings.invitations), list);
}

export function invite(group) {
  const uses = field(strings.uses, { options: [["1", "1"], ["5", "5"], ["20", "20"], ["100", "100"]], value: "5" });
  const holds = field(strings.holds, { options: [["3600", strings.hours(1)], ["86400", strings.days(1)],
    ["604800", strings.days(7)], ["2592000", strings.days(30)]], value: "604800" });
  const result = h("div", { class: "result", "aria-live": "polite" });
  const button = h("button", { class: "primary", type: "submit" }, strings.makeLink);
  const byLink = h("form", { onsubmit: busy(button, async () => {
    const made = await call("POST", `/groups/${group.id}/invitations`, { maxUses: Number(uses.input.value),
      expiresIn: Number(holds.input.value) });
    const link = made.link ?? `${location.origin}/join/${made.code}`;
    fill(result, h("p", {}, strings.inviteByLink), copyable(link));
  }) }, h("div", { class: "pair" }, uses.element, holds.element), button);
  const name = field(strings.username, { autocapitalize: "none", autocomplete: "off" });
  open(strings.inviteTitle(group.name), byLink, result, h("h3", {}, strings.inviteByName),
    line(name, strings.invite, async (value) => {
      await call("POST", `/groups/${group.id}/invitations`, { username: value });
      name.input.value = "";
      toast(strings.sent);
    }));
}

/** A text to copy: a field that can be selected, and a button. */
export function copyable(text) {
  const input = h("input", { readonly: true, value: text, "aria-label": strings.copy, class: "copy-text" });
  return h("div", { class: "line copyable" }, input, h("button", { class: "secondary", type: "button",
    onclick: async () => {
      input.select();
      try {
        await navigator.clipboard.writeText(text);
        toast(strings.copied);
      } catch { /* It is selected, and can be copied by hand. */ }
    } }, strings.copy));
}

/** Who is in a group, and what may be done about that. */
export async function manage(group, user, on) {
  const found = await call("GET", `/groups/${group.id}`);
  const mayChange = found.role !== "member";
  const name = field(strings.groupName, { value: found.name, maxlength: 100, disabled: !mayChange });
  const list = h("ul", { class: "rows" });
  for (const person of found.members) {
    const row = h("li", {}, avatar(person.displayName, person.userId), h("span", { class: "grow" },
      h("bdi", {}, person.displayName), h("small", {}, ` @${person.username} · ${strings.roles[person.role]}`)));
    if (mayChange && person.userId !== user.id && person.role !== "owner") {
      const button = h("button", { class: "secondary", type: "button" }, strings.remove);
      button.addEventListener("click", busy(button, async () => {
        if (!confirm(strings.removeQuestion(person.displayName))) return;
        await call("DELETE", `/groups/${group.id}/members/${person.userId}`);
        row.remove();
        on.changed();
      }));
      row.append(button);
    }
    list.append(row);
  }
  const leave = h("button", { class: "danger", type: "button" }, strings.leave);
  const element = open(strings.groupSettings,
    mayChange && line(name, strings.rename, async (value) => {
      await call("PATCH", `/groups/${group.id}`, { name: value });
      toast(strings.renamed);
      on.changed();
    }), list, h("div", { class: "actions" }, leave));
  leave.addEventListener("click", busy(leave, async () => {
    if (!confirm(strings.leaveQuestion)) return;
    try {
      await call("POST", `/groups/${group.id}/leave`);
    } catch (error) {
      if (error.status === 409) return toast(strings.mustHandOver, true);
      throw error;
    }
    element.close();
    on.left();
  }));
}

/** The choice of a group, with what is unread in each. */
export function choose(groups, current, unread, on) {
  const list = h("ul", { class: "rows choice" }, groups.map((group) => h("li", {}, h("button", { class: "choice-button",
    type: "button", "aria-current": group.id === current?.id ? "true" : undefined,
    onclick: () => { element.close(); on.chosen(group); } },
  h("bdi", { class: "grow" }, group.name), h("small", {}, String(group.memberCount), icon("people")),
  unread(group.id) > 0 && h("span", { class: "badge", title: strings.unread(unread(group.id)) }, String(unread(group.id)))))));
  const sent = h("div", {});
  const element = open(strings.groups, groups.length === 0
    ? h("div", { class: "empty" }, h("strong", {}, strings.noGroups), h("p", {}, strings.noGroupsHint)) : list, sent,
  h("div", { class: "actions" },
    h("button", { class: "secondary", type: "button", onclick: () => { element.close(); enterCode(on.joined); } },
      strings.joinGroup),
    h("button", { class: "primary", type: "button", onclick: () => { element.close(); makeGroup(on.joined); } },
      icon("plus"), strings.newGroup)));
  received((group) => { element.close(); on.joined(group); }).then((part) => { if (part) sent.append(part); })
    .catch(() => { /* The list is not what one came for. */ });
}
