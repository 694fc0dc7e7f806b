// As large as it gets: 10,000 customers, and 500 of them in one import.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heading, inner, sent, stage } from './demo.mjs';
import { found, look } from './look.mjs';
import { fillBlanks, finished, integrate, lookAtPlan, press, problems, setPlanForAll, tickPages, titles } from './wizard.mjs';

const { open } = stage({ options: ['--organizations', '10000'] });

test('five hundred customers from the list to their integration', async () => {
  const { context, page, frame, complaints } = await open();
  await frame.getByText('10,000 customers').waitFor();
  await look(page, 'large-customers');
  await tickPages(page, frame, 5);
  await frame.getByText('500 selected, 400 not shown here').waitFor();
  await look(page, 'large-customers-ticked');
  await press(frame, 'Import to Trend Micro');
  await heading(frame, titles.accounts);
  await frame.locator('.cards > li').nth(499).waitFor();
  assert.equal(await frame.locator('.cards > li').count(), 500);
  await frame.getByText('still being read').waitFor({ state: 'detached', timeout: 120_000 });
  await look(page, 'large-accounts');
  await fillBlanks(frame);
  await press(frame, 'Next');
  await heading(frame, titles.notifications);
  await frame.getByRole('checkbox', { name: /Send all/ }).uncheck();
  await look(page, 'large-notifications');
  await frame.getByRole('checkbox', { name: /Send all/ }).check();
  await press(frame, 'Next');
  await heading(frame, titles.servicePlans);
  await setPlanForAll(frame);
  await problems(frame).waitFor({ state: 'detached' });
  await frame.locator('input.seats').nth(2).fill('190000');
  await frame.locator('input.seats').nth(400).fill('50000');
  await frame.getByText('The licenses end here').waitFor();
  await look(page, 'large-service-plans');
  await press(frame, 'Compute all seats anew');
  await frame.getByText('The licenses end here').waitFor({ state: 'hidden' });
  await press(frame, 'Next');
  await heading(frame, titles.templates);
  await look(page, 'large-templates');
  await lookAtPlan(frame);
  await look(page, 'large-plan');
  // So many seats in an hour are refused, which the plan says before anybody tries.
  const capped = frame.getByRole('alert').filter({ hasText: 'Too much at once' });
  await frame.getByRole('link', { name: 'Service plans' }).click();
  await heading(frame, titles.servicePlans);
  await frame.locator('input.seats').nth(2).fill('190000');
  await press(frame, 'Next');
  await capped.waitFor();
  assert.equal(await frame.getByRole('button', { name: 'Integrate', exact: true }).isDisabled(), true);
  await look(page, 'large-plan-capped');
  await frame.getByRole('link', { name: 'Service plans' }).click();
  await heading(frame, titles.servicePlans);
  await sent(page, () => press(frame, 'Compute all seats anew'));
  await heading(frame, titles.servicePlans);
  await press(frame, 'Next');
  await heading(frame, titles.templates);
  await capped.waitFor({ state: 'detached' });
  await integrate(frame);
  await frame.getByText(/^[1-9]\d* of 500 customers/).waitFor({ timeout: 60_000 });
  await look(page, 'large-integration');
  assert.deepEqual([...complaints, ...found.splice(0)], []);
  await context.close();
});

test('ten exact matches from Start to Complete in at most twelve clicks', async () => {
  const { context, page, frame, complaints } = await open();
  let clicks = 0;
  const click = (target, options) => {
    clicks += 1;
    return target.click(options);
  };
  const button = name => click(frame.getByRole('button', { name }).first());
  // Counted from the button on, as after the activation.
  await page.getByRole('link', { name: 'Start', exact: true }).click();
  await heading(frame, 'Start');
  await click(frame.getByRole('button', { name: 'Start', exact: true }));
  await heading(frame, titles.accounts);
  await click(frame.getByRole('checkbox', { name: 'With an account of the same name' }));
  await frame.getByText(/customers match$/).waitFor();
  const boxes = frame.locator('tbody input[type=checkbox]');
  await click(boxes.first());
  // Shift ticks everything in between.
  await click(boxes.nth(9), { modifiers: ['Shift'] });
  await frame.getByText('10 selected').waitFor();
  await click(frame.getByRole('button', { name: 'Next', exact: true }));
  await frame.getByText('10 customers.').waitFor();
  const chosen = await frame.getByRole('combobox').evaluateAll(fields => fields.map(field => field.value));
  assert.ok(chosen.length === 10 && chosen.every(text => text.endsWith('(same name)')), chosen.join(', '));
  await button('Next');
  await heading(frame, titles.notifications);
  await button('Next');
  await heading(frame, titles.servicePlans);
  // One click opens the list, another takes the entry.
  clicks += 2;
  await frame.getByLabel('One plan for all').selectOption({ label: 'WFS monthly (Full)' });
  await button('Next');
  await heading(frame, titles.templates);
  await button('look at the plan');
  await frame.getByRole('heading', { name: 'What Integrate will do' }).waitFor();
  await click(frame.getByRole('button', { name: 'Integrate', exact: true }));
  await heading(frame, titles.integration);
  await finished(frame);
  assert.match(await frame.getByRole('main').innerText(), /10 of 10 customers imported/);
  assert.ok(clicks <= 12, `${clicks} clicks`);
  assert.equal(await inner(page).locator('.cards .broken').count(), 0);
  assert.deepEqual(complaints, []);
  await context.close();
});
