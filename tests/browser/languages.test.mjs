// Every screen in German and in Japanese: chosen in the footer, without scripts as well, and it fits and is accessible as in
// English. What the script says is in the language too. The pictures are in target/browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { heading, inner, open, startBrowser, startDemo, tick } from './demo.mjs';
import { found, look } from './look.mjs';

let browser;
let demo;
before(async () => {
  [browser, demo] = await Promise.all([startBrowser(), startDemo()]);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

const languages = {
  de: {
    button: 'Deutsch',
    rows: ['Blank City Builders', 'Bluebird Nursery', 'Cedar House Care Home'],
    customers: 'Kunden',
    ticked: '3 ausgewählt',
    accounts: 'Kaseya-Kunden mit Trend-Micro-Konten verbinden',
    field: 'Bitte eingeben: Ort. Trend Micro verlangt diese Angabe.',
    notifications: 'Kundenbenachrichtigungen von Trend Micro',
    servicePlans: 'Serviceplan zuweisen',
    short: 'Die Lizenzen reichen nicht für 2 Kunden',
    left: '5.0',
    templates: 'Vorlage zuweisen',
    plan: 'Was „Integrieren“ tun wird',
    integration: 'Integration abschließen',
    record: 'Was hier geschah',
    imports: 'Importe',
    missing: 'Diese Seite gibt es nicht',
  },
  ja: {
    button: '日本語',
    rows: ['Acorn Letting Agency', 'Ivybridge Accountants', 'Hollis Engineering'],
    customers: '顧客',
    ticked: '3 件を選択中',
    accounts: 'Kaseya の顧客と Trend Micro アカウントの統合',
    notifications: 'Trend Micro の顧客通知',
    servicePlans: 'サービスプランの割り当て',
    short: 'ライセンスが 顧客 2 件分不足しています',
    left: '5,0',
    templates: 'テンプレートの割り当て',
    plan: '「統合」で行われること',
    integration: '統合の完了',
    record: '実行の記録',
    imports: 'インポート',
    missing: 'ページがありません',
  },
};

/** One of the plug-in's own addresses, in the frame. */
async function visit(page, rest) {
  const frame = inner(page);
  const base = frame.url().match(/^.*?\/p\/[^/]+/)[0];
  await frame.goto(base + rest).catch(() => {});
  await frame.getByRole('heading', { level: 1 }).waitFor();
}

const go = (frame, value) => frame.locator(`button[name=go][value=${value}]:visible`).first().click();
const main = frame => frame.locator('.actions button.main').click();

for (const [tag, words] of Object.entries(languages)) {
  test(`every screen in ${words.button}`, async () => {
    const { context, page, frame, complaints } = await open(browser, demo);
    await frame.getByRole('button', { name: words.button }).click();
    await heading(frame, words.customers);
    assert.equal(await inner(page).evaluate(() => document.documentElement.lang), tag);
    await tick(frame, words.rows);
    await frame.getByText(words.ticked, { exact: true }).waitFor();
    await look(page, `${tag}-customers`);
    await main(frame);
    await heading(frame, words.accounts);
    if (words.field) await frame.getByText(words.field).first().waitFor();
    await look(page, `${tag}-accounts`);
    await frame.getByRole('combobox', { name: new RegExp(words.rows[1]) }).click();
    await frame.getByRole('option').first().waitFor();
    await frame.getByRole('option', { name: /^\+/ }).click();
    await go(frame, 'fill');
    await frame.locator('#problems').waitFor({ state: 'detached' });
    await main(frame);
    await heading(frame, words.notifications);
    await look(page, `${tag}-notifications`);
    await main(frame);
    await heading(frame, words.servicePlans);
    await frame.locator('#all-plan').selectOption({ index: 1 });
    await go(frame, 'apply');
    await frame.locator('.pools tbody tr:visible').first().waitFor();
    await look(page, `${tag}-service-plans`);
    const seats = frame.locator('input.seats').nth(1);
    const before = await seats.inputValue();
    await seats.fill(`${words.left}00`);
    await frame.getByText(words.short).waitFor();
    await look(page, `${tag}-service-plans-short`);
    await seats.fill(before);
    await main(frame);
    await heading(frame, words.templates);
    await look(page, `${tag}-templates`);
    await main(frame);
    await frame.getByRole('heading', { name: words.plan }).waitFor();
    await look(page, `${tag}-plan`);
    await main(frame);
    await heading(frame, words.integration);
    await frame.locator('[data-final=true]').waitFor({ timeout: 90_000 });
    await look(page, `${tag}-integration`);
    const address = new URL(inner(page).url()).pathname.replace(/.*(?=\/imports)/, '');
    await frame.getByRole('link', { name: words.record }).first().click();
    await heading(frame, words.record);
    await look(page, `${tag}-record`);
    await visit(page, address.replace('/integration', '/undo'));
    await look(page, `${tag}-undo`);
    await visit(page, '/customers?tab=linked');
    await look(page, `${tag}-linked`);
    await visit(page, '/imports');
    await heading(frame, words.imports);
    await look(page, `${tag}-imports`);
    await visit(page, '/nothing-here');
    await heading(frame, words.missing);
    await look(page, `${tag}-not-found`);
    assert.deepEqual([...complaints, ...found.splice(0)], []);
    await context.close();
  });
}

test('a language is asked for by the browser, and chosen without scripts', async () => {
  const context = await browser.newContext({ locale: 'de-AT', javaScriptEnabled: false, viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  await page.goto(demo.url);
  const frame = page.frameLocator('iframe[name=module]');
  await frame.getByRole('button', { name: 'Weiter' }).click();
  await heading(frame, 'Kunden');
  await frame.locator('input[type=search]').fill('Kingsway');
  await frame.getByRole('button', { name: 'Suchen' }).click();
  await frame.getByText('1 Kunde passt').waitFor();
  await frame.getByRole('button', { name: 'English' }).click();
  await heading(frame, 'Customers');
  await page.getByRole('link', { name: 'Imports', exact: true }).click();
  await heading(frame, 'Imports');
  await context.close();
});
