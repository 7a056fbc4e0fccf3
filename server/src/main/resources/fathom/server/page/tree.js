// A conversation's messages form a tree: an edited question and a repeated answer are siblings of the first one.
export class MessageTree {
  constructor(messages = [], leaf = null) {
    this.byId = new Map();
    this.children = new Map();
    messages.forEach((message) => this.add(message));
    this.leaf = this.byId.has(leaf) ? leaf : this.#deepest(null);
  }

  add(message) {
    this.byId.set(message.id, message);
    const siblings = this.children.get(message.parent) ?? [];
    siblings.push(message.id);
    this.children.set(message.parent, siblings);
    this.leaf = message.id;
  }

  get(id) {
    return this.byId.get(id);
  }

  /** Messages from the root to the selected leaf. */
  branch() {
    const branch = [];
    for (let at = this.byId.get(this.leaf); at; at = this.byId.get(at.parent)) branch.unshift(at);
    return branch;
  }

  siblings(message) {
    return this.children.get(message.parent) ?? [message.id];
  }

  /** Selects the latest branch through this message. */
  select(id) {
    this.leaf = this.#deepest(id);
  }

  #deepest(id) {
    let at = id;
    for (let next = this.children.get(at); next?.length; next = this.children.get(at)) at = next.at(-1);
    return at;
  }
}
