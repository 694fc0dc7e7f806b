// What all scripts of the screens work with.

export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// Texts come with the page, in its language; `{name}` stands for a value, and `count` chooses the plural.
const { lang } = document.documentElement;
const texts = JSON.parse(document.getElementById('words')?.textContent || '{}');
const plural = new Intl.PluralRules(lang);
export const digits = (value) => (typeof value === 'number' ? value.toLocaleString(lang) : value);
export const t = (name, values = {}) => {
  const text = texts[name] ?? '';
  const form = typeof text === 'string' ? text : text[plural.select(values.count)] ?? text.other;
  return form.replace(/\{(\w+)\}/g, (whole, key) => digits(values[key] ?? whole));
};

// A part of a page; `null` if there is none to be had.
export async function fetchPart(address, options = {}) {
  const answer = await fetch(address, { credentials: 'same-origin', ...options });
  if (answer.status === 401) location.reload();
  return answer.ok ? answer.text() : null;
}
