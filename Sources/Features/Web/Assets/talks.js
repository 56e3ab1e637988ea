// The choice between the group's conversation and those with one person each.
import { fill, h } from "./dom.js";
import { strings } from "./strings.en.js";

/** A row of buttons; nothing while there is no conversation but the group's. */
export class Talks {
  #user;
  #onPick;
  element = h("nav", { class: "talks", "aria-label": strings.talks, hidden: true });

  /**
   * @param user Who has signed in.
   * @param onPick Is told the id of a conversation.
   */
  constructor(user, onPick) {
    this.#user = user;
    this.#onPick = onPick;
  }

  /**
   * @param group The group's conversation, if it has one.
   * @param directs Those with one person, with their `members`.
   * @param open The id of the one that is shown.
   */
  draw(group, directs, open) {
    const { element } = this;
    const focused = element.contains(document.activeElement) ? document.activeElement.dataset.talk : null;
    element.hidden = directs.length === 0;
    fill(element, group && this.#button(group, strings.groupTalk, open),
      directs.map((one) => this.#button(one, this.#other(one), open)));
    if (focused) [...element.children].find((one) => one.dataset.talk === focused)?.focus();
  }

  /** What the other one is called; they may have deleted their account. */
  #other({ members }) {
    return members?.find((one) => one.userId !== this.#user.id)?.displayName ?? strings.formerPerson;
  }

  #button({ id, unreadCount }, name, open) {
    return h("button", { class: "talk", type: "button", dataset: { talk: id }, "aria-current": id === open ? "true" : undefined,
      onclick: () => this.#onPick(id) }, h("bdi", {}, name), unreadCount > 0
      && h("span", { class: "badge", title: strings.unread(unreadCount) }, unreadCount > 99 ? "99+" : String(unreadCount)));
  }
}
