// Shows one conversation and keeps its running answer up to date.
import { api, follow } from '/app/api.js';
import { $, announce, copy, el, icon, iconButton } from '/app/dom.js';
import { duration, number, t } from '/app/i18n.js';
import { MarkdownView } from '/app/markdown.js';

const NEAR_END = 80;

export class Chat {
  /** `actions`: `send(turn)`, `select(leaf)`, `streaming(running)`, `reload()`. */
  constructor(actions) {
    this.actions = actions;
    this.list = $('messages');
    this.scroller = $('scroll');
    this.stick = true;
    this.views = new Map();
    this.reader = null;
    this.scroller.addEventListener('scroll', () => {
      const { scrollTop, scrollHeight, clientHeight } = this.scroller;
      this.stick = scrollHeight - scrollTop - clientHeight < NEAR_END;
      $('to-bottom').hidden = this.stick;
    });
    $('to-bottom').addEventListener('click', () => this.toEnd(true));
    this.list.addEventListener('click', (event) => {
      const button = event.target.closest('.copy-code');
      if (!button) return;
      const text = button.closest('.code').querySelector('code').textContent;
      copy(text, () => this.#flash(button));
    });
  }

  #flash(button) {
    button.textContent = t('copied');
    announce(t('copied'));
    setTimeout(() => (button.textContent = t('copy')), 2000);
  }

  /** Shows the selected branch of a tree; an answer that still runs is followed. */
  show(tree, model) {
    this.leave();
    this.tree = tree;
    this.model = model;
    this.views.clear();
    const branch = tree.branch();
    this.list.replaceChildren(...branch.map((message) => this.#item(message)));
    $('welcome').hidden = branch.length > 0;
    document.body.classList.toggle('empty', branch.length === 0);
    this.stick = true;
    this.toEnd();
    this.#stats(branch.at(-1));
    const last = branch.at(-1);
    if (last?.role === 'assistant' && last.details.status === 'running') this.#follow(last);
  }

  /** Stops reading; the answer itself goes on at the server. */
  leave() {
    this.reader?.abort();
    this.reader = null;
    this.actions.streaming(null);
  }

  toEnd(force = false) {
    if (force) this.stick = true;
    if (this.stick) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #item(message) {
    const item = el('li', { className: message.role, 'data-id': message.id });
    item.append(message.role === 'user' ? this.#question(message) : this.#answer(message));
    return item;
  }

  #question(message) {
    const files = (message.details.files ?? []).map((file) =>
      el('li', {}, icon('file'), el('b', { textContent: file.name }), el('small', { textContent: t('characters', number(file.text.length)) })),
    );
    const box = el('div', { className: 'turn' });
    box.append(
      el('h3', { className: 'unseen', textContent: t('you') }),
      files.length ? el('ul', { className: 'files' }, ...files) : '',
      el('div', { className: 'bubble', textContent: message.content }),
      this.#bar(message, [
        iconButton('copy', t('copy'), (event) => this.#copy(event, message.content)),
        iconButton('edit', t('edit'), () => this.#edit(box, message)),
      ]),
    );
    return box;
  }

  #copy(event, text) {
    const button = event.currentTarget;
    copy(text, () => {
      button.replaceChildren(icon('check'));
      announce(t('copied'));
      setTimeout(() => button.replaceChildren(icon('copy')), 2000);
    });
  }

  #edit(box, message) {
    const area = el('textarea', { value: message.content, rows: 3, 'aria-label': t('edit') });
    const send = () => {
      if (!area.value.trim()) return;
      this.actions.send({ parent: message.parent, content: area.value, files: message.details.files ?? [] });
    };
    const cancel = () => box.replaceWith(this.#question(message));
    area.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') cancel();
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        send();
      }
    });
    box.replaceChildren(
      el(
        'div',
        { className: 'editor' },
        area,
        el(
          'div',
          { className: 'buttons end' },
          el('button', { type: 'button', textContent: t('cancel'), onclick: cancel }),
          el('button', { type: 'button', className: 'primary', textContent: t('resend'), onclick: send }),
        ),
      ),
    );
    area.focus();
  }

  #answer(message) {
    const summary = el('span');
    const thoughts = el('details', { className: 'thoughts', open: true }, el('summary', {}, icon('down'), summary), el('div', { className: 'thought' }));
    const text = el('div', { className: 'text' });
    const note = el('p', { className: 'note', hidden: true });
    const bar = el('div');
    const box = el('div', { className: 'turn' }, el('h3', { className: 'unseen', textContent: t('assistant') }), thoughts, text, note, bar);
    const view = {
      message,
      box,
      summary,
      thoughts,
      note,
      bar,
      thought: new MarkdownView(thoughts.lastElementChild),
      text: new MarkdownView(text),
      dirty: false,
    };
    this.views.set(message.id, view);
    this.#draw(view);
    return el('div', { className: 'with-face' }, el('img', { src: '/app/icon.svg', alt: '', width: 30, height: 30 }), box);
  }

  /** Draws the state of an answer; called again and again while it grows. */
  #draw(view) {
    const { message } = view;
    const { details } = message;
    const running = details.status === 'running';
    view.box.classList.toggle('running', running);
    view.box.setAttribute('aria-busy', String(running));
    view.thoughts.hidden = !message.reasoning;
    view.thought.update(message.reasoning);
    view.text.update(message.content);
    const thinks = running && !message.content && !details.thought_millis;
    view.summary.textContent = thinks ? t('thinking') : t('thought', duration(details.thought_millis ?? 0));
    const note = {
      stopped: t('stopped'),
      length: t('length'),
      failed: t('failed', details.error ?? ''),
      interrupted: t('interrupted'),
    }[details.status];
    view.note.textContent = note ?? '';
    view.note.hidden = !note;
    if (!running) {
      const bar = this.#bar(message, [
        iconButton('copy', t('copy'), (event) => this.#copy(event, message.content)),
        iconButton('redo', t('regenerate'), () => this.actions.send({ parent: message.parent })),
      ]);
      view.bar.replaceWith(bar);
      view.bar = bar;
    }
  }

  #bar(message, buttons) {
    const bar = el('div', { className: 'bar' });
    const siblings = this.tree.siblings(message);
    if (siblings.length > 1) {
      const at = siblings.indexOf(message.id);
      const go = (step) => this.actions.select(siblings[at + step]);
      const back = iconButton('left', t('previous'), () => go(-1));
      const forth = iconButton('right', t('next'), () => go(1));
      back.disabled = at === 0;
      forth.disabled = at === siblings.length - 1;
      const label = el('span', { textContent: `${at + 1} / ${siblings.length}`, 'aria-label': t('version', at + 1, siblings.length), role: 'img' });
      bar.append(el('span', { className: 'versions' }, back, label, forth));
    }
    bar.append(...buttons);
    return bar;
  }

  /** Adds messages that a new turn made and follows its answer. */
  append(messages) {
    messages.forEach((message) => this.tree.add(message));
    this.show(this.tree, this.model);
  }

  async #follow(message) {
    const reader = new AbortController();
    this.reader = reader;
    this.actions.streaming(message.id);
    const view = this.views.get(message.id);
    // The events are told from the first one on, so what was stored half-way is forgotten.
    message.content = '';
    message.reasoning = '';
    const outcome = await follow(message.id, (name, data) => this.#event(view, name, data), (up) => this.#connection(view, up), reader.signal);
    if (this.reader !== reader) return;
    this.reader = null;
    this.actions.streaming(null);
    if (outcome === 'gone') {
      this.actions.reload(message.id);
      return;
    }
    announce(t('done'));
    this.actions.finished(message);
  }

  #connection(view, up) {
    view.note.hidden = up;
    view.note.textContent = up ? '' : t('reconnecting');
  }

  #event(view, name, data) {
    const { message } = view;
    if (name === 'reasoning') message.reasoning += data.text;
    else if (name === 'content') message.content += data.text;
    else if (name === 'thought') message.details.thought_millis = data.millis;
    else if (name === 'begin') message.details.usage = data;
    else if (name === 'end') message.details = data;
    if (name === 'end') {
      this.#draw(view);
      this.#stats(message);
      this.toEnd();
    } else if (!view.dirty) {
      view.dirty = true;
      requestAnimationFrame(() => {
        view.dirty = false;
        if (message.details.status !== 'running') return;
        this.#draw(view);
        this.toEnd();
      });
    }
  }

  #stats(message) {
    const details = message?.details ?? {};
    const parts = [];
    if (details.tokens_per_second) parts.push(t('speed', number(details.tokens_per_second)));
    if (details.usage) {
      parts.push(t('context', number(details.usage.total_tokens), number(this.model.context)));
      parts.push(t('cache', number(details.usage.prompt_cache_hit_tokens)));
    }
    $('stats').textContent = parts.join(' · ');
  }
}
