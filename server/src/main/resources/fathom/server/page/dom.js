// Small things for building the page.
export const $ = (id) => document.getElementById(id);

/** An element with properties, attributes (`aria-…`, `data-…`, `role`) and children. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-') || name === 'role') node.setAttribute(name, value);
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node[name] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const PATHS = {
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  check: 'm5 12.5 4.5 4.5L19 7',
  redo: 'M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4',
  edit: 'm4 20 1-4L16 5l3 3L8 19zM14 7l3 3',
  left: 'm14 6-6 6 6 6',
  right: 'm10 6 6 6-6 6',
  down: 'm6 9.5 6 6 6-6',
  dots: 'M5 12h.01M12 12h.01M19 12h.01',
  cross: 'M7 7l10 10M17 7 7 17',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
};

/** A line drawing. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

/** A button that is only a picture; its label is what screen readers say. */
export function iconButton(name, label, onclick) {
  return el('button', { type: 'button', className: 'icon small', 'aria-label': label, title: label, onclick }, icon(name));
}

/** Says something to screen readers. */
export function announce(text) {
  $('announce').textContent = text;
}

let toastTimer = 0;

/** Shows a short notice. */
export function toast(text) {
  const box = $('toast');
  box.textContent = text;
  box.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (box.hidden = true), 5000);
}

/** Copies text and shows on the button that it did. */
export async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without a secure context there is no clipboard object; the old way still works.
    const area = el('textarea', { value: text, className: 'unseen' });
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  done();
}

/** Asks for a text or for consent. Resolves to the text, to `true`, or to `null` if the user declines. */
export function ask({ title, text = '', value = null, ok, danger = false }) {
  const dialog = $('ask');
  const input = $('ask-input');
  $('ask-title').textContent = title;
  $('ask-text').textContent = text;
  input.hidden = value === null;
  input.value = value ?? '';
  $('ask-ok').textContent = ok;
  $('ask-ok').classList.toggle('danger', danger);
  dialog.returnValue = '';
  dialog.showModal();
  if (value !== null) input.select();
  return new Promise((resolve) => {
    $('ask-cancel').onclick = () => dialog.close();
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'ok' ? (value === null ? true : input.value) : null), { once: true });
  });
}

/** Opens a menu at a button. Each entry is `{label, act}` or `{label, href}`. */
export function openMenu(button, entries) {
  const menu = $('menu');
  const items = entries.map(({ label, act, href, danger }) => {
    const common = { role: 'menuitem', className: danger ? 'danger' : '' };
    return href
      ? el('a', { ...common, href, download: '', textContent: label })
      : el('button', { ...common, type: 'button', textContent: label, onclick: act });
  });
  menu.replaceChildren(...items);
  menu.hidden = false;
  const place = button.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(place.left, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(place.bottom + 4, innerHeight - menu.offsetHeight - 8))}px`;
  items[0].focus();
  const close = (back) => {
    menu.hidden = true;
    removeEventListener('pointerdown', outside, true);
    menu.onkeydown = null;
    if (back) button.focus();
  };
  const outside = (event) => menu.contains(event.target) || close(false);
  addEventListener('pointerdown', outside, true);
  menu.onclick = () => close(true);
  menu.onkeydown = (event) => {
    const at = items.indexOf(document.activeElement);
    if (event.key === 'Escape' || event.key === 'Tab') close(true);
    else if (event.key === 'ArrowDown') items[(at + 1) % items.length].focus();
    else if (event.key === 'ArrowUp') items[(at + items.length - 1) % items.length].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}
