import { renew } from './lists.js';
import { all, fetchPart, t } from './page.js';

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
export function follow(box) {
  let waiting = false;
  let last = 0;
  const swap = async () => {
    waiting = false;
    last = Date.now();
    const part = await fetchPart(box.dataset.fragment).catch(() => null);
    if (part === null) return;
    const next = box.cloneNode();
    next.innerHTML = part;
    // Reading 500 rows and showing them are two turns: whoever types in between is not kept waiting for both.
    await new Promise((done) => { setTimeout(done); });
    const focus = document.activeElement?.closest('[id]')?.id;
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
export function refreshing(box) {
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
