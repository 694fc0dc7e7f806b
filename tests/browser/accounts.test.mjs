// The field that chooses an account: the keys of the combobox pattern, what a screen reader is told, and the search behind it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heading, inner, stage } from './demo.mjs';
import { found, look } from './look.mjs';
import { accountOf, begin, chooseAccount, press, problems, titles } from './wizard.mjs';

const { open } = stage();

/** What a screen reader is told of the field: its list, and the entry it is at. */
const told = field =>
  field.evaluate(box => ({
    expanded: box.getAttribute('aria-expanded'),
    list: document.getElementById(box.getAttribute('aria-controls') ?? '')?.getAttribute('role') ?? null,
    active: document.getElementById(box.getAttribute('aria-activedescendant') ?? '')?.textContent.trim() ?? null,
    focused: document.activeElement === box,
  }));

test('the keys of the combobox pattern', async () => {
  const { context, page, frame, complaints } = await open();
  await begin(frame, ['Larkspur Media', 'Kingsway Motors', 'Acorn Letting Agency']);
  const box = accountOf(frame, 'Larkspur Media');
  const proposed = await box.inputValue();
  assert.match(proposed, /^Larkspur Media.*\(same name\)$/);
  assert.deepEqual(await told(box), { expanded: 'false', list: null, active: null, focused: false });
  await box.focus();
  await page.keyboard.press('ArrowDown');
  assert.deepEqual(await told(box), { expanded: 'true', list: 'listbox', active: proposed, focused: true });
  await page.keyboard.press('ArrowUp');
  assert.match((await told(box)).active, /^\+ Create a new/);
  await page.keyboard.press('Escape');
  assert.equal((await told(box)).expanded, 'false');
  assert.equal(await box.inputValue(), proposed, 'Escape changes nothing');
  await page.keyboard.press('Alt+ArrowDown');
  assert.equal((await told(box)).expanded, 'true');
  await page.keyboard.press('Alt+ArrowUp');
  assert.equal((await told(box)).expanded, 'false');

  await box.fill('zeph');
  await frame.getByRole('option', { name: /Zephyr/ }).first().waitFor();
  assert.match(await frame.locator('[data-said]').innerText(), /^\d+ accounts?$/, 'the number is announced');
  await page.keyboard.press('ArrowDown');
  const first = (await told(box)).active;
  assert.match(first, /Zephyr/);
  await look(page, 'accounts-search');
  await box.fill('zeph');
  await frame.getByRole('option', { name: /Zephyr/ }).first().waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await box.inputValue(), proposed, 'leaving chooses nothing');
  await box.fill('zeph');
  await frame.getByRole('option', { name: /Zephyr/ }).first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.match(await box.inputValue(), /^Zephyr/);
  assert.equal((await told(box)).expanded, 'false');
  await heading(frame, titles.accounts);

  await accountOf(frame, 'Kingsway Motors').fill('zeph');
  await frame.getByRole('option', { name: /^\+ Create/ }).waitFor();
  const chosen = await box.inputValue();
  for (const entry of await frame.getByRole('option').allInnerTexts()) assert.notEqual(entry.trim(), chosen, 'an account is offered once');
  await accountOf(frame, 'Kingsway Motors').fill('there is no such account');
  await frame.getByText('No free account matches.').waitFor({ state: 'attached' });
  await page.keyboard.press('Escape');
  await press(frame, 'Save');
  await heading(frame, titles.accounts);
  assert.match(await box.inputValue(), /^Zephyr/, 'what was chosen is stored');
  assert.deepEqual([...complaints, ...found.splice(0)], []);
  await context.close();
});

test('models of templates are nobody\'s account, with and without scripts', async () => {
  for (const javaScriptEnabled of [true, false]) {
    const { context, frame, complaints } = await open({ javaScriptEnabled });
    await begin(frame, ['Hollis Engineering']);
    if (javaScriptEnabled) {
      await accountOf(frame, 'Hollis Engineering').fill('Template');
      await frame.getByText('No free account matches.').waitFor({ state: 'attached' });
      assert.equal(await frame.getByRole('option', { name: /Template/ }).count(), 0);
    } else {
      await frame.getByRole('textbox', { name: 'Search another account for Hollis Engineering' }).fill('Template');
      await press(frame, 'Search');
      await heading(frame, 'Choose a Trend Micro account');
      await frame.getByText('No free account matches').waitFor();
      await frame.getByRole('searchbox').fill('a');
      await press(frame, 'Search');
      const choice = frame.getByRole('button', { name: /^Choose / }).first();
      const name = (await choice.getAttribute('aria-label')).replace('Choose ', '');
      await choice.click();
      await heading(frame, titles.accounts);
      const select = frame.getByRole('combobox', { name: 'Trend Micro Customer Account of Hollis Engineering' });
      assert.ok((await select.evaluate(element => element.selectedOptions[0].textContent)).startsWith(name));
    }
    assert.deepEqual(complaints, []);
    await context.close();
  }
});

test('exact matches that were turned down are accepted again in one go', async () => {
  const { context, page, frame, complaints } = await open();
  await begin(frame, ['Larkspur Media', 'Zephyr Wind Energy', 'Acorn Letting Agency']);
  for (const name of ['Larkspur Media', 'Zephyr Wind Energy']) await chooseAccount(frame, name, /^\+ Create/);
  await press(frame, 'Save');
  const accept = frame.getByRole('button', { name: 'Accept all exact matches (2)' });
  await accept.click();
  await accept.waitFor({ state: 'detached' });
  for (const name of ['Larkspur Media', 'Zephyr Wind Energy']) assert.match(await accountOf(frame, name).inputValue(), /\(same name\)/);
  assert.match(await accountOf(frame, 'Acorn Letting Agency').inputValue(), /^\+ Create/);
  assert.equal(await inner(page).locator('[role=combobox]').count(), 3);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('what Trend Micro would refuse comes first, and blanks are filled for all rows at once', async () => {
  const { context, frame, complaints } = await open();
  await begin(frame, ['Acorn Letting Agency', 'Blank City Builders', 'Juniper Hotels', 'Northwind Traders Inc.']);
  await problems(frame).waitFor();
  const broken = await frame.locator('.cards > li').evaluateAll(rows => rows.map(row => row.classList.contains('broken')));
  assert.deepEqual(broken, [...broken].sort((a, b) => b - a), 'rows with problems are first');
  assert.ok(broken.includes(true));
  const linked = await frame.locator('#problems a').evaluateAll(links => links.map(link => !!document.querySelector(link.getAttribute('href'))));
  assert.ok(linked.length > 0 && linked.every(Boolean), 'every problem leads to its field');
  await chooseAccount(frame, 'Juniper Hotels', /^\+ Create/);
  await press(frame, 'Save');
  await problems(frame).waitFor();
  await frame.getByText('Fill the blanks of all rows').click();
  const values = { City: 'Bath', 'State or region': 'Somerset', 'Country code': 'GB', "Contact's first name": 'Ida', "Contact's last name": 'Lowe', "Contact's e-mail address": 'ida@sample.example' };
  const all = frame.locator('.for-all');
  for (const [label, value] of Object.entries(values)) {
    const field = all.getByLabel(label);
    if (await field.count()) await field.fill(value);
  }
  await press(frame, 'Fill these blanks');
  await problems(frame).waitFor({ state: 'detached' });
  assert.equal(await all.count(), 0, 'nothing is blank any more');
  assert.deepEqual(complaints, []);
  await context.close();
});
