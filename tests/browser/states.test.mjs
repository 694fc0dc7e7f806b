// States that do not come by themselves: scripts that do not load, a plan that changed, an undo.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heading, inner, stage, tick, visit } from './demo.mjs';
import { found, look } from './look.mjs';
import { begin, fillBlanks, finished, integrate, press, setTemplateForAll, titles, toPlan } from './wizard.mjs';

const { open } = stage();

test('where the script does not load, everything it stands for is there', async () => {
  const { context, page, frame } = await open();
  await page.route('**/static/*/app.js', route => route.abort());
  await visit(page, '/customers');
  await tick(frame, ['Larkspur Media', 'Blank City Builders', 'Zephyr Wind Energy']);
  await look(page, 'customers-without-script');
  await begin(frame, []);
  await look(page, 'accounts-without-script');
  await frame.getByRole('textbox', { name: 'Search another account for Larkspur Media' }).fill('a');
  await press(frame, 'Search');
  await heading(frame, 'Choose a Trend Micro account');
  await frame.getByRole('link', { name: 'Back to the row' }).click();
  await heading(frame, titles.accounts);
  await fillBlanks(frame);
  await press(frame, 'Next');
  await heading(frame, titles.notifications);
  await look(page, 'notifications-without-script');
  await press(frame, 'Next');
  await heading(frame, titles.servicePlans);
  await look(page, 'service-plans-without-script');
  assert.deepEqual(found.splice(0), []);
  await context.close();
});

test('a plan that changed since it was looked at is shown anew', async () => {
  const { context, page, frame, complaints } = await open();
  await toPlan(frame, ['Delta Scaffolding', 'Hollis Engineering']);
  await look(page, 'plan');
  const address = inner(page).url();
  const other = await context.newPage();
  await other.goto(page.url());
  await inner(other).goto(address);
  const rival = other.frameLocator('iframe[name=module]');
  await rival.getByText('Templates of 2 customers').click();
  await setTemplateForAll(rival, 'Office');
  await heading(rival, titles.templates);
  await integrate(frame, titles.templates);
  await frame.getByRole('alert').filter({ hasText: 'The plan has changed' }).waitFor();
  await look(page, 'plan-changed');
  await integrate(frame);
  await finished(frame);
  assert.deepEqual([...complaints, ...found.splice(0)], []);
  await context.close();
});

test('an import that is taken back', async () => {
  const { context, page, frame, complaints } = await open();
  await toPlan(frame, ['Larkspur Media', 'Acorn Letting Agency'], { template: 'Office' });
  await integrate(frame);
  await finished(frame);
  await frame.getByRole('link', { name: 'Undo this import' }).click();
  await heading(frame, 'Undo this import');
  await look(page, 'undo');
  page.on('dialog', dialog => dialog.accept());
  await press(frame, 'Undo this import');
  await frame.getByRole('heading', { name: 'Undone' }).waitFor({ timeout: 60_000 }).catch(() => {});
  await visit(page, new URL(inner(page).url()).pathname.replace(/^\/p\/[^/]+/, ''));
  await frame.getByRole('heading', { name: 'Undone' }).waitFor();
  await look(page, 'undo-done');
  await visit(page, '/imports');
  await look(page, 'imports-undone');
  assert.deepEqual([...complaints, ...found.splice(0)], []);
  await context.close();
});
