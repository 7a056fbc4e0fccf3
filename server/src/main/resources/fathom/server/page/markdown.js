// Markdown to DOM nodes. Three walls stand between a model's text and the page: HTML in it is shown as text, what Markdown
// makes of it is sanitised, and the content-security policy lets no foreign script, style or request through.
import { Marked } from '/app/lib/marked/marked.esm.js';
import DOMPurify from '/app/lib/dompurify/purify.es.mjs';
import katex from '/app/lib/katex/katex.mjs';
import { t } from '/app/i18n.js';

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text) => text.replace(/[&<>"']/g, (c) => ESCAPES[c]);

const MATH = [
  { name: 'mathBlock', level: 'block', start: /\$\$|\\\[/, rule: /^(?:\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\])/, display: true },
  { name: 'mathDisplay', level: 'inline', start: /\$\$|\\\[/, rule: /^(?:\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\])/, display: true },
  // A dollar sign opens a formula only where no space follows it, and closes one only where no digit follows: "$5 and $6" is money.
  { name: 'mathInline', level: 'inline', start: /\$|\\\(/, rule: /^(?:\$(?!\s)((?:\\.|[^\\$\n])+?)(?<!\s)\$(?!\d)|\\\(([\s\S]+?)\\\))/, display: false },
];

function mathExtension({ name, level, start, rule, display }) {
  return {
    name,
    level,
    start: (src) => {
      const at = src.search(start);
      return at < 0 ? undefined : at;
    },
    tokenizer(src) {
      const match = rule.exec(src);
      return match ? { type: name, raw: match[0], tex: match[1] ?? match[2] } : undefined;
    },
    renderer: ({ tex }) => `<span data-tex="${escape(tex)}" data-display="${display}"></span>`,
  };
}

const marked = new Marked({ gfm: true, breaks: false });
marked.use({
  extensions: MATH.map(mathExtension),
  renderer: {
    html: ({ text, block }) => (block ? `<p>${escape(text)}</p>` : escape(text)),
    image: ({ href, text }) => `<a href="${escape(href)}">${escape(text || t('image'))}</a>`,
    code: ({ text, lang }) => {
      const language = /^[\w+#.-]{1,24}/.exec(lang ?? '')?.[0] ?? '';
      return `<pre><code data-language="${escape(language)}">${escape(text)}</code></pre>`;
    },
  },
});

const TAGS = [
  'a', 'b', 'blockquote', 'br', 'code', 'del', 'em', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'i', 'input', 'li', 'ol', 'p', 'pre',
  'span', 'strong', 'sub', 'sup', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul',
];
const RULES = {
  ALLOWED_TAGS: TAGS,
  ALLOWED_ATTR: ['href', 'align', 'start', 'type', 'checked', 'disabled', 'data-tex', 'data-display', 'data-language'],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|#)/i,
  // Attributes that hold no address need not look like one.
  ADD_URI_SAFE_ATTR: ['align', 'start', 'type', 'checked', 'disabled', 'data-tex', 'data-display', 'data-language'],
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};
const HIGHLIGHT_RULES = { ALLOWED_TAGS: ['span'], ALLOWED_ATTR: ['class'], RETURN_DOM_FRAGMENT: true };
// Wrong formulas are shown as text: KaTeX's own error display, and the two commands that are replaced, need inline styles.
const FORMULAS = { throwOnError: true, trust: false, maxExpand: 300, maxSize: 20, strict: 'ignore' };
const macros = () => ({ '\\pmb': '\\boldsymbol', '\\fcolorbox': '\\fbox{#3}' });

function finish(fragment) {
  for (const node of fragment.querySelectorAll('[data-tex]')) formula(node);
  for (const node of fragment.querySelectorAll('pre > code')) codeBlock(node);
  for (const link of fragment.querySelectorAll('a')) {
    link.target = '_blank';
    link.rel = 'noopener noreferrer nofollow';
  }
  for (const table of fragment.querySelectorAll('table')) {
    const box = document.createElement('div');
    box.className = 'table';
    box.tabIndex = 0;
    table.replaceWith(box);
    box.append(table);
  }
  for (const box of fragment.querySelectorAll('input')) box.disabled = true;
  return fragment;
}

function formula(node) {
  const { tex, display } = node.dataset;
  try {
    // Rendering into the node sets styles by property, which the policy allows, where a string would need inline styles.
    katex.render(tex, node, { ...FORMULAS, macros: macros(), displayMode: display === 'true' });
  } catch {
    node.textContent = tex;
    node.className = 'math wrong';
    return;
  }
  node.className = display === 'true' ? 'math display' : 'math';
}

function codeBlock(code) {
  const language = code.dataset.language ?? '';
  const text = code.textContent;
  const known = window.hljs?.getLanguage(language);
  if (known && text.length < 100_000) {
    const html = window.hljs.highlight(text, { language, ignoreIllegals: true }).value;
    code.replaceChildren(DOMPurify.sanitize(html, HIGHLIGHT_RULES));
  }
  const pre = code.parentElement;
  pre.tabIndex = 0;
  const box = document.createElement('div');
  box.className = 'code';
  const head = document.createElement('div');
  head.className = 'code-head';
  const name = document.createElement('span');
  name.textContent = language || t('code');
  const copy = document.createElement('button');
  copy.type = 'button';
  copy.className = 'copy-code';
  copy.textContent = t('copy');
  copy.setAttribute('aria-label', t('copyCode'));
  head.append(name, copy);
  pre.replaceWith(box);
  box.append(head, pre);
}

/**
 * Shows Markdown in a node and can be called again with a longer text: blocks that didn't change are left alone, so a stream
 * costs as much as its last block.
 */
export class MarkdownView {
  constructor(node) {
    this.node = node;
    this.blocks = [];
    node.classList.add('markdown');
  }

  update(text) {
    const tokens = marked.lexer(text);
    let same = 0;
    while (same < tokens.length && same < this.blocks.length && this.blocks[same].raw === tokens[same].raw) same++;
    for (const block of this.blocks.splice(same)) for (const old of block.nodes) old.remove();
    for (const token of tokens.slice(same)) {
      const list = Object.assign([token], { links: tokens.links });
      const fragment = finish(DOMPurify.sanitize(marked.parser(list), RULES));
      const nodes = [...fragment.childNodes];
      this.node.append(fragment);
      this.blocks.push({ raw: token.raw, nodes });
    }
  }
}
