// What the page says, in two languages.
const TEXTS = {
  en: {
    skip: 'Skip to the message box', conversations: 'Conversations', closeSidebar: 'Close sidebar', openSidebar: 'Open sidebar',
    newChat: 'New chat', search: 'Search', settings: 'Settings', greeting: 'How can I help you?',
    greetingNote: 'Everything you write stays on this machine.', messages: 'Messages', toBottom: 'Scroll to the end',
    placeholder: 'Message Fathom', message: 'Message', deepThink: 'DeepThink', attach: 'Attach text files', attached: 'Attached files',
    send: 'Send', stop: 'Stop', disclaimer: 'AI-generated, for reference only', close: 'Close', appearance: 'Appearance', theme: 'Theme',
    system: 'System', light: 'Light', dark: 'Dark', language: 'Language', model: 'Model', contextWindow: 'Context window',
    systemPrompt: 'System prompt', systemHint: 'How the model should behave in this conversation', temperature: 'Temperature',
    maxTokens: 'Longest answer (tokens)', data: 'Data', exportAll: 'Export all', importFile: 'Import…', deleteAll: 'Delete all',
    signOut: 'Sign out', signIn: 'Sign in', signInNote: 'Enter the API key that the operator of this server gave you.', apiKey: 'API key',
    cancel: 'Cancel', today: 'Today', yesterday: 'Yesterday', week: 'Previous 7 days', month: 'Previous 30 days', older: 'Older',
    more: 'More actions for {0}', loadMore: 'Show more', rename: 'Rename', exportJson: 'Export as JSON', exportMarkdown: 'Export as Markdown',
    delete: 'Delete', deleteTitle: 'Delete chat?', deleteText: '“{0}” will be deleted for good.', deleteAllTitle: 'Delete all chats?',
    deleteAllText: 'Every conversation on this server that is yours will be deleted for good.', renameTitle: 'Rename chat', save: 'Save',
    nothing: 'Nothing found', thinking: 'Thinking…', thought: 'Thought for {0}', seconds: '{0} seconds', second: '1 second',
    minutes: '{0} min {1} s', copy: 'Copy', copied: 'Copied', copyCode: 'Copy code', regenerate: 'Regenerate', edit: 'Edit', resend: 'Send',
    previous: 'Previous version', next: 'Next version', version: 'Version {0} of {1}', you: 'You', assistant: 'Fathom',
    stopped: 'You stopped this answer.', length: 'The answer reached its longest length.', failed: 'Something went wrong: {0}',
    interrupted: 'This answer was interrupted. You can regenerate it.', reconnecting: 'Connection lost. Reconnecting…', done: 'Answer complete',
    speed: '{0} tokens/s', context: 'context {0} of {1}', cache: '{0} tokens from cache', first: 'first token {0} s',
    notText: '{0} is not a text file', tooBig: '{0} is larger than {1}', imported: '{0} conversations imported', remove: 'Remove {0}',
    offline: 'The server can’t be reached', code: 'code', image: 'image', alwaysThinks: 'This model always thinks', neverThinks: 'This model doesn’t think',
    answering: 'An answer is being written', characters: '{0} characters', formula: 'formula',
  },
  zh: {
    skip: '跳到输入框', conversations: '对话', closeSidebar: '收起侧边栏', openSidebar: '打开侧边栏', newChat: '开启新对话', search: '搜索',
    settings: '设置', greeting: '有什么可以帮你的吗？', greetingNote: '你写下的一切都留在这台机器上。', messages: '消息', toBottom: '滚动到底部',
    placeholder: '给 Fathom 发送消息', message: '消息', deepThink: '深度思考', attach: '上传文本文件', attached: '附件', send: '发送', stop: '停止',
    disclaimer: '内容由 AI 生成，请仔细甄别', close: '关闭', appearance: '外观', theme: '主题', system: '跟随系统', light: '浅色', dark: '深色',
    language: '语言', model: '模型', contextWindow: '上下文长度', systemPrompt: '系统提示词', systemHint: '希望模型在此对话中如何表现', temperature: '温度',
    maxTokens: '最长回答（token）', data: '数据', exportAll: '导出全部', importFile: '导入…', deleteAll: '删除全部', signOut: '退出登录', signIn: '登录',
    signInNote: '请输入服务器管理员提供的 API key。', apiKey: 'API key', cancel: '取消', today: '今天', yesterday: '昨天', week: '7 天内', month: '30 天内',
    older: '更早', more: '{0} 的更多操作', loadMore: '显示更多', rename: '重命名', exportJson: '导出为 JSON', exportMarkdown: '导出为 Markdown', delete: '删除',
    deleteTitle: '删除对话？', deleteText: '“{0}”将被永久删除。', deleteAllTitle: '删除全部对话？', deleteAllText: '你在此服务器上的全部对话将被永久删除。',
    renameTitle: '重命名对话', save: '保存', nothing: '没有结果', thinking: '思考中…', thought: '已深度思考（用时 {0}）', seconds: '{0} 秒', second: '1 秒',
    minutes: '{0} 分 {1} 秒', copy: '复制', copied: '已复制', copyCode: '复制代码', regenerate: '重新生成', edit: '编辑', resend: '发送', previous: '上一个版本',
    next: '下一个版本', version: '第 {0} 个版本，共 {1} 个', you: '你', assistant: 'Fathom', stopped: '你已停止生成。', length: '回答达到最长长度。',
    failed: '出错了：{0}', interrupted: '此回答被中断，可以重新生成。', reconnecting: '连接已断开，正在重连…', done: '回答完成', speed: '{0} token/秒',
    context: '上下文 {0} / {1}', cache: '缓存命中 {0}', first: '首字 {0} 秒', notText: '{0} 不是文本文件', tooBig: '{0} 超过 {1}',
    imported: '已导入 {0} 个对话', remove: '移除 {0}', offline: '无法连接服务器', code: '代码', image: '图片', alwaysThinks: '此模型总是先思考',
    neverThinks: '此模型不思考', answering: '正在生成回答', characters: '{0} 个字符', formula: '公式',
  },
};

let language = 'en';

/** Chooses the language: `en`, `zh` or `auto`. */
export function setLanguage(choice) {
  const wanted = choice === 'auto' ? navigator.language : choice;
  language = wanted.toLowerCase().startsWith('zh') ? 'zh' : 'en';
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  for (const node of document.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll('[data-t-label]')) {
    node.setAttribute('aria-label', t(node.dataset.tLabel));
    if (node.tagName === 'BUTTON') node.title = t(node.dataset.tLabel);
  }
  for (const node of document.querySelectorAll('[data-t-placeholder]')) node.placeholder = t(node.dataset.tPlaceholder);
}

/** The text of this key, `{0}`, `{1}` … filled in. */
export function t(key, ...values) {
  return (TEXTS[language][key] ?? key).replace(/\{(\d)\}/g, (_, n) => values[n] ?? '');
}

/** A number as people of the language write it. */
export const number = (value) => new Intl.NumberFormat(language).format(value);

/** A duration in words. */
export function duration(millis) {
  const seconds = Math.max(1, Math.round(millis / 1000));
  if (seconds >= 60) return t('minutes', Math.floor(seconds / 60), seconds % 60);
  return seconds === 1 ? t('second') : t('seconds', seconds);
}
