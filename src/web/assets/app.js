// Makes the screens nicer. Everything works without it.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// Texts come with the page, in its language; `{name}` stands for a value, and `count` chooses the plural.
const { lang } = document.documentElement;
const texts = JSON.parse(document.getElementById('words')?.textContent || '{}');
const plural = new Intl.PluralRules(lang);
const digits = (value) => (typeof value === 'number' ? value.toLocaleString(lang) : value);
const t = (name, values = {}) => {
  const text = texts[name] ?? '';
  const form = typeof text === 'string' ? text : text[plural.select(values.count)] ?? text.other;
  return form.replace(/\{(\w+)\}/g, (whole, key) => digits(values[key] ?? whole));
};

// Somebody signs in in another window: go on as soon as that is done. Where no cookie survives that would be in vain, so only a
// tab of its own is offered.
function waiting(box) {
  const look = async () => {
    const answer = await fetch(box.dataset.waiting, { credentials: 'same-origin' }).then((reply) => reply.json()).catch(() => null);
    if (answer && !answer.has_cookie) {
      box.hidden = false;
      all('[data-cookies]').forEach((part) => { part.hidden = true; });
      return;
    }
    if (answer?.done) { document.getElementById('collect').requestSubmit(); return; }
    setTimeout(look, 1500);
  };
  look();
}

// That window is one of the script's, so that it may close itself; what is shown there gets no hold on this page.
function opening(form) {
  form.addEventListener('submit', () => {
    const name = `sign-in-${Date.now()}`;
    const opened = open('', name, 'popup,width=560,height=720');
    if (!opened) return;
    opened.opener = null;
    form.removeAttribute('rel');
    form.target = name;
  });
}

// One box for all rows of the page, and how many are ticked.
function selection(form) {
  const counter = form.querySelector('[data-selected]');
  if (!counter) return;
  const boxes = () => all('input[type=checkbox][name=organization]', form);
  const show = () => {
    const each = boxes();
    const here = each.filter((box) => box.checked).length;
    const carried = all('input[type=hidden][name=organization]', form).length;
    const count = here + carried;
    if (carried) counter.textContent = t('carried', { count, carried });
    else counter.textContent = count ? t('selected', { count }) : t('none-selected');
    const master = form.querySelector('[data-all]');
    if (!master) return;
    master.hidden = false;
    master.checked = each.length > 0 && here === each.length;
    master.indeterminate = here > 0 && here < each.length;
  };
  // Shift ticks everything from the last one.
  let last = null;
  form.addEventListener('click', ({ target: box, shiftKey }) => {
    if (box.type !== 'checkbox' || box.name !== 'organization') return;
    const each = boxes();
    const from = shiftKey ? each.indexOf(last) : -1;
    const to = each.indexOf(box);
    if (from >= 0) each.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((other) => { other.checked = box.checked; });
    last = box;
  });
  form.addEventListener('change', ({ target }) => {
    if ('all' in target.dataset) boxes().forEach((box) => { box.checked = target.checked; });
    show();
  });
  form.addEventListener('swapped', show);
  addEventListener('pageshow', show);
  show();
}

// What a search or a refresh changes is put in its place; the rest of the page, the focus and what is being typed stay.
async function renew(form, button) {
  const turn = String(Number(form.dataset.turn ?? 0) + 1);
  form.dataset.turn = turn;
  const query = new URLSearchParams(new FormData(form));
  if (button.name) query.append(button.name, button.value);
  const address = button.hasAttribute('formaction') ? button.formAction : form.action;
  const asks = form.method === 'get' ? [`${address}?${query}`] : [address, { method: 'POST', body: query }];
  const part = await fetchPart(...asks).catch(() => null);
  if (form.dataset.turn !== turn) return;
  const next = part && new DOMParser().parseFromString(part, 'text/html');
  // Whatever it is, the page that comes then says it.
  if (!next?.getElementById('results')) { form.requestSubmit(button); return; }
  all('[data-swap]').forEach((old) => { old.innerHTML = next.getElementById(old.id)?.innerHTML ?? ''; });
  if (form.method === 'get') history.replaceState(null, '', asks[0]);
  form.dispatchEvent(new Event('swapped'));
}

// Search while typing.
function live(input) {
  const button = document.getElementById(input.dataset.live);
  if (!button) return;
  let timer;
  const send = () => renew(input.form, button);
  if (input.type === 'checkbox') input.addEventListener('change', send);
  else input.addEventListener('input', (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(send, 200);
  });
}

// Enter in a row's search field searches instead of saving.
function enter(input) {
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    input.form.requestSubmit(document.getElementById(input.dataset.enter));
  });
}

// The account of a row: a field that suggests, and searches on the server while one types. The drop-down it stands for is
// sent as before. Roles and keys are those of the combobox pattern of the ARIA practices.
function accountField(select) {
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

// Details belong to a new account only.
function details(select) {
  const part = document.getElementById(select.dataset.creates);
  if (part) select.addEventListener('change', () => { part.hidden = select.value !== 'create'; });
}

// Licenses while plans and seats are entered: who is served, in list order, and what is left. The server computes the same.
// Thousands may be set apart as the language does, or by a space.
const [, apart] = digits(11111).split(/\d+/);
const grouped = new RegExp(`^(\\d+|\\d{1,3}([\\s${apart}]\\d{3})+)$`);
// What says the same already is left alone: a table of 500 rows is laid out anew for every text that is set.
const write = (element, text) => { if (element.textContent !== text) element.textContent = text; };
// As many rows around the one that is worked on change at once; the others follow when the browser has drawn those.
const AT_ONCE = 50;
function licenses(form) {
  const pools = all('[data-available]').map((line) => ({
    line,
    available: line.dataset.available === '' ? Infinity : Number(line.dataset.available),
  }));
  const cut = form.querySelector('[data-cut]');
  const serve = (row) => {
    const { pool: place, before } = row.querySelector('select').selectedOptions[0].dataset;
    const field = row.querySelector('input.seats');
    const text = field.value.trim();
    const isNumber = grouped.test(text);
    const seats = isNumber ? Number(text.replace(/\D/g, '')) : Number(text === '' ? field.dataset.default : field.dataset.kept);
    const pool = pools[place];
    const units = Math.max(0, seats - Number(before ?? 0));
    let fits = true;
    if (pool) {
      pool.asked = true;
      pool.requested += units;
      fits = units === 0 || (!pool.ended && pool.available - pool.granted >= units);
      if (fits) pool.granted += units;
      else pool.ended = true;
    }
    return { row, fits, seats, before };
  };
  const mark = ({ row, fits, seats, before }) => {
    const change = row.querySelector('[data-change]');
    change.hidden = before === undefined;
    if (before !== undefined) write(change, before === String(seats) ? t('keeps', { count: seats }) : t('changes', { before: Number(before), count: seats }));
    row.classList.toggle('off', !fits);
    row.querySelector('[data-unserved]').hidden = fits;
  };
  const show = ({ line, available, asked, requested, granted }) => {
    line.hidden = !asked;
    [requested, granted, available - granted].forEach((value, index) => {
      if (Number.isFinite(value)) write(line.cells[index + 2], digits(value));
    });
    const meter = line.querySelector('meter');
    if (!meter) return;
    meter.value = requested;
    meter.hidden = requested > granted;
    line.querySelector('.state').hidden = requested <= granted;
  };
  let rest;
  const follow = (served) => {
    served.splice(0, 2 * AT_ONCE).forEach(mark);
    if (served.length) rest = setTimeout(follow, 60, served);
  };
  form.addEventListener('input', (event) => {
    const here = event.target.closest('[data-row]');
    if (!here) return;
    clearTimeout(rest);
    pools.forEach((pool) => Object.assign(pool, { asked: false, requested: 0, granted: 0, ended: false }));
    const served = all('[data-row]', form).map(serve);
    const left = served.filter(({ fits }) => !fits);
    const first = left[0]?.row;
    cut.hidden = !first;
    if (first && cut.nextElementSibling !== first) first.before(cut);
    pools.forEach(show);
    const short = document.querySelector('[data-short]');
    short.hidden = !first;
    write(short.querySelector('[data-left-out]'), t('left-out', { count: left.length }));
    write(document.querySelector('[data-total]'), digits(served.reduce((sum, { seats }) => sum + seats, 0)));
    const from = Math.max(served.findIndex(({ row }) => row === here) - AT_ONCE / 2, 0);
    served.splice(from, AT_ONCE).forEach(mark);
    if (served.length) rest = setTimeout(follow, 100, served);
  });
}

// Rows change their place by arrows, by a number and by dragging; the server sorts by the numbers.
function places(form) {
  const rows = () => all('[data-row]', form);
  const said = form.querySelector('[data-moved]');
  const move = (row, to) => {
    const list = rows();
    const from = list.indexOf(row);
    const target = list[Math.min(Math.max(to, 0), list.length - 1)];
    if (target !== row) target[to > from ? 'after' : 'before'](row);
    rows().forEach((other, index) => {
      const place = other.querySelector('[data-place]');
      if (place.value !== String(index + 1)) place.value = index + 1;
      const [up, down] = all('[data-by]', other);
      up.disabled = index === 0;
      down.disabled = index === list.length - 1;
    });
    said.textContent = t('moved', { name: row.dataset.row, place: rows().indexOf(row) + 1, count: list.length });
    row.dispatchEvent(new Event('input', { bubbles: true }));
  };
  form.addEventListener('click', (event) => {
    const button = event.target.closest('[data-by]');
    if (!button) return;
    event.preventDefault();
    const row = button.closest('[data-row]');
    move(row, rows().indexOf(row) + Number(button.dataset.by));
    (button.disabled ? row.querySelector('[data-by]:enabled') : button)?.focus();
  });
  form.addEventListener('change', (event) => {
    const row = 'place' in event.target.dataset && event.target.closest('[data-row]');
    if (row) move(row, (parseInt(event.target.value, 10) || rows().indexOf(row) + 1) - 1);
  });
  form.addEventListener('keydown', (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by || !('place' in event.target.dataset)) return;
    event.preventDefault();
    const row = event.target.closest('[data-row]');
    move(row, rows().indexOf(row) + by);
    event.target.focus();
  });
  all('[data-grip]', form).forEach((grip) => { grip.hidden = false; });
  form.addEventListener('pointerdown', (event) => {
    const row = event.target.closest('[data-grip]')?.closest('[data-row]');
    if (!row || event.button) return;
    event.preventDefault();
    const ends = new AbortController();
    let over = null;
    let below = false;
    row.classList.add('held');
    const leave = () => over?.classList.remove('above', 'below');
    const drag = ({ clientY }) => {
      if (clientY < 60) scrollBy(0, -14);
      if (clientY > innerHeight - 90) scrollBy(0, 14);
      leave();
      over = rows().find((other) => other.getBoundingClientRect().bottom > clientY) ?? rows().at(-1);
      const { top, height } = over.getBoundingClientRect();
      below = clientY > top + height / 2;
      over.classList.add(below ? 'below' : 'above');
    };
    const drop = () => {
      leave();
      row.classList.remove('held');
      ends.abort();
    };
    const { signal } = ends;
    addEventListener('pointermove', drag, { signal });
    addEventListener('pointercancel', drop, { signal });
    addEventListener('keydown', ({ key }) => { if (key === 'Escape') drop(); }, { signal });
    addEventListener('pointerup', () => {
      drop();
      if (!over || over === row) return;
      const list = rows().filter((other) => other !== row);
      move(row, list.indexOf(over) + (below ? 1 : 0));
    }, { signal });
  });
}

// Credentials are tested and stored without leaving the page: secrets stay in their fields, and are never sent back.
function testing(form) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const buttons = all('button[name=go]', form);
    const body = new URLSearchParams(new FormData(form));
    body.set('go', event.submitter?.value ?? 'test');
    const checks = document.getElementById('checks');
    const tell = (className, role, textContent) => {
      const said = Object.assign(document.createElement('p'), { className, textContent });
      said.setAttribute('role', role);
      checks.replaceChildren(said);
    };
    buttons.forEach((button) => { button.disabled = true; });
    tell('panel busy', 'status', t('testing'));
    const answer = await fetch(form.action, { method: 'POST', body, credentials: 'same-origin' }).catch(() => null);
    buttons.forEach((button) => { button.disabled = false; });
    if (answer?.redirected) { location.assign(answer.url); return; }
    if (answer?.status === 401) { location.reload(); return; }
    const page = answer && new DOMParser().parseFromString(await answer.text(), 'text/html');
    const found = page?.getElementById('checks');
    if (!found) {
      tell('panel bad', 'alert', t('no-answer'));
      return;
    }
    checks.replaceWith(found);
    all('.problem[id]', form).forEach((problem) => problem.remove());
    all('[aria-invalid]', form).forEach((input) => input.removeAttribute('aria-invalid'));
    all('.problem[id]', page).forEach((problem) => {
      const input = document.getElementById(problem.id.replace(/-problem$/, ''));
      input?.setAttribute('aria-invalid', 'true');
      input?.setAttribute('aria-describedby', problem.id);
      input?.after(problem);
    });
    (form.querySelector('[aria-invalid]') ?? found).focus();
  });
}

// Leaving with unsaved fields asks; sending does not.
let dirty = false;
function watch(form) {
  form.addEventListener('input', (event) => { if (!('clean' in event.target.dataset)) dirty = true; });
}
addEventListener('beforeunload', (event) => { if (dirty) event.preventDefault(); });

// A question before, and never twice.
document.addEventListener('submit', (event) => {
  // It leads elsewhere, and may have to be sent again: this page stays.
  if (event.target.target) return;
  const question = event.submitter?.dataset.ask;
  if (event.target.dataset.sent || (question && !confirm(question))) {
    event.preventDefault();
    return;
  }
  // This form leaves the page without what was entered, so the browser may ask.
  if ('asks' in event.target.dataset) return;
  dirty = false;
  event.target.dataset.sent = '1';
});
addEventListener('pageshow', () => all('form[data-sent]').forEach((form) => delete form.dataset.sent));

async function fetchPart(address, options = {}) {
  const answer = await fetch(address, { credentials: 'same-origin', ...options });
  if (answer.status === 401) location.reload();
  return answer.ok ? answer.text() : null;
}

// Changes only what differs: 500 rows are not laid out anew, and the focus stays where it is.
const BRANCHES = ['DIV', 'SECTION', 'TABLE', 'TBODY', 'OL'];
function patch(old, next) {
  if (old.isEqualNode(next)) return;
  if (old.tagName !== next.tagName || old.id !== next.id || !BRANCHES.includes(old.tagName)) { old.replaceWith(next); return; }
  [...old.attributes].forEach(({ name }) => { if (!next.hasAttribute(name)) old.removeAttribute(name); });
  [...next.attributes].forEach(({ name, value }) => { if (old.getAttribute(name) !== value) old.setAttribute(name, value); });
  const wanted = [...next.children];
  const ids = new Set(wanted.map(({ id }) => id));
  [...old.children].forEach((child) => { if (child.id && !ids.has(child.id)) child.remove(); });
  const known = new Map([...old.children].map((child) => [child.id, child]));
  wanted.forEach((child, index) => {
    const there = old.children[index];
    const same = child.id && known.get(child.id);
    if (!there || (child.id && !same)) old.insertBefore(child, there ?? null);
    else {
      if (same && same !== there) old.insertBefore(same, there);
      patch(same || there, child);
    }
  });
  while (old.children.length > wanted.length) old.lastElementChild.remove();
}

// Progress of an integration: an event says that something changed, the page fetches its part; at most one swap in 500 ms.
function follow(box) {
  let waiting = false;
  let last = 0;
  const swap = async () => {
    waiting = false;
    last = Date.now();
    const part = await fetchPart(box.dataset.fragment).catch(() => null);
    if (part === null) return;
    const focus = document.activeElement?.closest('[id]')?.id;
    const next = box.cloneNode();
    next.innerHTML = part;
    patch(box, next);
    if (focus && focus !== 'progress') document.getElementById(focus)?.querySelector('a,button')?.focus();
    if (box.querySelector('[data-final="true"]')) source.close();
  };
  const soon = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(swap, Math.max(0, 500 - (Date.now() - last)));
  };
  const source = new EventSource(box.dataset.events);
  source.addEventListener('progress', (event) => {
    let final = false;
    try { final = JSON.parse(event.data).is_final; } catch { /* look anyway */ }
    if (final) source.close();
    soon();
  });
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow(box), 5000);
    soon();
  });
  addEventListener('pagehide', () => source.close(), { once: true });
}

// Progress of a refresh.
function refreshing(box) {
  setTimeout(async () => {
    const part = await fetchPart(box.dataset.running).catch(() => null);
    if (part === null) return refreshing(box);
    const next = new DOMParser().parseFromString(part, 'text/html').getElementById('freshness');
    if (!next) return undefined;
    box.replaceWith(next);
    if (next.dataset.running) return refreshing(next);
    all('form[action$="/refresh"] button:not([data-fixed])').forEach((button) => { button.disabled = false; });
    const search = document.querySelector('[data-live]');
    if (search) renew(search.form, document.getElementById(search.dataset.live));
    next.insertAdjacentHTML('beforeend', '<p role="status"></p>');
    next.lastElementChild.textContent = t('renewed');
    return undefined;
  }, 2000);
}

// Once the contacts that were still being read are there the page shows them, unless somebody is at work in it.
function pending() {
  setTimeout(async () => {
    const isIdle = () => !dirty && !document.activeElement?.closest('form');
    const part = isIdle() ? await fetchPart(location.href).catch(() => null) : null;
    if (part === null || part.includes('data-pending') || !isIdle()) pending();
    else location.reload();
  }, 3000);
}

all('form[data-keep]').forEach(selection);
all('[data-live]').forEach(live);
all('[data-enter]').forEach(enter);
all('[data-account]').forEach(accountField);
all('[data-creates]').forEach(details);
all('form[data-test]').forEach(testing);
all('form[data-dirty]').forEach(watch);
all('form[data-licenses]').forEach(licenses);
all('form[data-licenses]').forEach(places);
all('[data-events]').forEach(follow);
all('[data-running]').forEach(refreshing);
all('[data-waiting]').forEach(waiting);
all('form[data-window]').forEach(opening);
if (document.querySelector('[data-close]')) close();
all('form[data-auto]').forEach((form) => form.requestSubmit());
if (document.querySelector('[data-pending]')) pending();
if (!location.hash) document.getElementById('problems')?.focus();
