// The list of conversations: searched, grouped by day, renamed, exported, deleted.
import { api } from '/app/api.js';
import { $, ask, el, iconButton, openMenu, toast } from '/app/dom.js';
import { t } from '/app/i18n.js';

const DAY = 86_400_000;

export class Sidebar {
  /** `actions`: `open(id)`, `removed(id)`, `renamed(id, title)`. */
  constructor(actions) {
    this.actions = actions;
    this.items = [];
    this.current = null;
    this.full = false;
    let timer = 0;
    $('search').addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.load(), 200);
    });
    const narrow = matchMedia('(max-width: 760px)');
    this.narrow = narrow;
    $('open-side').addEventListener('click', () => this.toggle(true));
    $('close-side').addEventListener('click', () => this.toggle(false));
    $('scrim').addEventListener('click', () => this.toggle(false));
    narrow.addEventListener('change', () => this.toggle(!narrow.matches));
    this.toggle(!narrow.matches);
  }

  toggle(open) {
    document.body.classList.toggle('side', open);
    $('sidebar').inert = !open;
    $('scrim').hidden = !(open && this.narrow.matches);
  }

  async load() {
    const words = $('search').value.trim();
    const { conversations, page } = await api.list(words);
    if (words !== $('search').value.trim()) return;
    this.items = conversations;
    this.full = conversations.length === page;
    this.draw();
  }

  async #more() {
    const { conversations, page } = await api.list($('search').value.trim(), this.items.at(-1).updated);
    this.items.push(...conversations);
    this.full = conversations.length === page;
    this.draw();
  }

  select(id) {
    this.current = id;
    this.draw();
  }

  draw() {
    const groups = new Map();
    for (const item of this.items) {
      const name = t(groupOf(item.updated));
      groups.set(name, [...(groups.get(name) ?? []), item]);
    }
    const nodes = [...groups].flatMap(([name, items]) => [
      el('h2', { textContent: name }),
      el('ul', {}, ...items.map((item) => this.#row(item))),
    ]);
    if (!nodes.length && $('search').value.trim()) nodes.push(el('p', { className: 'note', textContent: t('nothing') }));
    if (this.full) nodes.push(el('button', { type: 'button', className: 'row', textContent: t('loadMore'), onclick: () => this.#more() }));
    $('list').replaceChildren(...nodes);
  }

  #row(item) {
    const link = el('a', { href: `#/c/${item.id}`, textContent: item.title, title: item.title });
    if (item.id === this.current) link.setAttribute('aria-current', 'page');
    link.addEventListener('click', () => this.narrow.matches && this.toggle(false));
    const menu = iconButton('dots', t('more', item.title), (event) => this.#menu(event.currentTarget, item));
    menu.setAttribute('aria-haspopup', 'menu');
    return el('li', {}, link, menu);
  }

  #menu(button, item) {
    openMenu(button, [
      { label: t('rename'), act: () => this.#rename(item) },
      { label: t('exportMarkdown'), href: api.exportUrl(item.id, 'markdown') },
      { label: t('exportJson'), href: api.exportUrl(item.id, 'json') },
      { label: t('delete'), act: () => this.#remove(item), danger: true },
    ]);
  }

  async #rename(item) {
    const title = await ask({ title: t('renameTitle'), value: item.title, ok: t('save') });
    if (!title?.trim()) return;
    try {
      const changed = await api.change(item.id, { title });
      this.actions.renamed(item.id, changed.title);
      await this.load();
    } catch (error) {
      toast(t('failed', error.message));
    }
  }

  async #remove(item) {
    const sure = await ask({ title: t('deleteTitle'), text: t('deleteText', item.title), ok: t('delete'), danger: true });
    if (!sure) return;
    try {
      await api.remove(item.id);
      this.actions.removed(item.id);
      await this.load();
    } catch (error) {
      toast(t('failed', error.message));
    }
  }
}

function groupOf(time) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  if (time >= midnight) return 'today';
  if (time >= midnight - DAY) return 'yesterday';
  if (time >= midnight - 7 * DAY) return 'week';
  return time >= midnight - 30 * DAY ? 'month' : 'older';
}
