// Talks to the server. Only this file knows its paths.
const BASE = '/app/api';

/** An answer that was an error; `status` is 0 if there was no answer at all. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function call(method, path, body, type = 'application/json') {
  let response;
  try {
    response = await fetch(BASE + path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': type },
      body: body === undefined ? undefined : type === 'application/json' && typeof body !== 'string' ? JSON.stringify(body) : body,
    });
  } catch {
    throw new ApiError(0, 'offline');
  }
  const text = await response.text();
  let json = null;
  try {
    json = JSON.parse(text);
  } catch {
    // Not JSON: the status says enough.
  }
  if (!response.ok) throw new ApiError(response.status, json?.error?.message ?? response.statusText);
  return json;
}

const id = encodeURIComponent;

export const api = {
  me: () => call('GET', '/me'),
  signIn: (key) => call('POST', '/session', { key }),
  signOut: () => call('DELETE', '/session'),
  list: (words, before) => call('GET', `/conversations?q=${id(words)}${before ? `&before=${before}` : ''}`),
  create: (settings) => call('POST', '/conversations', { settings }),
  show: (conversation) => call('GET', `/conversations/${id(conversation)}`),
  change: (conversation, fields) => call('PATCH', `/conversations/${id(conversation)}`, fields),
  remove: (conversation) => call('DELETE', `/conversations/${id(conversation)}`),
  removeAll: () => call('DELETE', '/conversations'),
  begin: (conversation, turn) => call('POST', `/conversations/${id(conversation)}/turns`, turn),
  stop: (turn) => call('POST', `/turns/${id(turn)}/stop`, {}),
  importText: (text, markdown) => call('POST', '/conversations/import', text, markdown ? 'text/markdown' : 'application/json'),
  exportUrl: (conversation, format) => `${BASE}/conversations/${id(conversation)}/export?format=${format}`,
};

/**
 * Reads a turn's events until its end. A dropped connection is taken up again after the last event that arrived.
 * Returns `end` (the turn ended), `gone` (the server doesn't know the turn any more) or `aborted`.
 */
export async function follow(turn, onEvent, onConnection, signal) {
  let last = 0;
  for (let attempt = 0; !signal.aborted; ) {
    try {
      const response = await fetch(`${BASE}/turns/${id(turn)}/events`, { headers: { 'Last-Event-ID': String(last) }, signal });
      if (response.status === 404 || response.status === 401) return 'gone';
      if (!response.ok) throw new Error(String(response.status));
      onConnection(true);
      attempt = 0;
      for await (const event of events(response.body)) {
        last = event.id;
        onEvent(event.name, event.data);
        if (event.name === 'end') return 'end';
      }
    } catch {
      if (signal.aborted) return 'aborted';
    }
    onConnection(false);
    await new Promise((resolve) => setTimeout(resolve, Math.min(5000, 300 * 2 ** attempt++)));
  }
  return 'aborted';
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      rest += value;
      let end;
      while ((end = rest.indexOf('\n\n')) >= 0) {
        const block = rest.slice(0, end);
        rest = rest.slice(end + 2);
        const event = { id: 0, name: '', data: '' };
        for (const line of block.split('\n')) {
          if (line.startsWith('id: ')) event.id = Number(line.slice(4));
          else if (line.startsWith('event: ')) event.name = line.slice(7);
          else if (line.startsWith('data: ')) event.data += line.slice(6);
        }
        if (event.name) yield { ...event, data: JSON.parse(event.data) };
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
