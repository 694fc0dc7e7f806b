// The wizard's five screens, as an administrator goes through them.

import { heading, tick } from './demo.mjs';

export const titles = {
  accounts: 'Integrate Kaseya Customers with Trend Micro Accounts',
  notifications: 'Trend Micro Customer Notifications',
  servicePlans: 'Assign Service Plan',
  templates: 'Assign Template',
  integration: 'Complete Integration',
};

export const press = (frame, name) => frame.getByRole('button', { name }).first().click();

/** The field that holds the account of a customer. */
export const accountOf = (frame, name) => frame.getByRole('combobox', { name: `Trend Micro Customer Account of ${name}` });

/** Chooses the entry of this name in a customer's field. */
export async function chooseAccount(frame, name, entry) {
  await accountOf(frame, name).click();
  await frame.getByRole('option', { name: entry }).first().click();
}

/** What the screens look like on the way; does nothing unless a test wants to look. */
const unseen = async () => {};

/** From the list of customers to the first step. */
export async function toAccounts(frame, names, { begin = 'Import to Trend Micro', seen = unseen } = {}) {
  await tick(frame, names);
  await seen('customers');
  await press(frame, begin);
  await heading(frame, titles.accounts);
  await seen('accounts');
}

/** From the list of customers to *Assign Service Plan*. */
export async function toServicePlans(frame, names, { seen = unseen, ...options } = {}) {
  await toAccounts(frame, names, { seen, ...options });
  await press(frame, 'Fill the blanks');
  await frame.getByRole('heading', { name: /needs? attention/ }).waitFor({ state: 'detached' });
  await press(frame, 'Next');
  await heading(frame, titles.notifications);
  await seen('notifications');
  await press(frame, 'Next');
  await heading(frame, titles.servicePlans);
}

/** One service plan for all rows. */
export async function setForAll(frame, plan = 'WFS monthly (Full)') {
  await frame.getByLabel('One plan for all').selectOption({ label: plan });
  await press(frame, 'Set for all');
  await frame.getByRole('cell', { name: 'Worry-Free Services (Full)' }).waitFor();
}

/** From the list of customers to the plan: `template` for all of them, or none. */
export async function toPlan(frame, names, { template, seen = unseen, ...options } = {}) {
  await toServicePlans(frame, names, { seen, ...options });
  await setForAll(frame);
  await seen('service-plans');
  const keep = frame.getByRole('button', { name: 'Keep the seats that accounts have' });
  if (await keep.count()) {
    await keep.click();
    await frame.getByText('nothing changes').first().waitFor();
  }
  await press(frame, 'Next');
  await heading(frame, titles.templates);
  if (template) {
    await frame.getByLabel('One template for all').selectOption({ label: template });
    await press(frame, 'Set for all');
  }
  await seen('templates');
  await press(frame, 'look at the plan');
  await frame.getByRole('heading', { name: 'What Integrate will do' }).waitFor();
  await seen('plan');
}

/** From the list of customers to *Complete Integration*; `seen` is called on every screen with its name. */
export async function importCustomers(frame, names, seen = unseen, options = { template: 'Office' }) {
  await toPlan(frame, names, { seen, ...options });
  await integrate(frame);
  await seen('integration');
}

/** Presses *Integrate* and waits, if it is said, for the end. */
export async function integrate(frame, ends) {
  await frame.getByRole('button', { name: 'Integrate', exact: true }).click();
  await heading(frame, titles.integration);
  if (ends) await frame.getByRole('heading', { name: ends }).waitFor({ timeout: 90_000 });
}

/** Waits for the end; without scripts the page reloads itself. */
export async function finished(frame) {
  await frame.getByRole('heading', { name: 'Finished' }).waitFor({ timeout: 90_000 });
}
