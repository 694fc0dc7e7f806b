// What a person has to see to: a decision between accounts, a refusal, a warning, refused credentials, seats that are short.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { heading, inner, open, program, startBrowser, startDemo } from './demo.mjs';
import { found, look } from './look.mjs';
import { finished, integrate, press, toPlan } from './wizard.mjs';

let browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

test('a decision, a refusal and a warning come first, and each can be seen to', async () => {
  const demo = await startDemo({ options: ['--vendors', 'troubled'] });
  try {
    const { context, page, frame, complaints } = await open(browser, demo);
    await toPlan(frame, ['Acorn Letting Agency', 'Delta Scaffolding', 'Foundry Lane Brewery', 'Hollis Engineering', 'Larkspur Media'], { template: 'Office', keep: true });
    await integrate(frame);
    await finished(frame, 'Finished with problems');
    const cards = frame.locator('.cards > li[id]');
    await cards.first().waitFor();
    const states = await cards.locator('.card-head > .state').allInnerTexts();
    assert.deepEqual(states.map(text => text.replace(/^\S+\s+/, '')).sort(), ['Failed', 'Imported with a warning', 'Needs you']);
    const brewery = cards.filter({ hasText: 'Foundry Lane Brewery' });
    assert.equal(await brewery.getByRole('button', { name: 'This is it' }).count(), 2, 'both accounts are shown side by side');
    await look(page, 'integration-needs-you');
    await brewery.locator('.candidates > li').filter({ hasText: 'Bradford' }).getByRole('button').click();
    await frame.locator('tr').filter({ hasText: 'Foundry Lane Brewery' }).filter({ hasText: 'Imported' }).waitFor({ timeout: 60_000 });
    await press(frame, 'Retry what is not done');
    await frame.getByRole('heading', { name: 'Finished', exact: true }).waitFor({ timeout: 60_000 });
    assert.match(await frame.getByRole('main').innerText(), /5 of 5 customers imported/);
    const row = frame.getByRole('row').filter({ hasText: 'Foundry Lane Brewery' });
    await row.getByRole('link', { name: 'What happened here' }).click();
    await frame.getByText('Waiting for a decision').first().waitFor();
    await look(page, 'record-decided');
    await page.getByRole('link', { name: 'Customers', exact: true }).click();
    await heading(frame, 'Customers');
    await frame.getByRole('link', { name: /^Trend Micro Customers/ }).click();
    const short = frame.getByRole('row').filter({ hasText: 'Larkspur Media' }).locator('.state.bad');
    await short.waitFor();
    await look(page, 'linked-short');
    assert.deepEqual([...complaints, ...found.splice(0)], []);
    await context.close();
  } finally {
    await demo.stop();
  }
});

test('refused credentials: the run stands still and says why', async () => {
  const demo = await startDemo({ options: ['--vendors', 'refusing'] });
  try {
    const { context, page, frame, complaints } = await open(browser, demo);
    await toPlan(frame, ['Acorn Letting Agency', 'Delta Scaffolding']);
    await integrate(frame);
    await finished(frame, 'Standing still');
    assert.match(await frame.getByRole('alert').innerText(), /^Why it stands still: .{20,}/);
    await look(page, 'integration-standing-still');
    assert.deepEqual([...complaints, ...found.splice(0)], []);
    await context.close();
  } finally {
    await demo.stop();
  }
});

test('with a price list the plan begins with what it costs, and a second demonstration is refused', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'plugin-demo-'));
  const demo = await startDemo({ folder });
  const command = (...args) =>
    spawnSync(program, args, { env: { ...process.env, PLUGIN__DATABASE__DATA_DIR: folder, PLUGIN__LOG__FILTER: 'warn' }, encoding: 'utf8', timeout: 60_000 });
  try {
    const second = command('demo', '--port', '0', '--reset');
    assert.equal(second.status, 1, second.stdout);
    assert.match(second.stderr, /another demonstration is running in .*nothing was changed/);

    const file = path.join(folder, 'prices.csv');
    await writeFile(file, 'plan,price,currency\nWFS monthly,2.50,EUR\n');
    const stored = spawnSync(program, ['partner', 'prices', '--file', file], {
      env: { ...process.env, PLUGIN__DATABASE__DATA_DIR: path.join(folder, 'demo'), PLUGIN__LOG__FILTER: 'warn' },
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.equal(stored.status, 0, stored.stderr);
    const { context, page, frame, complaints } = await open(browser, demo);
    await toPlan(frame, ['Acorn Letting Agency', 'Delta Scaffolding']);
    const money = await frame.locator('.money').innerText();
    const seats = Number((await frame.locator('.totals div').filter({ hasText: 'Seats in total' }).locator('dd').innerText()).replace(/,/g, ''));
    const expected = (seats * 2.5).toLocaleString('en', { minimumFractionDigits: 2 });
    assert.ok(money.startsWith(`+EUR ${expected} `), `${money} for ${seats} seats`);
    await look(page, 'plan-prices');
    assert.equal(await inner(page).locator('.summary').count(), 1);
    assert.deepEqual([...complaints, ...found.splice(0)], []);
    await context.close();
  } finally {
    await demo.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
