// Activation, as an administrator goes through it in a tab of its own.

import { heading, inner, open } from './demo.mjs';

/** A code that makes a partner. */
export const invite = demo => JSON.parse(demo.command(['--json', 'partner', 'invite'])).activation_code;

/** What makes the vendors of a demonstration answer, by the fields of the form, and where the plug-in is. */
export async function vendorsOf(browser, demo) {
  const { context, page } = await open(browser, demo);
  const frame = inner(page);
  await frame.goto(frame.url().replace(/\/customers.*/, '/connections'));
  await heading(frame, 'Connections');
  const address = name => frame.locator(`#${name}`).inputValue();
  const { vsa_user, vsa_access_token, lmp, remote_manager: manager } = await demo.credentials();
  const fields = {
    vsa_url: await address('vsa_url'),
    vsa_user,
    vsa_access_token,
    lmp_url: await address('lmp_url'),
    lmp_access_token: lmp.access_token,
    lmp_secret_key: lmp.secret_key,
    remote_manager_url: await address('remote_manager_url'),
    remote_manager_access_token: manager.access_token,
    remote_manager_secret_key: manager.secret_key,
  };
  const plugin = new URL(frame.url()).origin;
  await context.close();
  return { plugin, fields };
}

/** A company's own details, by the fields of the form. */
export const company = (name, more = {}) => ({
  name,
  email: 'noc@second-msp.example',
  contact_first_name: 'Ida',
  contact_last_name: 'Lowe',
  city: 'Bath',
  state: 'Somerset',
  country: 'GB',
  ...more,
});

/** Opens the form with a code in it. */
export async function openForm(page, plugin, code) {
  await page.goto(`${plugin}/activate`);
  await heading(page, 'Activate');
  await page.getByLabel('Activation code').fill(code);
}

export async function fill(page, fields) {
  for (const [name, value] of Object.entries(fields)) await page.locator(`#${name}`).fill(value);
}

/** What the lines of the last test say: server, what was checked, result, what was found. */
export const lines = page =>
  page.locator('#checks tbody tr').evaluateAll(rows => {
    let server;
    return rows.map(row => {
      server = row.querySelector('th')?.innerText ?? server;
      return [server, ...[...row.querySelectorAll('td')].map(cell => cell.innerText.trim())];
    });
  });

/** The key of the partner whose page this is. */
export const keyOf = page => page.url().match(/\/p\/([^/]+)/)[1];
