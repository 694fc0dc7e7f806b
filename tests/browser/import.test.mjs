// The main job: three customers from Non-Trend Micro Customers to Complete Integration, with and without scripts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heading, stage } from './demo.mjs';
import { finished, importCustomers } from './wizard.mjs';

const { open } = stage();

async function imports({ javaScriptEnabled, names }) {
  const { context, page, frame, complaints } = await open({ javaScriptEnabled });
  await importCustomers(frame, names);
  await finished(frame);
  assert.match(await frame.getByRole('main').innerText(), /3 of 3 customers imported/);
  for (const name of names) {
    const row = frame.getByRole('row').filter({ hasText: name });
    assert.match(await row.innerText(), /Imported/, name);
  }
  await page.getByRole('link', { name: 'Customers', exact: true }).click();
  await heading(frame, 'Customers');
  for (const name of names) assert.equal(await frame.getByRole('row').filter({ hasText: name }).count(), 0, `${name} is linked`);
  await frame.getByRole('link', { name: /^Trend Micro Customers/ }).click();
  for (const name of names) await frame.getByRole('row').filter({ hasText: name }).first().waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
}

test('three customers with scripts', () =>
  imports({ javaScriptEnabled: true, names: ['Acorn Letting Agency', 'Bluebird Nursery', 'Blank City Builders'] }));

test('three customers without scripts', () =>
  imports({ javaScriptEnabled: false, names: ['Cedar House Care Home', 'Copperfield Logistics', 'Delta Scaffolding'] }));
