// Takes the pictures of the README: one of each screen, of the demonstration's frame. `tests/browser/screenshots` runs it.

import { mkdir } from 'node:fs/promises';
import { heading, open, startBrowser, startDemo } from './demo.mjs';
import { finished, importCustomers } from './wizard.mjs';

const folder = new URL('../../docs/screenshots/', import.meta.url).pathname;
await mkdir(folder, { recursive: true });

const browser = await startBrowser();
const demo = await startDemo();
try {
  const { page, frame } = await open(browser, demo, { viewport: { width: 1180, height: 700 } });
  const module = page.locator('iframe[name=module]');
  const take = async name => {
    await frame.getByText('still being read').waitFor({ state: 'detached' });
    await page.mouse.move(0, 0);
    // Whatever was scrolled to for a click is not what a picture begins with.
    await frame.locator('html').evaluate(element => element.scrollTo(0, 0));
    await module.screenshot({ path: `${folder}${name}.png` });
  };
  await page.screenshot({ path: `${folder}vsa.png` });
  const names = ['Blank City Builders', 'Bluebird Nursery', 'Cedar House Care Home'];
  await importCustomers(frame, names, name => (name === 'integration' ? undefined : take(name)));
  await finished(frame);
  await take('complete');
  await frame.getByRole('link', { name: 'What happened here' }).first().click();
  await heading(frame, /./);
  await take('record');
  await page.getByRole('link', { name: 'Customers', exact: true }).click();
  await heading(frame, 'Customers');
  await frame.getByRole('link', { name: /^Trend Micro Customers/ }).click();
  await frame.getByRole('row').filter({ hasText: names[1] }).first().waitFor();
  await take('linked');
  await page.getByRole('link', { name: 'Imports', exact: true }).click();
  await heading(frame, 'Imports');
  await take('imports');
} finally {
  await browser.close();
  await demo.stop();
}
