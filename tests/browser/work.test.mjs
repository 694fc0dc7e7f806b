// Working with the screens: nothing typed is lost, the keyboard suffices, few clicks do, names are text.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { described, heading, inner, stage } from './demo.mjs';
import { accountOf, begin, fillBlanks, finished, press, problems, setPlanForAll, titles } from './wizard.mjs';

const { open } = stage();

test('nothing typed is lost, and what is wrong is said beside the field', async () => {
  const { context, page, frame, complaints } = await open();
  await begin(frame, ['Oakleaf Property', 'Pinecrest Farms LLC']);
  const long = 'x'.repeat(129);
  const card = frame.getByRole('listitem').filter({ hasText: 'Pinecrest' });
  const field = name => card.getByLabel(name, { exact: true });
  const opened = card.locator('details[open]');
  if (!(await opened.count())) await card.getByText('Details of the new account').click();
  await field('Company name').fill(long);
  await field('City').fill('  Fresno "north" <b>');
  await field("Contact's e-mail address").fill('it+vsa@pinecrest.example');
  await press(frame, 'Next');
  await problems(frame).waitFor();
  for (const button of ['Save', 'Save', 'Fill the blanks']) {
    assert.equal(await field('Company name').inputValue(), long);
    assert.equal(await field('City').inputValue(), 'Fresno "north" <b>');
    assert.equal(await field("Contact's e-mail address").inputValue(), 'it+vsa@pinecrest.example');
    await press(frame, button);
    await problems(frame).waitFor();
  }
  assert.match(await described(field('Company name')), /128/);
  assert.match(await described(field("Contact's e-mail address")), /does not accept/);
  await frame.getByRole('link', { name: /does not accept/ }).click();
  assert.equal(await inner(page).evaluate(() => document.activeElement.id), await field("Contact's e-mail address").getAttribute('id'));
  await field('Company name').fill('Pinecrest Farms');
  await field('City').fill('Fresno');
  await field("Contact's e-mail address").fill('it@pinecrest.example');
  await press(frame, 'Next');

  await heading(frame, titles.notifications);
  await frame.getByRole('checkbox', { name: /Send all/ }).uncheck();
  const address = frame.getByLabel('Oakleaf Property');
  await address.fill('nobody at home');
  await press(frame, 'Next');
  await problems(frame).waitFor();
  assert.equal(await address.inputValue(), 'nobody at home');
  assert.equal(await frame.getByRole('checkbox', { name: /Send all/ }).isChecked(), false);
  assert.match(await described(address), /does not accept/);
  await address.fill('office@oakleaf.example');
  await press(frame, 'Next');

  await heading(frame, titles.servicePlans);
  const seats = frame.getByLabel('Seats of Oakleaf Property');
  for (const text of ['a dozen', '1,5', '1000000']) {
    await seats.fill(text);
    const refused = page.waitForResponse(answer => answer.request().method() === 'POST');
    await press(frame, 'Next');
    assert.equal((await refused).status(), 422, text);
    await problems(frame).waitFor();
    assert.equal(await seats.inputValue(), text);
    assert.match(await described(seats), /whole number of seats from 1 to 999,999/);
  }
  assert.match(await described(frame.getByLabel('Service plan of Oakleaf Property')), /Choose a service plan/);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('the line where licenses end moves while seats change', async () => {
  const { context, page, frame, complaints } = await open();
  await begin(frame, ['Quayside Fisheries', 'Redwood Physio', 'Silverline Coaches', 'Harbour Dental Group']);
  await fillBlanks(frame);
  await press(frame, 'Next');
  await press(frame, 'Next');
  await heading(frame, titles.servicePlans);
  await setPlanForAll(frame);
  const cut = frame.getByText('The licenses end here');
  const badges = frame.locator('tr.off .state.bad:visible');
  const pool = frame.locator('tr[data-available]:visible');
  assert.equal(await cut.isVisible(), false);
  const order = await frame.locator('tr[data-row]').evaluateAll(rows => rows.map(row => row.cells[1].firstChild.textContent.trim()));
  await frame.getByLabel(`Seats of ${order[1]}`).fill('5000');
  assert.equal(await cut.isVisible(), true);
  assert.equal(await badges.count(), 3, 'nobody overtakes the first who does not fit');
  assert.match(await pool.innerText(), /Does not suffice/);
  const shown = async () => ({
    seats: await frame.locator('[data-total]').innerText(),
    pool: (await pool.innerText()).replace(/\s+/g, ' ').trim(),
    left: await frame.locator('[data-left-out]').innerText(),
    cut: await inner(page).evaluate(() => document.querySelector('[data-cut]').nextElementSibling.id),
    change: await frame.getByRole('row').filter({ hasText: 'Harbour Dental' }).locator('[data-change]').innerText(),
  });
  const live = await shown();
  await press(frame, 'Save');
  await frame.locator('[data-short]').waitFor();
  assert.deepEqual(await shown(), live, 'the server computes the same');
  await frame.getByLabel(`Seats of ${order[1]}`).fill('10');
  assert.equal(await cut.isVisible(), false);
  assert.equal(await badges.count(), 0);
  await frame.getByLabel(`Service plan of ${order[1]}`).selectOption({ label: 'CAS monthly (Full)' });
  await frame.getByRole('cell', { name: 'Cloud App Security (Full)' }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

/** Goes with Tab to what has this name, seeing on every stop that the focus shows. */
async function tabTo(page, name) {
  const frame = inner(page);
  for (let stops = 0; stops < 150; stops += 1) {
    await page.keyboard.press('Tab');
    const stop = await frame.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const label = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const shows = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && box.width > 0;
      return { label: label.trim(), shows, top: box.top, bottom: box.bottom, height: innerHeight };
    });
    if (!stop) continue;
    assert.ok(stop.shows, `the focus does not show on "${stop.label}"`);
    assert.ok(stop.bottom > 0 && stop.top < stop.height, `"${stop.label}" is out of sight`);
    if (name.test(stop.label)) return;
  }
  assert.fail(`the keyboard does not come to ${name}`);
}

test('from Start to Complete with the keyboard alone', async () => {
  const { context, page, frame, complaints } = await open({ entry: 'Start' });
  await heading(frame, 'Start');
  await inner(page).locator('body').evaluate(body => { window.focus(); body.focus(); });
  await tabTo(page, /^Start$/);
  await page.keyboard.press('Enter');
  await heading(frame, titles.accounts);
  await inner(page).locator('body').evaluate(body => { window.focus(); body.focus(); });
  await tabTo(page, /^"Quoted"/);
  await page.keyboard.press('Space');
  await tabTo(page, /^Valley Print Works/);
  await page.keyboard.press('Space');
  await tabTo(page, /^Next$/);
  await page.keyboard.press('Enter');
  await frame.getByText('2 customers.').waitFor();
  await tabTo(page, /^Fill the blanks/);
  await page.keyboard.press('Enter');
  await problems(frame).waitFor({ state: 'detached' });
  await tabTo(page, /^Next$/);
  await page.keyboard.press('Enter');
  await heading(frame, titles.notifications);
  await tabTo(page, /^Next$/);
  await page.keyboard.press('Space');
  await heading(frame, titles.servicePlans);
  await tabTo(page, /^One plan for all/);
  await page.keyboard.type('WFS monthly');
  await tabTo(page, /^Set for all/);
  await page.keyboard.press('Enter');
  await frame.getByRole('cell', { name: 'Worry-Free Services (Full)' }).waitFor();
  await tabTo(page, /^Next$/);
  await page.keyboard.press('Enter');
  await heading(frame, titles.templates);
  await tabTo(page, /^Next: look at the plan/);
  await page.keyboard.press('Enter');
  await frame.getByRole('heading', { name: 'What Integrate will do' }).waitFor();
  await tabTo(page, /^Integrate$/);
  await page.keyboard.press('Enter');
  await heading(frame, titles.integration);
  await finished(frame);
  await tabTo(page, /^What happened here/);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('exact matches are proposed, and can be listed alone', async () => {
  const { context, page, frame, complaints } = await open();
  await frame.getByRole('checkbox', { name: 'With an account of the same name' }).check();
  await frame.getByText(/customers match$/).waitFor();
  const names = await frame.locator('tbody label').allInnerTexts();
  assert.ok(names.includes('Larkspur Media') && names.includes('Meridian Freight BV') && !names.includes('Kingsway Motors'), names.join(', '));
  await frame.getByRole('checkbox', { name: 'Select all customers on this page' }).check();
  await press(frame, 'Import to Trend Micro');
  await heading(frame, titles.accounts);
  for (const name of ['Larkspur Media', 'Zephyr Wind Energy', 'Meridian Freight']) {
    assert.match(await accountOf(frame, name).inputValue(), /\(same name\)/, name);
  }
  assert.match(await described(accountOf(frame, 'Juniper Hotels')), /Several accounts fit equally well/, 'a tie is for a person');
  await page.getByRole('link', { name: 'Customers', exact: true }).click();
  await heading(frame, 'Customers');
  await frame.getByRole('link', { name: /^Trend Micro Customers/ }).click();
  await frame.getByRole('row').nth(1).waitFor();
  const all = await frame.locator('tbody tr').count();
  await frame.getByRole('checkbox', { name: 'Only seats short or idle' }).check();
  await frame.getByText(/Nothing to see to/).or(frame.locator('tbody .state').first()).first().waitFor();
  assert.ok((await frame.locator('tbody tr').count()) < all);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('names are text, whatever is in them', async () => {
  const { context, frame, complaints } = await open();
  const label = text => frame.locator('tbody label').filter({ hasText: text });
  const hebrew = label('מרפאת השלום');
  await hebrew.waitFor();
  assert.equal(await hebrew.evaluate(element => getComputedStyle(element.closest('td')).direction), 'rtl');
  assert.equal(await label('株式会社サンプル').count(), 1);
  const names = ['מרפאת השלום', '株式会社サンプル', 'Škoda Čeština s.r.o.', "O'Brien's Bar"];
  await begin(frame, names);
  const heads = await frame.locator('.who-is strong').allTextContents();
  assert.deepEqual([...heads].sort(), [...names].sort());
  const remove = frame.getByRole('button', { name: "Remove O'Brien's Bar from this import" });
  await remove.click();
  await remove.waitFor({ state: 'detached' });
  assert.deepEqual(complaints, []);
  await context.close();
});

test('ten customers in at most twelve clicks', async () => {
  const { context, page, frame, complaints } = await open();
  let clicks = 0;
  const click = async (target, options) => {
    clicks += 1;
    await target.click(options);
  };
  const button = name => frame.getByRole('button', { name }).first();
  // Counted from the button on, as after the activation.
  await page.getByRole('link', { name: 'Start', exact: true }).click();
  await heading(frame, 'Start');
  await click(frame.getByRole('button', { name: 'Start', exact: true }));
  await heading(frame, titles.accounts);
  const box = name => frame.getByRole('checkbox', { name, exact: true });
  // Shift ticks everything in between.
  await click(box('Larkspur Media'));
  await click(box('Pinecrest Farms LLC'), { modifiers: ['Shift'] });
  await frame.getByText('10 selected').waitFor();
  await click(button('Next'));
  await frame.getByText('10 customers.').waitFor();
  await click(button('Fill the blanks'));
  await problems(frame).waitFor({ state: 'detached' });
  await click(button('Next'));
  await heading(frame, titles.notifications);
  await click(button('Next'));
  await heading(frame, titles.servicePlans);
  // One click opens the list, another takes the entry.
  clicks += 2;
  await frame.getByLabel('One plan for all').selectOption({ label: 'WFS monthly (Full)' });
  await click(button('Next'));
  await heading(frame, titles.templates);
  await click(button('look at the plan'));
  await frame.getByRole('heading', { name: 'What Integrate will do' }).waitFor();
  await click(frame.getByRole('button', { name: 'Integrate', exact: true }));
  await heading(frame, titles.integration);
  await frame.getByRole('heading', { name: /^Finished/ }).waitFor({ timeout: 90_000 });
  assert.match(await frame.getByRole('main').innerText(), /10 of 10 customers imported/);
  assert.ok(clicks <= 12, `${clicks} clicks`);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('names with markup and of great length, in every list', async () => {
  const { context, page, frame, complaints } = await open();
  await inner(page).goto(inner(page).url().replace(/customers.*/, 'imports'));
  await frame.getByRole('link', { name: /20\d\d/ }).last().waitFor();
  const quoted = '"Quoted" & <b>Bold</b> Ltd';
  for (const entry of await frame.getByRole('link', { name: /20\d\d/ }).all()) assert.ok(await entry.isVisible());
  await inner(page).goto(inner(page).url().replace(/imports.*/, 'customers?tab=linked'));
  await frame.getByRole('row').filter({ hasText: quoted }).waitFor();
  assert.equal(await frame.locator('td b').count(), 0, 'markup stays text');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('all scripts together are small', () => {
  const folder = new URL('../../src/web/assets/', import.meta.url);
  const scripts = readdirSync(folder).filter(name => name.endsWith('.js'));
  const bytes = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(new URL(name, folder))).length, 0);
  assert.ok(scripts.length > 0 && bytes <= 30 * 1024, `${scripts}: ${bytes} bytes`);
});
