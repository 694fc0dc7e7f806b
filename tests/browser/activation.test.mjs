// A partner comes in: activation in a tab of its own, then the wizard in the frame of its VSA and in no other, with third-party
// cookies blocked and our own policy listened to.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { company, fill, invite, keyOf, lines, openForm, vendorsOf } from './activate.mjs';
import { heading, inner, listen, startBrowser, startDemo, startService, startStrictBrowser } from './demo.mjs';
import { startBaker, startHost } from './frames.mjs';
import { found, look } from './look.mjs';
import { signIn } from './people.mjs';
import { finished, integrate, press, titles, toPlan } from './wizard.mjs';

let browser;
let demo;
let vendors;
before(async () => {
  [browser, demo] = await Promise.all([startBrowser(), startDemo()]);
  vendors = await vendorsOf(browser, demo);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** What our policy refuses, in every page and frame of a context. */
async function violationsOf(context) {
  const violations = [];
  await context.exposeBinding('violated', (_, violation) => violations.push(violation));
  await context.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', event =>
      window.violated(`${location.pathname}: ${event.effectiveDirective} refuses ${event.blockedURI}`)));
  return violations;
}

/** Has the page that looks like VSA show one of a partner's screens; the link signs in within the frame. */
async function openInVsa(page, key, screen) {
  const link = demo.command(['partner', 'link', key], { PLUGIN__HTTP__PUBLIC_URL: vendors.plugin }).trim();
  await page.goto(demo.url);
  await page.locator('iframe[name=module]').evaluate((frame, address) => { frame.src = address; }, `${link}&next=/p/${key}/${screen}`);
  const frame = page.frameLocator('iframe[name=module]');
  await frame.getByText(`plug-in of`).waitFor();
  await press(frame, 'Continue');
  return frame;
}

/** Sets up that people sign in at VSA, as an operator does. */
function letPeopleSignIn(key, { vsa_oauth_client_id: id, vsa_oauth_client_secret: secret }) {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'plugin-sign-in-')), 'sign-in.toml');
  writeFileSync(file, `[vsa]\noauth_client_id = "${id}"\noauth_client_secret = "${secret}"\n[roles]\nadministrator = ["Master"]\n`);
  demo.command(['partner', 'sign-in', key, '--file', file]);
  rmSync(path.dirname(file), { recursive: true });
}

/** A partner that comes in through the form, whatever its company is called. */
async function activate(page, name) {
  await openForm(page, vendors.plugin, invite(demo));
  await fill(page, { ...company(name), ...vendors.fields });
  await press(page, 'Activate');
  await heading(page, 'Activation Successful');
  return keyOf(page);
}

test('third-party cookies blocked: activation, Start, wizard, Complete in the frame of the registered VSA', async () => {
  const context = await startStrictBrowser();
  const [baker, neighbour] = await Promise.all([startBaker(), startHost('127.0.0.1')]);
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    // That they are blocked is seen by those that are not ours: a plain cookie does not come back in a frame, a partitioned one does.
    for (const expected of ['', 'partitioned=1']) {
      await page.goto(neighbour.framing(baker.url));
      assert.equal(await page.frameLocator('iframe').locator('body').innerText(), expected);
    }
    const violations = await violationsOf(context);
    const complaints = listen(page);

    await openForm(page, vendors.plugin, invite(demo));
    await fill(page, { ...company('Second MSP'), ...vendors.fields, vsa_access_token: 'not the right one' });
    await press(page, 'Test connection');
    await page.getByText('Something does not work').waitFor();
    const refused = (await lines(page)).find(([, , result]) => result.includes('Failed'));
    assert.deepEqual(refused.slice(0, 2), ['Kaseya VSA', 'Credentials']);
    assert.match(refused[3], /Check user name and access token/, 'a line says what to do');
    assert.ok((await lines(page)).some(([server, , result]) => server === 'Remote Manager' && result.includes('Good')), 'the others are tested all the same');
    await fill(page, { vsa_access_token: vendors.fields.vsa_access_token });
    await press(page, 'Test connection');
    await page.getByText('It works, with the restrictions below. Nothing was stored.').waitFor();
    await press(page, 'Activate');
    await heading(page, 'Activation Successful');
    const key = keyOf(page);
    await press(page, 'Start');
    await heading(page, titles.accounts);
    await page.getByText('Nothing is selected yet').waitFor();
    // Nobody has to wait for the first reading, or to ask for it: the list comes by itself.
    await page.getByRole('row').filter({ hasText: 'Acorn Letting Agency' }).waitFor();
    assert.equal(await page.getByRole('checkbox', { checked: true }).count(), 0);

    letPeopleSignIn(key, await demo.credentials());
    // In the frame nobody is signed in: a window asks VSA who is there, closes by itself, and the frame goes on.
    await page.goto(demo.url);
    await page.locator('iframe[name=module]').evaluate((module, address) => { module.src = address; }, `${vendors.plugin}/p/${key}/start`);
    const frame = page.frameLocator('iframe[name=module]');
    await heading(frame, 'Please sign in');
    await signIn(page, frame, 'Sign in with Kaseya VSA', 'Nora Quist');
    await heading(frame, 'Start');
    await frame.getByText('Nora Quist').waitFor();
    await press(frame, 'Start');
    await heading(frame, titles.accounts);
    await frame.getByText('Nothing is selected yet').waitFor();
    const names = ['Acorn Letting Agency', 'Bluebird Nursery'];
    await toPlan(frame, names, { button: 'Next' });
    await integrate(frame);
    await finished(frame);
    assert.match(await frame.getByRole('main').innerText(), /2 of 2 customers imported/);
    assert.equal(new URL(inner(page).url()).origin, vendors.plugin, 'all of it in the frame');
    assert.equal(new URL(page.url()).origin, vendors.fields.vsa_url, 'all of it within VSA');
    const cookies = (await context.cookies()).filter(({ name }) => name === '__Host-session');
    assert.deepEqual(cookies.map(({ partitionKey }) => partitionKey).sort(), [new URL(page.url()), new URL(vendors.plugin)].map(({ protocol, hostname }) => `${protocol}//${hostname}`).sort(), 'a session in the tab, and one in the frame');
    assert.ok(cookies.every(({ partitionKey, secure, httpOnly }) => partitionKey && secure && httpOnly), 'only partitioned cookies');
    assert.deepEqual(violations, []);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
    await Promise.all([baker.stop(), neighbour.stop()]);
  }
});

test('three foreign hosts cannot frame it, the registered one can', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const key = await activate(page, 'Framed MSP');
  await openInVsa(page, key, 'customers');
  await heading(page.frameLocator('iframe[name=module]'), 'Customers');
  // Another port of the VSA's own address, another address, and a name below the plug-in's own.
  const hosts = await Promise.all([startHost('127.0.0.1'), startHost('127.0.0.2'), startHost('vsa.localhost', '127.0.0.1')]);
  const link = demo.command(['partner', 'link', key], { PLUGIN__HTTP__PUBLIC_URL: vendors.plugin }).trim();
  const screens = ['/activate', `/p/${key}/start`, `/p/${key}/customers`, `/p/${key}/connections`, `/p/${key}/not-there`, '/p/nobody/customers', '/static/none', '/api/v1/imports'];
  let shown = 0;
  for (const host of hosts) {
    for (const address of [link, ...screens.map(path => vendors.plugin + path)]) {
      const refused = page.waitForEvent('console', message => /frame-ancestors/.test(message.text()));
      await page.goto(host.framing(address));
      await refused;
      const [framed] = page.mainFrame().childFrames();
      const content = await framed.evaluate(() => document.documentElement.innerText);
      if (/Worry-Free|plug-in|sign in|not found|unauthenticated/i.test(content)) shown += 1;
      assert.equal(shown, 0, `${address} in ${page.url()} at ${framed.url()}: ${content}`);
    }
  }
  console.log(`${hosts.length} foreign hosts, ${screens.length + 1} addresses each: ${shown} shown`);
  await Promise.all(hosts.map(host => host.stop()));
  await context.close();
});

test('the first start prints a code that makes the first partner', async () => {
  const service = await startService();
  const context = await browser.newContext();
  try {
    assert.ok(service.said().includes(`Enter it at ${service.url}/activate`), service.said());
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const complaints = listen(page);
    await openForm(page, service.url, service.code.toUpperCase().replaceAll('-', ' '));
    await fill(page, { ...company('Only MSP'), ...vendors.fields });
    await press(page, 'Activate');
    await heading(page, 'Activation Successful');
    await press(page, 'Start');
    await heading(page, titles.accounts);
    const download = page.waitForEvent('download');
    await page.goto(`${service.url}/p/${keyOf(page)}/activated`);
    await page.getByRole('link', { name: 'Download the package for VSA' }).click();
    assert.equal((await download).suggestedFilename(), 'WorryFreeServices.vsaz');
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
    assert.equal(await service.stop(), 0);
  }
});

test('what is missing or refused is said beside its field, and nothing typed is lost', async () => {
  for (const javaScriptEnabled of [true, false]) {
    const context = await browser.newContext({ javaScriptEnabled });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const complaints = listen(page);
    await openForm(page, vendors.plugin, 'abcde-fghjk-mnpqr-stuvw');
    await fill(page, { name: 'Nobody', vsa_url: 'http:/not an address', country: 'Nowhere' });
    await press(page, 'Activate');
    await page.getByText('This code is unknown, has been used or has expired.').waitFor();
    assert.equal(await page.locator('#name').inputValue(), 'Nobody');
    await page.getByLabel('Activation code').fill(invite(demo));
    await press(page, 'Activate');
    await page.getByText('fields need attention').waitFor();
    for (const field of ['email', 'country', 'vsa_url', 'vsa_user', 'vsa_access_token', 'lmp_access_token', 'lmp_secret_key']) {
      const input = page.locator(`#${field}`);
      assert.equal(await input.getAttribute('aria-invalid'), 'true', field);
      assert.ok((await page.locator(`#${field}-problem`).innerText()).length > 10, field);
    }
    assert.deepEqual(complaints, []);
    await context.close();
  }
});

test('every screen of it, narrow and wide, light and dark', async () => {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints = listen(page);
  const name = 'שירותי ענן בע״מ <Ltd>';
  await openForm(page, vendors.plugin, '');
  await look(page, 'activate');
  await press(page, 'Activate');
  await page.getByText('The activation code cannot be used').waitFor();
  await look(page, 'activate-no-code');
  await page.getByLabel('Activation code').fill(invite(demo));
  await press(page, 'Activate');
  await page.getByText('fields need attention').waitFor();
  await look(page, 'activate-missing');
  await fill(page, { ...company(name), ...vendors.fields, vsa_access_token: 'wrong', lmp_url: 'http://127.0.0.1:9' });
  await press(page, 'Test connection');
  await page.getByText('Something does not work').waitFor();
  await look(page, 'activate-failed');
  await fill(page, vendors.fields);
  await press(page, 'Test connection');
  await page.getByText('Nothing was stored').waitFor();
  await look(page, 'activate-tested');
  await press(page, 'Activate');
  await heading(page, 'Activation Successful');
  await look(page, 'activated');
  const key = keyOf(page);
  await press(page, 'Start');
  await heading(page, titles.accounts);
  await look(page, 'activated-start');
  const frame = await openInVsa(page, key, 'connections');
  await heading(frame, 'Connections');
  await look(page, 'connections');
  const soon = new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 10);
  await frame.locator('#vsa_expires_on').fill(soon);
  await press(frame, 'Store');
  await frame.getByText('Stored.').waitFor();
  assert.match(await frame.getByRole('alert').first().innerText(), /(8|9) more days/);
  for (const secret of await frame.locator('input[type=password]').all()) assert.equal(await secret.inputValue(), '', 'never shown again');
  await look(page, 'connections-expiring');
  await frame.locator('#vsa_url').fill('http://localhost:1');
  await press(frame, 'Store');
  await frame.getByText('has to be entered again').first().waitFor();
  await look(page, 'connections-moved');
  assert.deepEqual([...complaints, ...found.splice(0)], []);
  await context.close();
});
