// Links by which anybody sees one's position for a while.
import { call } from "./api.js";
import { dialog, field, fill, h, toast } from "./dom.js";
import { shownName } from "./format.js";
import { busy, copyable } from "./groups.js";
import { explain } from "./signin.js";
import { strings } from "./strings.en.js";

/**
 * @param devices The devices of who has signed in that are on the map, with `deviceId` and `displayName`.
 */
export async function shareLinks(devices) {
  const list = h("div", {});
  const result = h("div", { class: "result", "aria-live": "polite" });
  const device = devices.length > 1 && field(strings.whichDevice, {
    options: devices.map((one) => [one.deviceId, shownName(one.displayName)]) });
  const lasts = field(strings.shareFor, { options: [["900", strings.minutes(15)],
    ["3600", strings.hours(1)], ["28800", strings.hours(8)], ["86400", strings.days(1)]], value: "3600" });
  const button = h("button", { class: "primary", type: "submit", disabled: devices.length === 0 }, strings.makeShare);
  dialog(strings.shareLink, strings.close, h("p", {}, strings.shareExplained),
    devices.length === 0 && h("p", { class: "notice" }, strings.shareNeedsDevice),
    h("form", { onsubmit: busy(button, async () => {
      const made = await call("POST", "/shares", { deviceId: device ? device.input.value : devices[0].deviceId,
        seconds: Number(lasts.input.value) });
      fill(result, copyable(made.token ? `${location.origin}/s/${made.token}` : made.url));
      await draw();
    }) }, device && device.element, lasts.element, button), result, h("h3", {}, strings.activeShares), list);
  const draw = async () => {
    let shares;
    try {
      ({ shares } = await call("GET", "/shares"));
    } catch (error) {
      return fill(list, h("p", { class: "hint" }, error.status === 404 ? strings.shareUnavailable : explain(error)));
    }
    if (shares.length === 0) return fill(list, h("p", { class: "hint" }, strings.noShares));
    return fill(list, h("ul", { class: "rows" }, shares.map((share) => {
      const revoke = h("button", { class: "danger", type: "button" }, strings.revoke);
      revoke.addEventListener("click", busy(revoke, async () => {
        await call("DELETE", `/shares/${share.id}`);
        toast(strings.revoked);
        await draw();
      }));
      return h("li", {}, h("span", { class: "grow" }, strings.ends(new Date(share.expiresAt).toLocaleString())), revoke);
    })));
  };
  await draw();
}
