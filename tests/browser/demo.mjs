// The demonstration as a process of its own, in a folder of its own, and a browser that looks at it.

import { spawn, spawnSync } from 'node:child_process';
import { accessSync } from 'node:fs';
import { createServer } from 'node:net';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';

const built = process.env.CARGO_TARGET_DIR ?? new URL('../../target', import.meta.url).pathname;
/** The program that was built; PROFILE says how. */
export const program = path.join(built, process.env.PROFILE ?? 'debug', 'worryfree-plugin');

const browsers = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

function browserPath() {
  const found = browsers.find(candidate => {
    try {
      accessSync(candidate);
      return true;
    } catch {
      return false;
    }
  });
  if (!found) throw new Error('no Chromium found: install it, or name it in CHROMIUM');
  return found;
}

/** Starts the program and waits until it has said what is `wanted`; `end` ends it. */
async function begin(args, settings, wanted) {
  const environment = { ...process.env, PLUGIN__LOG__FILTER: 'warn', ...settings };
  const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise(resolve => child.once('exit', resolve));
  let said = '';
  const found = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGTERM');
      reject(new Error(`${args[0]} does not start:\n${said}`));
    }, 120_000);
    const listen = data => {
      said += data;
      const match = said.match(wanted);
      if (match) {
        clearTimeout(timer);
        resolve(match[1]);
      }
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('exit', code => reject(new Error(`${args[0]} ended with ${code}:\n${said}`)));
  });
  const end = () => {
    child.kill('SIGTERM');
    return exited;
  };
  return { found, said: () => said, end };
}

/** A port that is free now. */
const freePort = () =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Starts the service in an empty folder, with a database of its own and no partner; `code` is the one it prints. */
export async function startService() {
  const folder = await mkdtemp(path.join(tmpdir(), 'plugin-first-'));
  await chmod(folder, 0o755);
  const [port, metrics] = [await freePort(), await freePort()];
  const url = `http://localhost:${port}`;
  const settings = {
    PLUGIN__DATABASE__DATA_DIR: folder,
    PLUGIN__HTTP__LISTEN: `127.0.0.1:${port}`,
    PLUGIN__HTTP__PUBLIC_URL: url,
    PLUGIN__METRICS__LISTEN: `127.0.0.1:${metrics}`,
    PLUGIN__UPSTREAM__ALLOW_HTTP: 'true',
    PLUGIN__UPSTREAM__ALLOW_PRIVATE_ADDRESSES: 'true',
  };
  const { found, said, end } = await begin(['serve'], settings, /Activation code: (\S+)/);
  return {
    url,
    code: found,
    said,
    async stop() {
      const code = await end();
      await rm(folder, { recursive: true, force: true });
      return code;
    },
  };
}

/** Starts the demonstration; `stop` ends it and removes its folder, unless `folder` was given. */
export async function startDemo({ folder, options = [], settings = {} } = {}) {
  const own = folder ?? (await mkdtemp(path.join(tmpdir(), 'plugin-demo-')));
  // The account of the database has to get through.
  await chmod(own, 0o755);
  const running = await begin(['demo', '--port', '0', ...options], { PLUGIN__DATABASE__DATA_DIR: own, ...settings }, /^ +(http:\/\/\S+)$/m);
  const data = path.join(own, 'demo');
  return {
    url: running.found,
    said: running.said,
    /** What opens the stand-ins. */
    async credentials() {
      return JSON.parse(await readFile(path.join(data, 'vendors.json'), 'utf8')).credentials;
    },
    /** Carries out a command beside the running service; returns what it printed. */
    command(args, settings = {}) {
      const { status, stdout, stderr } = spawnSync(program, args, {
        env: { ...process.env, PLUGIN__DATABASE__DATA_DIR: data, PLUGIN__LOG__FILTER: 'warn', ...settings },
        encoding: 'utf8',
        timeout: 60_000,
      });
      if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
      return stdout;
    },
    async stop() {
      const code = await running.end();
      if (!folder) await rm(own, { recursive: true, force: true });
      return code;
    },
  };
}

const launch = () => ({ executablePath: browserPath(), args: process.getuid() === 0 ? ['--no-sandbox'] : [] });

export const startBrowser = () => chromium.launch(launch());

/** A browser in which third-party cookies are blocked; closing its context removes its profile. */
export const startStrictBrowser = () => startBrowserWith({ profile: { block_third_party_cookies: true, cookie_controls_mode: 1 } });

/** A browser with these preferences; closing its context removes its profile. */
export async function startBrowserWith(preferences) {
  const profile = await mkdtemp(path.join(tmpdir(), 'plugin-browser-'));
  await mkdir(path.join(profile, 'Default'));
  await writeFile(path.join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
  const context = await chromium.launchPersistentContext(profile, { ...launch(), viewport: { width: 1400, height: 900 } });
  // Its processes still write for a moment.
  context.once('close', () => rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 }));
  return context;
}

/** Listens to a page: what the browser complains of. A refused form is answered with 4xx on purpose, which Chromium notes as a failed load. */
export function listen(page, complaints = []) {
  page.on('console', message => {
    const expected = message.text().startsWith('Failed to load resource: the server responded with a status of 4');
    if (['error', 'warning'].includes(message.type()) && !expected) complaints.push(message.text());
  });
  page.on('pageerror', error => complaints.push(String(error)));
  return complaints;
}

/** A browser and a demonstration for all tests of a file. */
export function stage(options) {
  const all = { open: more => open(all.browser, all.demo, more) };
  before(async () => {
    [all.browser, all.demo] = await Promise.all([startBrowser(), startDemo(options)]);
  });
  after(async () => {
    await all.browser?.close();
    await all.demo?.stop();
  });
  return all;
}

/** Opens the page that looks like VSA and signs in; `frame` holds the plug-in, `complaints` what the browser complained of. */
export async function open(browser, demo, { entry, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints = listen(page);
  await page.goto(demo.url);
  const frame = page.frameLocator('iframe[name=module]');
  await frame.getByRole('button', { name: 'Continue' }).click();
  await heading(frame, 'Customers');
  if (entry) await page.getByRole('link', { name: entry, exact: true }).click();
  return { context, page, frame, complaints };
}

/** Waits for the screen of this title. */
export function heading(frame, title) {
  return frame.getByRole('heading', { level: 1, name: title }).waitFor();
}

/** The plug-in's document: in the frame, or the page itself. */
export function inner(page) {
  return page.frames().find(frame => frame.name() === 'module') ?? page.mainFrame();
}

export async function tick(frame, names) {
  for (const name of names) await frame.getByRole('row').filter({ hasText: name }).getByRole('checkbox').check();
}

/** One of the plug-in's own addresses, in the frame. */
export async function visit(page, rest) {
  const frame = inner(page);
  const base = frame.url().match(/^.*?\/p\/[^/]+/)[0];
  await frame.goto(base + rest).catch(() => {});
  await frame.getByRole('heading', { level: 1 }).waitFor();
}

/** Does something that sends a form and leads back to the same screen: only the new page counts. */
export async function sent(page, act) {
  const arrived = inner(page).waitForNavigation();
  await act();
  await arrived;
}

/** The text that describes a field, as a screen reader says it. */
export const described = field =>
  field.evaluate(element => document.getElementById(element.getAttribute('aria-describedby') ?? '')?.textContent ?? '');
