// Licenses while plans and seats are entered: who is served, in list order, and what is left. The server computes the same.

import { all, digits, t } from './page.js';

// Thousands may be set apart as the language does, or by a space.
const [, apart] = digits(11111).split(/\d+/);
const grouped = new RegExp(`^(\\d+|\\d{1,3}([\\s${apart}]\\d{3})+)$`);

const write = (element, text) => { if (element.textContent !== text) element.textContent = text; };

// What a row asks for.
function read(row) {
  const select = row.querySelector('select');
  const { pool, before } = select.options[select.selectedIndex].dataset;
  const field = row.querySelector('input.seats');
  const text = field.value.trim();
  const kept = text === '' ? field.dataset.default : field.dataset.kept;
  return { pool, before, seats: Number(grouped.test(text) ? text.replace(/\D/g, '') : kept) };
}

// Who is served when all ask for their licenses in this order; `pools` keep the sums.
function serve(asked, pools) {
  pools.forEach((pool) => Object.assign(pool, { asked: false, requested: 0, granted: 0, ended: false }));
  return asked.map(({ pool: place, before, seats }) => {
    const pool = pools[place];
    if (!pool) return true;
    const units = Math.max(0, seats - Number(before ?? 0));
    const fits = units === 0 || (!pool.ended && pool.available - pool.granted >= units);
    pool.asked = true;
    pool.requested += units;
    if (fits) pool.granted += units;
    else pool.ended = true;
    return fits;
  });
}

function showPool({ line, available, asked, requested, granted }) {
  line.hidden = !asked;
  [requested, granted, available - granted].forEach((value, index) => {
    if (Number.isFinite(value)) write(line.cells[index + 2], digits(value));
  });
  const meter = line.querySelector('meter');
  if (!meter) return;
  meter.value = requested;
  meter.hidden = requested > granted;
  line.querySelector('.state').hidden = requested <= granted;
}

function showChange(row, { before, seats }) {
  const change = row.querySelector('[data-change]');
  change.hidden = before === undefined;
  if (before !== undefined) write(change, before === String(seats) ? t('keeps', { count: seats }) : t('changes', { before: Number(before), count: seats }));
}

export function licenses(form) {
  const pools = all('[data-available]').map((line) => ({
    line,
    available: line.dataset.available === '' ? Infinity : Number(line.dataset.available),
  }));
  const cut = form.querySelector('[data-cut]');
  const short = document.querySelector('[data-short]');
  const total = document.querySelector('[data-total]');
  // Read once, then only the row that was worked on: fields of 500 rows take their time.
  let known;
  form.addEventListener('input', (event) => {
    const here = event.target.closest('[data-row]');
    if (!here) return;
    const rows = all('[data-row]', form);
    known ??= new Map(rows.map((row) => [row, read(row)]));
    known.set(here, read(here));
    const asked = rows.map((row) => known.get(row));
    const fits = serve(asked, pools);
    showChange(here, known.get(here));
    rows.forEach((row, index) => row.classList.toggle('off', !fits[index]));
    const first = rows[fits.indexOf(false)];
    cut.hidden = !first;
    if (first && cut.nextElementSibling !== first) first.before(cut);
    pools.forEach(showPool);
    short.hidden = !first;
    write(short.querySelector('[data-left-out]'), t('left-out', { count: fits.filter((isServed) => !isServed).length }));
    write(total, digits(asked.reduce((sum, { seats }) => sum + seats, 0)));
  });
}
