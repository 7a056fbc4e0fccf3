// Settings: what belongs to this browser is kept in it, what belongs to a conversation goes with the conversation.
import { api } from '/app/api.js';
import { $, ask, toast } from '/app/dom.js';
import { number, setLanguage, t } from '/app/i18n.js';

const KEY = 'fathom';
const DEFAULTS = { theme: 'system', language: 'auto', thinking: true, system: '', temperature: 0.6, top_p: 0.95, max_tokens: null };
const PARAMETERS = ['thinking', 'system', 'temperature', 'top_p', 'max_tokens'];

export class Settings {
  /** `actions`: `changed()`, `language()`, `imported()`, `deletedAll()`, `signedOut()`. */
  constructor(actions) {
    this.actions = actions;
    this.values = { ...DEFAULTS, ...read() };
    this.look();
    $('open-settings').addEventListener('click', () => this.open());
    $('theme').addEventListener('change', (event) => this.set({ theme: event.target.value }));
    $('language').addEventListener('change', (event) => {
      this.set({ language: event.target.value });
      actions.language();
    });
    $('system').addEventListener('change', (event) => this.set({ system: event.target.value }));
    $('temperature').addEventListener('input', (event) => this.set({ temperature: Number(event.target.value) }));
    $('top-p').addEventListener('input', (event) => this.set({ top_p: Number(event.target.value) }));
    $('max-tokens').addEventListener('change', (event) => {
      const value = Math.round(Number(event.target.value));
      this.set({ max_tokens: value >= 1 ? value : null });
    });
    $('import').addEventListener('click', () => $('import-input').click());
    $('import-input').addEventListener('change', (event) => this.#import(event.target));
    $('delete-all').addEventListener('click', () => this.#deleteAll());
    $('sign-out').addEventListener('click', async () => {
      await api.signOut();
      $('settings').close();
      actions.signedOut();
    });
  }

  describe(me) {
    $('fact-model').textContent = me.model.id;
    $('fact-context').textContent = number(me.model.context);
    $('model-name').textContent = me.model.id;
    $('sign-out').hidden = !me.keys;
  }

  open() {
    this.#fill();
    $('settings').showModal();
  }

  #fill() {
    const { theme, language, system, temperature, top_p: topP, max_tokens: maxTokens } = this.values;
    $('theme').value = theme;
    $('language').value = language;
    $('system').value = system;
    $('temperature').value = temperature;
    $('top-p').value = topP;
    $('temperature-out').textContent = number(temperature);
    $('top-p-out').textContent = number(topP);
    $('max-tokens').value = maxTokens ?? '';
  }

  set(changes) {
    Object.assign(this.values, changes);
    try {
      localStorage.setItem(KEY, JSON.stringify(this.values));
    } catch {
      // A browser that keeps nothing still works; it only forgets.
    }
    this.look();
    this.#fill();
    this.actions.changed();
  }

  /** Theme and language as chosen. */
  look() {
    const { theme, language } = this.values;
    const dark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    setLanguage(language);
  }

  /** Takes over what a conversation was last used with. */
  adopt(settings) {
    for (const name of PARAMETERS) if (settings?.[name] !== undefined) this.values[name] = settings[name];
  }

  /** What a turn is sent with. */
  parameters() {
    const { thinking, system, temperature, top_p, max_tokens } = this.values;
    return { thinking, system, temperature, top_p, ...(max_tokens ? { max_tokens } : {}) };
  }

  async #import(input) {
    const file = input.files[0];
    input.value = '';
    if (!file) return;
    try {
      const { conversations } = await api.importText(await file.text(), /\.(md|markdown)$/i.test(file.name));
      toast(t('imported', conversations.length));
      $('settings').close();
      this.actions.imported(conversations);
    } catch (error) {
      toast(t('failed', error.message));
    }
  }

  async #deleteAll() {
    const sure = await ask({ title: t('deleteAllTitle'), text: t('deleteAllText'), ok: t('delete'), danger: true });
    if (!sure) return;
    await api.removeAll();
    $('settings').close();
    this.actions.deletedAll();
  }
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}
