// Puts the page together: which conversation is shown, and what happens when something is pressed.
import { api } from '/app/api.js';
import { Chat } from '/app/chat.js';
import { Composer } from '/app/composer.js';
import { $, toast } from '/app/dom.js';
import { t } from '/app/i18n.js';
import { Settings } from '/app/settings.js';
import { Sidebar } from '/app/sidebar.js';
import { MessageTree } from '/app/tree.js';

let me = null;
let conversation = null;
let running = null;

const settings = new Settings({
  changed: () => remember(),
  language: () => redraw(),
  imported: async (conversations) => {
    await sidebar.load();
    if (conversations.length) location.hash = `#/c/${conversations[0].id}`;
  },
  deletedAll: async () => {
    location.hash = '#/';
    await sidebar.load();
  },
  signedOut: () => location.reload(),
});

const sidebar = new Sidebar({
  removed: (id) => {
    if (conversation?.id === id) location.hash = '#/';
  },
  renamed: (id, title) => {
    if (conversation?.id !== id) return;
    conversation.title = title;
    showTitle();
  },
});

const composer = new Composer({
  send: (turn) => send(turn),
  stop: () => running && attempt(() => api.stop(running)),
  think: (on) => settings.set({ thinking: on }),
});

const chat = new Chat({
  send: (turn) => send(turn),
  select: (id) => {
    conversation.tree.select(id);
    chat.show(conversation.tree, me.model);
    attempt(() => api.change(conversation.id, { leaf: conversation.tree.leaf }));
  },
  streaming: (turn) => {
    running = turn;
    composer.run(turn !== null);
  },
  reload: (answer) => openConversation(conversation.id, answer),
  finished: () => sidebar.load(),
});

/** Runs something that may fail and says so if it does. */
async function attempt(act) {
  try {
    return await act();
  } catch (error) {
    if (error.status === 401) signIn();
    else toast(error.status === 0 ? t('offline') : t('failed', error.message));
    return null;
  }
}

function remember() {
  if (conversation) attempt(() => api.change(conversation.id, { settings: settings.parameters() }));
}

async function send(turn) {
  if (running) return;
  const parameters = settings.parameters();
  const leaf = conversation?.tree.leaf ?? null;
  try {
    if (!conversation) {
      const made = await api.create(parameters);
      conversation = { ...made, tree: new MessageTree() };
      history.replaceState(null, '', `#/c/${made.id}`);
    }
    const target = conversation;
    const begun = await api.begin(target.id, { parent: leaf, ...turn, ...parameters });
    if (conversation !== target) return;
    chat.tree = target.tree;
    chat.model = me.model;
    chat.append(begun.messages);
    sidebar.current = target.id;
    await sidebar.load();
    target.title = sidebar.items.find((item) => item.id === target.id)?.title ?? target.title;
    showTitle();
  } catch (error) {
    if (turn.content !== undefined) composer.restore(turn.content, turn.files ?? []);
    await attempt(() => {
      throw error;
    });
  }
}

function showTitle() {
  $('title').textContent = conversation?.title ?? '';
  document.title = conversation ? `${conversation.title} – Fathom` : 'Fathom';
}

async function openConversation(id, interrupted) {
  const found = await attempt(() => api.show(id));
  if (!found) {
    location.hash = '#/';
    return;
  }
  for (const message of found.messages) {
    // The server doesn't know the turn any more, so nobody will finish this answer.
    if (message.id === interrupted && message.details.status === 'running') message.details.status = 'interrupted';
  }
  conversation = { ...found, tree: new MessageTree(found.messages, found.leaf) };
  settings.adopt(found.settings);
  if (me.model.thinking === 'SWITCHABLE') composer.think(settings.values.thinking);
  sidebar.select(id);
  showTitle();
  chat.show(conversation.tree, me.model);
}

function fresh() {
  conversation = null;
  sidebar.select(null);
  showTitle();
  chat.show(new MessageTree(), me.model);
  composer.focus();
}

async function route() {
  const match = /^#\/c\/([\w-]+)$/.exec(location.hash);
  if (!match) fresh();
  else if (conversation?.id !== match[1]) await openConversation(match[1]);
}

function redraw() {
  composer.ability(me.model.thinking);
  sidebar.draw();
  settings.describe(me);
  if (!running) chat.show(conversation?.tree ?? new MessageTree(), me.model);
}

function signIn() {
  const dialog = $('sign-in');
  if (!dialog.open) dialog.showModal();
  dialog.addEventListener('cancel', (event) => event.preventDefault());
  $('sign-in-form').onsubmit = async (event) => {
    event.preventDefault();
    try {
      await api.signIn($('key').value);
      $('key').value = '';
      dialog.close();
      await boot();
    } catch (error) {
      $('sign-in-error').textContent = error.status === 0 ? t('offline') : error.message;
    }
  };
}

async function boot() {
  me = await attempt(() => api.me());
  if (!me) return;
  settings.describe(me);
  composer.ability(me.model.thinking);
  if (me.model.thinking === 'SWITCHABLE') composer.think(settings.values.thinking);
  if (me.keys && !me.signed_in) {
    signIn();
    return;
  }
  await attempt(() => sidebar.load());
  conversation = null;
  await route();
}

function startNew() {
  if (sidebar.narrow.matches) sidebar.toggle(false);
  if (location.hash.startsWith('#/c/')) location.hash = '#/';
  else fresh();
}

$('new-chat').addEventListener('click', startNew);
$('new-chat-top').addEventListener('click', startNew);
addEventListener('hashchange', route);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => settings.look());
addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && running && !document.querySelector('dialog[open]')) attempt(() => api.stop(running));
  if (!(event.ctrlKey || event.metaKey)) return;
  if (event.key.toLowerCase() === 'k') {
    event.preventDefault();
    sidebar.toggle(true);
    $('search').focus();
  } else if (event.shiftKey && event.key.toLowerCase() === 'o') {
    event.preventDefault();
    startNew();
  }
});
boot();
