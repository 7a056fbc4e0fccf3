// The box in which questions are written: text, attached files, the DeepThink switch, send and stop.
import { $, el, icon, iconButton, toast } from '/app/dom.js';
import { number, t } from '/app/i18n.js';

const LARGEST = 2_000_000;

export class Composer {
  /** `actions`: `send({content, files})`, `stop()`, `think(on)`. */
  constructor(actions) {
    this.actions = actions;
    this.files = [];
    this.running = false;
    this.box = $('prompt');
    this.box.addEventListener('input', () => this.#changed());
    this.box.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        $('composer').requestSubmit();
      }
    });
    this.box.addEventListener('paste', (event) => this.#take(event, event.clipboardData.files));
    $('composer').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    $('stop').addEventListener('click', () => actions.stop());
    $('think').addEventListener('click', () => {
      const on = $('think').getAttribute('aria-pressed') !== 'true';
      this.think(on);
      actions.think(on);
    });
    $('attach').addEventListener('click', () => $('file-input').click());
    $('file-input').addEventListener('change', (event) => {
      this.#add([...event.target.files]);
      event.target.value = '';
    });
    addEventListener('dragover', (event) => event.preventDefault());
    addEventListener('drop', (event) => this.#take(event, event.dataTransfer?.files ?? []));
  }

  think(on) {
    $('think').setAttribute('aria-pressed', String(on));
  }

  /** What the model leaves to choose: `ALWAYS`, `NEVER` or `SWITCHABLE`. */
  ability(thinking) {
    $('think').disabled = thinking !== 'SWITCHABLE';
    if (thinking === 'SWITCHABLE') return;
    this.think(thinking === 'ALWAYS');
    $('think').title = t(thinking === 'ALWAYS' ? 'alwaysThinks' : 'neverThinks');
  }

  run(running) {
    this.running = running;
    $('stop').hidden = !running;
    $('send').hidden = running;
    this.#changed();
  }

  focus() {
    if (!matchMedia('(pointer: coarse)').matches) this.box.focus();
  }

  /** Puts back what couldn't be sent. */
  restore(content, files) {
    this.box.value = content;
    this.files = files;
    this.#changed();
    this.#draw();
  }

  #send() {
    const content = this.box.value;
    if (this.running || !content.trim()) return;
    const files = this.files;
    this.restore('', []);
    this.actions.send({ content, files });
  }

  #changed() {
    this.box.style.height = 'auto';
    this.box.style.height = `${Math.min(this.box.scrollHeight, innerHeight * 0.4)}px`;
    $('send').disabled = this.running || !this.box.value.trim();
  }

  #take(event, files) {
    if (!files.length) return;
    event.preventDefault();
    this.#add([...files]);
  }

  async #add(files) {
    for (const file of files) {
      if (file.size > LARGEST) {
        toast(t('tooBig', file.name, `${number(LARGEST / 1e6)} MB`));
        continue;
      }
      try {
        const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
        if (text.includes('\0')) throw new TypeError('binary');
        this.files.push({ name: file.name, text });
      } catch {
        toast(t('notText', file.name));
      }
    }
    this.#draw();
    this.box.focus();
  }

  #draw() {
    const rows = this.files.map((file, at) =>
      el(
        'li',
        {},
        icon('file'),
        el('b', { textContent: file.name }),
        el('small', { textContent: t('characters', number(file.text.length)) }),
        iconButton('cross', t('remove', file.name), () => {
          this.files = this.files.filter((_, i) => i !== at);
          this.#draw();
        }),
      ),
    );
    $('files').replaceChildren(...rows);
    $('files').hidden = !rows.length;
  }
}
