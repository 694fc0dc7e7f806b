// Rows change their place by arrows, by a number and by dragging; the server sorts by the numbers.

import { all, t } from './page.js';

function dragging(form, rows, move) {
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
      over = document.elementFromPoint(row.getBoundingClientRect().left + 20, Math.min(Math.max(clientY, 0), innerHeight - 1))?.closest('[data-row]') ?? over;
      if (!over) return;
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

export function places(form) {
  const rows = () => all('[data-row]', form);
  const said = form.querySelector('[data-moved]');
  const number = (row, index, last) => {
    row.querySelector('[data-place]').value = index + 1;
    const [up, down] = all('[data-by]', row);
    if (up.disabled !== (index === 0)) up.disabled = index === 0;
    if (down.disabled !== (index === last)) down.disabled = index === last;
  };
  const move = (row, wanted) => {
    const list = rows();
    const from = list.indexOf(row);
    const to = Math.min(Math.max(wanted, 0), list.length - 1);
    if (to !== from) list[to][to > from ? 'after' : 'before'](row);
    list.splice(to, 0, ...list.splice(from, 1));
    // Only the rows it passed have another place now.
    const first = Math.min(from, to);
    list.slice(first, Math.max(from, to) + 1).forEach((other, index) => number(other, first + index, list.length - 1));
    said.textContent = t('moved', { name: row.dataset.row, place: to + 1, count: list.length });
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
  dragging(form, rows, move);
}
