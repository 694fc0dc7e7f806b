// Lists of customers: what is ticked, and what a search finds.

import { all, fetchPart, t } from './page.js';

// One box for all rows of the page, and how many are ticked.
export function selection(form) {
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
export async function renew(form, button) {
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
export function live(input) {
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
