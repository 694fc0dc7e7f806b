// Every screen and state: fits in narrow and wide frames, light and dark, without a complaint of the browser or of axe.
// The pictures are in target/browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heading, inner, open, stage, startDemo, tick, visit } from './demo.mjs';
import { found, look } from './look.mjs';
import { accountOf, begin, fillBlanks, finished, integrate, lookAtPlan, press, problems, setPlanForAll, setTemplateForAll, titles } from './wizard.mjs';

const all = stage();

async function search(frame, text) {
  await frame.getByRole('searchbox').fill(text);
  await frame.getByRole('button', { name: 'Search', exact: true }).click();
}

const rows = frame => frame.locator('tbody tr').count();

test('outside: signing in, leaving, and what does not exist', async () => {
  const context = await all.browser.newContext({ viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  await page.goto(all.demo.url);
  const frame = page.frameLocator('iframe[name=module]');
  const link = frame.getByRole('button', { name: 'Continue' });
  await link.waitFor();
  await look(page, 'sign-in');
  const once = inner(page).url();
  await context.clearCookies();
  await link.click();
  await frame.getByText('does not keep cookies').waitFor();
  await look(page, 'cookies-blocked');
  await inner(page).goto(once);
  await link.click();
  await heading(frame, 'Customers');
  await visit(page, '/nothing-here');
  await look(page, 'not-found');
  await visit(page, '/customers');
  await press(frame, 'Leave');
  await heading(frame, 'You have left');
  await look(page, 'left');
  await visit(page, '/customers');
  await look(page, 'signed-out');
  await inner(page).goto(once);
  await link.click();
  await heading(frame, 'This link cannot be used');
  await look(page, 'link-used');
  assert.deepEqual(found.splice(0), []);
  await context.close();
});

test('customers and imports, with many rows, one and none', async () => {
  const { context, page, frame, complaints } = await all.open();
  await look(page, 'customers');
  assert.ok((await rows(frame)) >= 60);
  await tick(frame, ['Acorn Letting Agency', 'Bluebird Nursery']);
  await look(page, 'customers-ticked');
  await search(frame, 'Kingsway');
  await frame.getByText('1 customer matches').waitFor();
  assert.equal(await rows(frame), 1);
  await look(page, 'customers-one');
  await search(frame, 'nobody is called this');
  await frame.getByText('No customer matches').waitFor();
  await look(page, 'customers-none');
  await visit(page, '/customers');
  await frame.getByRole('checkbox', { name: /own organizations/ }).check();
  await frame.getByRole('row').filter({ hasText: 'Kserver' }).waitFor();
  await look(page, 'customers-builtin');
  await visit(page, '/customers');
  await press(frame, 'Import to Trend Micro');
  await frame.getByRole('alert').waitFor();
  await look(page, 'customers-nothing-ticked');
  await visit(page, '/customers?tab=linked');
  await look(page, 'linked-none');
  await visit(page, '/imports');
  await look(page, 'imports-none');
  await page.getByRole('link', { name: 'Start', exact: true }).click();
  await heading(frame, 'Start');
  await look(page, 'start-none');
  await frame.getByRole('button', { name: 'Start', exact: true }).click();
  await heading(frame, titles.accounts);
  await look(page, 'choose');
  await press(frame, 'Next');
  await frame.getByRole('alert').waitFor();
  await look(page, 'choose-nothing-ticked');
  assert.deepEqual([...complaints, ...found.splice(0)], []);
  await context.close();
});

test('the wizard, with mistakes and without, and what comes of it', async () => {
  const { context, page, frame, complaints } = await all.open();
  const names = ['Blank City Builders', 'Bluebird Nursery', 'Cedar House Care Home', 'Juniper Hotels', 'Northwind Traders Inc.'];
  await visit(page, '/customers');
  await begin(frame, names);
  await problems(frame).waitFor();
  await look(page, 'accounts-problems');
  await accountOf(frame, 'Juniper Hotels').click();
  await look(page, 'accounts-choosing');
  await frame.getByRole('option', { name: /^\+ Create/ }).click();
  await fillBlanks(frame);
  await look(page, 'accounts');
  // Where a search leads without scripts.
  const id = await frame.locator('.card').filter({ hasText: 'Cedar House' }).locator('select').getAttribute('data-account');
  await visit(page, `${new URL(inner(page).url()).pathname.replace(/.*(?=\/imports)/, '')}/search?organization=${id}&search=Cedar`);
  await heading(frame, 'Choose a Trend Micro account');
  await frame.getByText('No free account').waitFor();
  await look(page, 'account-search-none');
  await search(frame, 'a');
  await frame.getByRole('row').nth(2).waitFor();
  await look(page, 'account-search');
  await frame.getByRole('link', { name: 'Back to the row' }).click();
  await heading(frame, titles.accounts);
  await frame.getByRole('link', { name: 'Add customers' }).click();
  await frame.getByRole('button', { name: 'Add the ticked customers' }).waitFor();
  await look(page, 'choose-more');
  await frame.getByRole('link', { name: 'Back without adding' }).click();
  await heading(frame, titles.accounts);
  await press(frame, 'Next');

  await heading(frame, titles.notifications);
  await look(page, 'notifications');
  await frame.getByRole('checkbox', { name: /Send all/ }).uncheck();
  await frame.getByRole('row').filter({ hasText: 'Bluebird' }).getByRole('textbox').fill('not an address');
  await press(frame, 'Next');
  await problems(frame).waitFor();
  await look(page, 'notifications-problems');
  await frame.getByRole('checkbox', { name: /Send all/ }).check();
  await press(frame, 'Next');

  await heading(frame, titles.servicePlans);
  await look(page, 'service-plans-open');
  await press(frame, 'Next');
  await problems(frame).waitFor();
  await look(page, 'service-plans-problems');
  await setPlanForAll(frame);
  await problems(frame).waitFor({ state: 'detached' });
  await look(page, 'service-plans');
  await frame.getByLabel('Seats of Cedar House Care Home').fill('5000');
  await press(frame, 'Save');
  await frame.getByText('The licenses end here').waitFor();
  await look(page, 'service-plans-cut');
  await press(frame, 'Next');

  await heading(frame, titles.templates);
  await look(page, 'templates');
  await setTemplateForAll(frame, 'Office');
  await lookAtPlan(frame);
  await look(page, 'plan-left-out');
  await integrate(frame);
  await finished(frame);
  await look(page, 'integration-left-out');
  const address = inner(page).url();
  await frame.getByRole('link', { name: 'What happened here' }).last().click();
  await heading(frame, /What happened/);
  await look(page, 'record');
  await inner(page).goto(address);
  await visit(page, '/customers?tab=linked');
  await look(page, 'linked');
  await search(frame, 'nobody is called this');
  await frame.getByText('No customer matches').waitFor();
  await look(page, 'linked-search-none');
  await visit(page, '/imports');
  await look(page, 'imports');
  await visit(page, '/start');
  await look(page, 'start');
  assert.deepEqual([...complaints, ...found.splice(0)], []);
  await context.close();
});

test('an import that somebody else saved in between', async () => {
  const { context, page, frame, complaints } = await all.open();
  await visit(page, '/customers');
  await begin(frame, ['Hollis Engineering', 'Ivybridge Accountants']);
  await fillBlanks(frame);
  const address = inner(page).url().replace(/#.*/, '');
  const other = await context.newPage();
  await other.goto(all.demo.url);
  await inner(other).goto(address);
  const rival = other.frameLocator('iframe[name=module]');
  await rival.getByText('Details of the new account').first().click();
  await rival.getByLabel('City').first().fill('Derby West');
  await press(rival, 'Save');
  await heading(rival, titles.accounts);
  await frame.getByText('Details of the new account').last().click();
  await frame.getByLabel('City').last().fill('Plymouth East');
  await press(frame, 'Save');
  await frame.getByRole('button', { name: 'Save mine over it' }).waitFor();
  await look(page, 'stale');
  await press(frame, 'Save mine over it');
  await heading(frame, titles.accounts);
  assert.equal(await frame.getByLabel('City').last().inputValue(), 'Plymouth East');
  assert.deepEqual([...complaints, ...found.splice(0)], []);
  await context.close();
});

test('an integration under way, and stopped', async () => {
  // One customer after another, so that it is still under way once its pictures are taken.
  const slow = await startDemo({ options: ['--vendors', 'slow'], settings: { PLUGIN__JOBS__ITEMS_IN_FLIGHT: '1' } });
  try {
    const { context, page, frame, complaints } = await open(all.browser, slow);
    await visit(page, '/customers');
    await press(frame, 'Refresh');
    await frame.getByText('Being read').waitFor();
    await look(page, 'customers-refreshing');
    await frame.getByText('The list shows what was read').waitFor({ timeout: 60_000 });
    await begin(frame, ['Alder & Finch Architects', 'Beacon Insurance Brokers', 'Delta Scaffolding', 'Elmwood Golf Club', 'Foundry Lane Brewery', 'Greenfield Garden Centre', 'Hollis Engineering', 'Ivybridge Accountants', 'Oakleaf Property', 'Pinecrest Farms', 'Quayside', 'Redwood Physio']);
    // Blanks of customers whose contacts are still being read stay open; the page shows by itself when they are there.
    await frame.getByText('still being read').waitFor();
    await frame.getByText('still being read').waitFor({ state: 'detached', timeout: 60_000 });
    await fillBlanks(frame);
    await press(frame, 'Next');
    await press(frame, 'Next');
    await heading(frame, titles.servicePlans);
    await setPlanForAll(frame);
    await press(frame, 'Next');
    await lookAtPlan(frame);
    await integrate(frame);
    await frame.getByText(/^[1-9]\d* of 12 customers done/).waitFor({ timeout: 60_000 });
    await look(page, 'integration-running');
    page.on('dialog', dialog => dialog.accept());
    await press(frame, 'Stop');
    await frame.getByRole('heading', { name: /Stopped|Finished/ }).waitFor({ timeout: 60_000 });
    await look(page, 'integration-stopped');
    assert.deepEqual([...complaints, ...found.splice(0)], []);
    await context.close();
  } finally {
    await slow.stop();
  }
});
