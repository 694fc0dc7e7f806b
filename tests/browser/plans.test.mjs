// The order of the list and seats for all rows, on Assign Service Plan.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heading, inner, sent, stage } from './demo.mjs';
import { press, titles, toServicePlans } from './wizard.mjs';

const { open } = stage();

const order = frame => frame.locator('tr[data-row]').evaluateAll(rows => rows.map(row => row.dataset.row));
const place = (frame, name) => frame.getByLabel(`Place of ${name}`);

test('rows are put in order by arrows, keys, numbers and the pointer, and the server keeps it', async () => {
  const { context, page, frame, complaints } = await open();
  await toServicePlans(frame, ['Acorn Letting Agency', 'Bluebird Nursery', 'Delta Scaffolding', 'Hollis Engineering', 'Oakleaf Property']);
  const [a, b, c, d, e] = await order(frame);
  await frame.getByRole('button', { name: `Move ${b} up` }).click();
  assert.deepEqual(await order(frame), [b, a, c, d, e]);
  assert.equal(await frame.getByRole('button', { name: `Move ${b} up` }).isDisabled(), true);
  assert.match(await frame.locator('[data-moved]').innerText(), /at place 1 of 5/);
  assert.ok(await inner(page).evaluate(() => document.activeElement.matches('[data-by]')), 'the focus stays on the row');
  await place(frame, e).focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  assert.deepEqual(await order(frame), [b, a, e, c, d]);
  await place(frame, d).fill('2');
  await page.keyboard.press('Tab');
  assert.deepEqual(await order(frame), [b, d, a, e, c]);
  const grip = await frame.locator('tr[data-row]').filter({ hasText: c }).locator('[data-grip]').boundingBox();
  const target = await frame.locator('tr[data-row]').first().boundingBox();
  await page.mouse.move(grip.x + 4, grip.y + 6);
  await page.mouse.down();
  await page.mouse.move(target.x + 20, target.y + 30, { steps: 4 });
  await page.mouse.move(target.x + 20, target.y + 3, { steps: 2 });
  await page.mouse.up();
  assert.deepEqual(await order(frame), [c, b, d, a, e]);
  await sent(page, () => press(frame, 'Save'));
  await heading(frame, titles.servicePlans);
  assert.deepEqual(await order(frame), [c, b, d, a, e], 'the server has the same order');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('without scripts a number or a button moves a row', async () => {
  const { context, page, frame, complaints } = await open({ javaScriptEnabled: false });
  await toServicePlans(frame, ['Acorn Letting Agency', 'Bluebird Nursery', 'Delta Scaffolding']);
  const names = async () => frame.locator('tr:has(input[data-place]) td[dir=auto] >> css=:scope').allInnerTexts();
  const before = await names();
  const first = name => name.trim().split('\n')[0];
  await frame.locator('input[data-place]').nth(2).fill('1');
  await sent(page, () => press(frame, 'Save'));
  await heading(frame, titles.servicePlans);
  assert.deepEqual((await names()).map(first), [before[2], before[0], before[1]].map(first));
  await sent(page, () => frame.getByRole('button', { name: /^Move .* down$/ }).first().click());
  await heading(frame, titles.servicePlans);
  assert.deepEqual((await names()).map(first), [before[0], before[2], before[1]].map(first));
  assert.deepEqual(complaints, []);
  await context.close();
});

test('seats for all rows: by the rule, or as accounts have them', async () => {
  const { context, page, frame, complaints } = await open();
  await toServicePlans(frame, ['Larkspur Media', 'Zephyr Wind Energy', 'Acorn Letting Agency']);
  await frame.getByLabel('One plan for all').selectOption({ label: 'WFS monthly (Full)' });
  await sent(page, () => press(frame, 'Set for all'));
  await frame.getByRole('cell', { name: 'Worry-Free Services (Full)' }).waitFor();
  const seats = () => frame.locator('input.seats').evaluateAll(fields => fields.map(field => Number(field.value)));
  const byRule = await seats();
  for (const field of await frame.locator('input.seats').all()) await field.fill('77');
  await sent(page, () => press(frame, 'Compute all seats anew'));
  await frame.locator('[data-total]').waitFor();
  assert.deepEqual(await seats(), byRule);
  const had = frame.getByText(/^\d+ → \d+ seats?$/);
  const before = await had.allInnerTexts();
  assert.ok(before.length > 0, 'an account has seats already');
  await sent(page, () => press(frame, 'Keep the seats that accounts have'));
  await frame.getByText('nothing changes').first().waitFor();
  assert.equal(await frame.getByText('nothing changes').count(), before.length);
  assert.equal(await had.count(), 0);
  const kept = (await seats()).filter((value, index) => value !== byRule[index]);
  assert.deepEqual(kept.sort(), before.map(text => Number(text.split(' ')[0])).sort());
  assert.deepEqual(complaints, []);
  await context.close();
});
