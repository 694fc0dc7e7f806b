// Choosing accounts, and the details of new ones.

import { isDirty } from './forms.js';
import { all, fetchPart, t } from './page.js';

// The account of a row: a field that suggests, and searches on the server while one types. The drop-down it stands for is
// sent as before. Roles and keys are those of the combobox pattern of the ARIA practices.
export function accountField(select) {
  const form = select.form;
  const find = select.parentElement.querySelector('.find');
  const box = document.createElement('input');
  Object.assign(box, { type: 'text', id: select.id, dir: 'auto', autocomplete: 'off', spellcheck: false, maxLength: 200, placeholder: t('choose') });
  for (const [name, value] of Object.entries({ role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'data-clean': '' })) box.setAttribute(name, value);
  for (const name of ['aria-invalid', 'aria-describedby']) if (select.hasAttribute(name)) box.setAttribute(name, select.getAttribute(name));
  const chosen = () => (select.value ? select.selectedOptions[0].textContent : '');
  box.value = chosen();
  select.removeAttribute('id');
  select.hidden = true;
  if (find) find.hidden = true;
  const holder = document.createElement('span');
  holder.className = 'combo';
  select.before(holder);
  holder.append(box);
  let list = null;
  let active = null;
  let asked = 0;
  let timer;
  const options = () => all('[role=option]', list ?? holder);
  const say = (text) => { const place = form.querySelector('[data-said]'); if (place) place.textContent = text; };
  const mark = (option) => {
    active?.setAttribute('aria-selected', 'false');
    active = option ?? null;
    if (!active) return box.removeAttribute('aria-activedescendant');
    active.setAttribute('aria-selected', 'true');
    box.setAttribute('aria-activedescendant', active.id);
    return active.scrollIntoView({ block: 'nearest' });
  };
  const close = () => {
    clearTimeout(timer);
    asked += 1;
    list?.remove();
    list = null;
    mark(null);
    box.setAttribute('aria-expanded', 'false');
    box.removeAttribute('aria-controls');
  };
  const entry = (value, label) => {
    const option = document.createElement('li');
    Object.assign(option, { textContent: label });
    option.setAttribute('role', 'option');
    Object.assign(option.dataset, { value, label });
    return option;
  };
  const fill = (entries, nothing) => {
    if (!list) {
      list = document.createElement('ul');
      list.id = `${box.id}-list`;
      list.setAttribute('role', 'listbox');
      list.setAttribute('aria-label', box.labels[0]?.textContent ?? '');
      holder.append(list);
      box.setAttribute('aria-expanded', 'true');
      box.setAttribute('aria-controls', list.id);
    }
    mark(null);
    list.replaceChildren(...entries);
    const others = new Set(all('select[data-account]', form).filter((other) => other !== select).map((other) => other.value));
    options().forEach((option, index) => {
      if (option.dataset.value !== 'create' && others.has(option.dataset.value)) option.remove();
      option.id = `${box.id}-${index}`;
      option.setAttribute('aria-selected', 'false');
    });
    const found = options().filter((option) => option.dataset.value !== 'create').length;
    say(found ? t('accounts', { count: found }) : nothing);
  };
  const suggest = () => {
    fill([...select.options].filter(({ value }) => value).map(({ value, textContent }) => entry(value, textContent)), t('no-suggestion'));
    mark(options().find((option) => option.dataset.value === select.value));
  };
  const search = async () => {
    const text = box.value.trim();
    if (!text) return suggest();
    asked += 1;
    const turn = asked;
    const query = new URLSearchParams({ organization: select.dataset.account, search: text, options: '1' });
    const part = await fetchPart(`${form.dataset.search}?${query}`).catch(() => null);
    if (turn !== asked) return undefined;
    const found = new DOMParser().parseFromString(`<ul>${part ?? ''}</ul>`, 'text/html');
    return fill([...all('li', found), entry('create', select.querySelector('[value=create]')?.textContent ?? 'create')], part === null ? t('search-failed') : t('no-match'));
  };
  const choose = (option) => {
    const { value, label } = option.dataset;
    if (![...select.options].some((other) => other.value === value)) select.append(new Option(label, value));
    select.value = value;
    box.value = chosen();
    close();
    ['input', 'change'].forEach((kind) => select.dispatchEvent(new Event(kind, { bubbles: true })));
  };
  const step = (by) => {
    if (!list) { suggest(); if (active) return; }
    const each = options();
    const place = each.indexOf(active) + by;
    mark(each[active ? (place + each.length) % each.length : by > 0 ? 0 : each.length - 1]);
  };
  box.addEventListener('focus', () => box.select());
  box.addEventListener('click', () => { if (!list) suggest(); });
  box.addEventListener('input', (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(search, 150);
  });
  box.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (event.altKey) { if (event.key === 'ArrowUp') close(); else if (!list) suggest(); } else step(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (active) choose(active);
    } else if (event.key === 'Escape') {
      if (list) event.preventDefault();
      box.value = chosen();
      close();
    }
  });
  box.addEventListener('blur', () => { box.value = chosen(); close(); });
  // Before the field loses the focus.
  holder.addEventListener('mousedown', (event) => {
    const option = event.target.closest('[role=option]');
    if (event.target !== box) event.preventDefault();
    if (option) choose(option);
  });
}

// Enter in a row's search field searches instead of saving.
export function enter(input) {
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    input.form.requestSubmit(document.getElementById(input.dataset.enter));
  });
}

// Details belong to a new account only.
export function details(select) {
  const part = document.getElementById(select.dataset.creates);
  if (part) select.addEventListener('change', () => { part.hidden = select.value !== 'create'; });
}

// Once the contacts that were still being read are there the page shows them, unless somebody is at work in it.
export function pending() {
  setTimeout(async () => {
    const isIdle = () => !isDirty() && !document.activeElement?.closest('form');
    const part = isIdle() ? await fetchPart(location.href).catch(() => null) : null;
    if (part === null || part.includes('data-pending') || !isIdle()) pending();
    else location.reload();
  }, 3000);
}
