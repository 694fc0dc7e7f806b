// Makes the screens nicer. Everything works without it.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// One box for all rows of the page, and how many are ticked.
function selection(form) {
  const boxes = all('input[type=checkbox][name=organization]', form);
  const counter = form.querySelector('[data-selected]');
  const master = form.querySelector('[data-all]');
  if (!counter) return;
  const carried = Number(counter.dataset.selected);
  const show = () => {
    const here = boxes.filter((box) => box.checked).length;
    counter.textContent = carried ? `${here + carried} selected, ${carried} not shown here` : `${here || 'None'} selected`;
    if (master) {
      master.checked = boxes.length > 0 && here === boxes.length;
      master.indeterminate = here > 0 && here < boxes.length;
    }
  };
  if (master) {
    master.hidden = false;
    master.addEventListener('change', () => { boxes.forEach((box) => { box.checked = master.checked; }); show(); });
  }
  // Shift ticks everything from the last one.
  let last = null;
  boxes.forEach((box) => {
    box.addEventListener('click', (event) => {
      if (event.shiftKey && last) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        boxes.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
      }
      last = box;
    });
    box.addEventListener('change', show);
  });
  addEventListener('pageshow', show);
  show();
}

// Search while typing; focus comes back to where it was.
const FOCUS = 'focus';
const remember = (value) => { try { sessionStorage.setItem(FOCUS, value); } catch { /* storage is blocked: no focus */ } };
const recall = () => { try { const id = sessionStorage.getItem(FOCUS); sessionStorage.removeItem(FOCUS); return id; } catch { return null; } };
function live(input) {
  const button = document.getElementById(input.dataset.live);
  if (!button) return;
  let timer;
  const send = () => { remember(input.id); input.form.requestSubmit(button); };
  if (input.type === 'checkbox') input.addEventListener('change', send);
  else input.addEventListener('input', (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(send, 600);
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

// Details belong to a new account only.
function details(select) {
  const part = document.getElementById(select.dataset.creates);
  if (part) select.addEventListener('change', () => { part.hidden = select.value !== 'create'; });
}

// Licenses while plans and seats are entered: who is served, in list order, and what is left. The server computes the same.
const digits = (value) => value.toLocaleString('en');
const some = (value, noun) => `${digits(value)} ${noun}${value === 1 ? '' : 's'}`;
function licenses(form) {
  const pools = all('[data-available]').map((line) => ({
    line,
    available: line.dataset.available === '' ? Infinity : Number(line.dataset.available),
  }));
  const rows = all('[data-row]', form);
  const cut = form.querySelector('[data-cut]');
  const serve = (row) => {
    const { pool: place, before } = row.querySelector('select').selectedOptions[0].dataset;
    const field = row.querySelector('input.seats');
    const text = field.value.replace(/[,\s]/g, '');
    const seats = text === '' ? Number(field.dataset.default) : Number(text) || 0;
    const change = row.querySelector('[data-change]');
    change.hidden = before === undefined;
    if (before === String(seats)) change.textContent = `has ${some(seats, 'seat')} already; nothing changes`;
    else if (before !== undefined) change.textContent = `${digits(Number(before))} → ${some(seats, 'seat')}`;
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
    row.classList.toggle('off', !fits);
    row.querySelector('[data-unserved]').hidden = fits;
    return { fits, seats };
  };
  const show = ({ line, available, asked, requested, granted }) => {
    line.hidden = !asked;
    [requested, granted, available - granted].forEach((value, index) => {
      if (Number.isFinite(value)) line.cells[index + 2].textContent = digits(value);
    });
    const meter = line.querySelector('meter');
    if (!meter) return;
    meter.value = requested;
    meter.hidden = requested > granted;
    line.querySelector('.state').hidden = requested <= granted;
  };
  form.addEventListener('input', (event) => {
    if (!event.target.closest('[data-row]')) return;
    pools.forEach((pool) => Object.assign(pool, { asked: false, requested: 0, granted: 0, ended: false }));
    const served = rows.map(serve);
    const first = rows[served.findIndex(({ fits }) => !fits)];
    cut.hidden = !first;
    first?.before(cut);
    pools.forEach(show);
    const short = document.querySelector('[data-short]');
    short.hidden = !first;
    short.querySelector('[data-left-out]').textContent = some(served.filter(({ fits }) => !fits).length, 'customer');
    document.querySelector('[data-total]').textContent = digits(served.reduce((sum, { seats }) => sum + seats, 0));
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
    buttons.forEach((button) => { button.disabled = true; });
    checks.innerHTML = '<p class="panel busy" role="status">Testing: this takes a few seconds.</p>';
    const answer = await fetch(form.action, { method: 'POST', body, credentials: 'same-origin' }).catch(() => null);
    buttons.forEach((button) => { button.disabled = false; });
    if (answer?.redirected) { location.assign(answer.url); return; }
    if (answer?.status === 401) { location.reload(); return; }
    const page = answer && new DOMParser().parseFromString(await answer.text(), 'text/html');
    const found = page?.getElementById('checks');
    if (!found) {
      checks.innerHTML = '<p class="panel bad" role="alert">No usable answer. Nothing is known to be stored: reload the page and look.</p>';
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
  const question = event.submitter?.dataset.ask;
  if (event.target.dataset.sent || (question && !confirm(question))) {
    event.preventDefault();
    return;
  }
  dirty = false;
  event.target.dataset.sent = '1';
});
addEventListener('pageshow', () => all('form[data-sent]').forEach((form) => delete form.dataset.sent));

async function fetchPart(address) {
  const answer = await fetch(address, { credentials: 'same-origin' });
  if (answer.status === 401) location.reload();
  return answer.ok ? answer.text() : null;
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
    box.innerHTML = part;
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
    all('form[action$="/refresh"] button').forEach((button) => { button.disabled = false; });
    next.insertAdjacentHTML('beforeend', '<p role="status">Reload the page to see what is new.</p>');
    return undefined;
  }, 2000);
}

all('form[data-keep]').forEach(selection);
all('[data-live]').forEach(live);
all('[data-enter]').forEach(enter);
all('[data-creates]').forEach(details);
all('form[data-test]').forEach(testing);
all('form[data-dirty]').forEach(watch);
all('form[data-licenses]').forEach(licenses);
all('[data-events]').forEach(follow);
all('[data-running]').forEach(refreshing);
const field = document.getElementById(recall() || '');
if (field) { field.focus(); field.setSelectionRange?.(field.value?.length ?? 0, field.value?.length ?? 0); }
else if (!location.hash) document.getElementById('problems')?.focus();
