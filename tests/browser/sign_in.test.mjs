// Somebody whose session has ended signs in at VSA, in a window that a click opens, and goes on in the frame where it was; somebody
// whose browser keeps no cookies there is told so and goes on in a tab of its own.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heading, inner, listen, open, stage, startBrowserWith, tick, visit } from './demo.mjs';
import { found, look, pictures } from './look.mjs';
import { openWindow, signIn } from './people.mjs';
import { press, titles } from './wizard.mjs';

const all = stage();

/** Ends the session on the server; page and cookie stay as they are, as when time ends it. */
async function endSession(context, page) {
  const { value } = (await context.cookies()).find(cookie => cookie.name === '__Host-session');
  const [base, origin] = inner(page).url().match(/^(https?:\/\/[^/]+)\/p\/[^/]+/);
  const answer = await fetch(`${base}/leave`, { method: 'POST', redirect: 'manual', headers: { cookie: `__Host-session=${value}`, origin } });
  assert.equal(answer.status, 303);
}

test('a session ends in mid-wizard: a window signs in again, and what was typed is stored', async () => {
  const { context, page, frame, complaints } = await open(all.browser, all.demo);
  await tick(frame, ['Acorn Letting Agency']);
  await press(frame, 'Import to Trend Micro');
  await heading(frame, titles.accounts);
  const step = inner(page).url();
  const city = frame.locator('input[name$=".city"]').first();
  if (!(await city.isVisible())) await frame.locator('details:has(input[name$=".city"])').first().evaluate(details => { details.open = true; });
  await city.fill('Bournemouth');
  await endSession(context, page);
  await press(frame, 'Save');
  await heading(frame, 'Please sign in');
  await frame.getByText('what you entered last is kept on this page').waitFor();
  await look(page, 'sign-in');
  await signIn(page, frame, 'Sign in with Kaseya VSA', 'Nora Quist');
  // The frame goes on by itself.
  await heading(frame, 'You are signed in again');
  await look(page, 'signed-in-again');
  await press(frame, 'Send what I entered');
  await heading(frame, titles.accounts);
  assert.equal(inner(page).url().split('#')[0], step.split('#')[0]);
  assert.equal(await frame.locator('input[name$=".city"]').first().inputValue(), 'Bournemouth');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a provider signs in as well, and whoever may only look finds no button to change anything', async () => {
  const { context, page, frame, complaints } = await open(all.browser, all.demo);
  await endSession(context, page);
  await visit(page, '/customers');
  await heading(frame, 'Please sign in');
  await signIn(page, frame, "Sign in with your company's account", 'Wim Ooster');
  await heading(frame, 'Customers');
  await frame.getByText('(may look only)').waitFor();
  assert.ok(await frame.getByRole('button', { name: 'Import to Trend Micro' }).isDisabled());
  assert.ok(await frame.getByRole('button', { name: 'Refresh' }).isDisabled());
  assert.ok(await frame.getByRole('button', { name: 'Search' }).isEnabled(), 'looking is not changing');
  await look(page, 'viewer-customers');
  await visit(page, '/imports');
  await frame.getByRole('link', { name: /20\d\d/ }).first().click();
  await heading(frame, titles.accounts);
  assert.equal(await frame.locator('main button:enabled').count(), 0);
  await look(page, 'viewer-accounts');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('somebody without a role that is let in is told so', async () => {
  const { context, page, frame } = await open(all.browser, all.demo);
  await endSession(context, page);
  await visit(page, '/customers');
  // Closed without signing in, it can be opened again.
  await openWindow(page, frame, 'Sign in with Kaseya VSA').then(({ popup }) => popup.close());
  const { popup, complaints } = await openWindow(page, frame, 'Sign in with Kaseya VSA');
  await popup.getByRole('link', { name: 'Tess Vane' }).click();
  await popup.getByText('none of your roles is let in').waitFor();
  assert.ok(!new URL(popup.url()).search, 'the code is not in the address any more');
  assert.equal(await popup.evaluate(() => window.opener), null, 'it has no hold on the frame');
  assert.deepEqual(complaints, []);
  await popup.screenshot({ path: `${pictures}no-role.png` });
  await heading(frame, 'Please sign in');
  await context.close();
});

test('without scripts a window signs in, and Continue goes on', async () => {
  const { context, page, frame } = await open(all.browser, all.demo, { javaScriptEnabled: false });
  await endSession(context, page);
  await page.getByRole('link', { name: 'Imports', exact: true }).click();
  await press(frame, 'Continue');
  await heading(frame, 'Imports');
  await press(frame, 'Leave');
  await frame.getByRole('link', { name: 'Sign in again' }).click();
  await heading(frame, 'Please sign in');
  const [popup] = await Promise.all([context.waitForEvent('page'), press(frame, 'Sign in with Kaseya VSA')]);
  await popup.getByRole('link', { name: 'Nora Quist' }).click();
  await popup.getByRole('button', { name: 'Continue' }).click();
  await popup.getByText('You can close this window').waitFor();
  await press(frame, 'Continue');
  await heading(frame, 'Customers');
  await context.close();
});

test('a browser that keeps no cookies in the frame is told so, and works in a tab of its own on the same draft', async () => {
  const { context: before, page: first, frame: beforeFrame } = await open(all.browser, all.demo);
  await tick(beforeFrame, ['Delta Scaffolding']);
  await press(beforeFrame, 'Import to Trend Micro');
  await heading(beforeFrame, titles.accounts);
  const draft = inner(first).url();
  await before.close();
  const origin = new URL(draft).origin;
  // Cookies of the plug-in are blocked wherever it is framed, by a rule as a company would have it.
  const context = await startBrowserWith({ profile: { content_settings: { exceptions: { cookies: { [`${origin},*`]: { setting: 2 } } } } } });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(all.demo.url);
    await page.locator('iframe[name=module]').evaluate((frame, address) => { frame.src = address; }, draft);
    const frame = page.frameLocator('iframe[name=module]');
    await heading(frame, 'Please sign in');
    await frame.getByText('keeps no cookies for this site here').waitFor();
    await look(page, 'no-cookies');
    assert.equal(await frame.getByRole('link', { name: 'Open in its own tab' }).getAttribute('href'), new URL(draft).pathname);
    const inVain = frame.getByRole('button', { name: /Sign in|Continue/ });
    assert.equal(await inVain.count(), 0, 'only what works is offered');
    // Somebody without scripts finds out by pressing Continue.
    await frame.locator('#collect').evaluate(form => form.submit());
    await frame.locator('[data-waiting]').waitFor({ state: 'detached' });
    await frame.getByRole('link', { name: 'Open in its own tab' }).waitFor();
    assert.equal(await inVain.count(), 0);
    assert.equal(await context.cookies(origin).then(cookies => cookies.length), 0);
  } finally {
    await context.close();
  }
  // In a tab of its own, with cookies: the sign-in page, then the same draft.
  const own = await all.browser.newContext();
  const tab = await own.newPage();
  tab.setDefaultTimeout(20_000);
  await tab.goto(draft);
  await heading(tab, 'Please sign in');
  await signIn(tab, tab, 'Sign in with Kaseya VSA', 'Nora Quist');
  await heading(tab, titles.accounts);
  assert.equal(tab.url().split('#')[0], draft.split('#')[0]);
  await own.close();
});

test('nothing that was looked at overflows or fails axe', () => assert.deepEqual(found, []));
