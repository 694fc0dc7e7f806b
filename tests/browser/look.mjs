// Looks at a screen in every width and colour scheme: it must fit and be accessible. The browser's console, which `open`
// listens to, says the rest: an inline script or style is refused by our own policy and complained of there.

import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { inner } from './demo.mjs';

/** Where the pictures go. */
export const pictures = new URL('../../target/browser/', import.meta.url).pathname;
await mkdir(pictures, { recursive: true });

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Widths of the frame, with the width of the page that looks like VSA. */
const frames = [
  { width: 700, page: 868 },
  { width: 1400, page: 1616 },
];

// Every width and every scheme once is enough for axe, which takes its time with long tables.
const asked = new Set(['700 dark', '1400 light']);

/** What of a document may not be: run inside it. */
function faults() {
  const root = document.documentElement;
  const found = [];
  if (root.scrollWidth > root.clientWidth) found.push(`is ${root.scrollWidth} px wide in a frame of ${root.clientWidth}`);
  const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
  if (new Set(ids).size < ids.length) found.push('has ids that are there twice');
  return found;
}

async function violations(frame) {
  await frame.evaluate(axe);
  const { violations: against } = await frame.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return against.map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.slice(0, 3).map(node => node.html).join(' ')}`);
}

/** What was wrong with all that was looked at. */
export const found = [];

/** Takes a picture of the state `name` in every width and scheme and notes in `found` what is wrong with it. */
export async function look(page, name) {
  const frame = inner(page);
  const before = page.viewportSize();
  await page.mouse.move(0, 0);
  for (const { width, page: pageWidth } of frames) {
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      const viewportWidth = frame === page.mainFrame() ? width : pageWidth;
      await page.setViewportSize({ width: viewportWidth, height: 760 });
      const height = await frame.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({ width: viewportWidth, height: Math.min(Math.max(height + 40, 640), 1700) });
      const where = `${name} at ${width} px, ${colorScheme}`;
      const against = asked.has(`${width} ${colorScheme}`) ? await violations(frame) : [];
      for (const fault of [...(await frame.evaluate(faults)), ...against]) found.push(`${where}: ${fault}`);
      const framed = frame !== page.mainFrame();
      await (framed ? page.locator('iframe[name=module]') : page).screenshot({ path: `${pictures}${name}-${width}-${colorScheme}.png`, animations: 'disabled' });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(before);
}
