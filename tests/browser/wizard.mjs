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

/** From *Non-Trend Micro Customers* to *Complete Integration*; `seen` is called on every screen with its name. */
export async function importCustomers(frame, names, seen = async () => {}) {
  await tick(frame, names);
  await seen('customers');
  await press(frame, 'Import to Trend Micro');
  await heading(frame, titles.accounts);
  await seen('accounts');
  await press(frame, 'Fill the blanks');
  await heading(frame, titles.accounts);
  await press(frame, 'Next');
  await heading(frame, titles.notifications);
  await seen('notifications');
  await press(frame, 'Next');
  await heading(frame, titles.servicePlans);
  await frame.getByLabel('One plan for all').selectOption({ label: 'WFS monthly (Full)' });
  await press(frame, 'Set for all');
  await frame.getByRole('cell', { name: 'Worry-Free Services (Full)' }).waitFor();
  await seen('service-plans');
  await press(frame, 'Next');
  await heading(frame, titles.templates);
  await frame.getByLabel('One template for all').selectOption({ label: 'Office' });
  await press(frame, 'Set for all');
  await seen('templates');
  await press(frame, 'look at the plan');
  await frame.getByRole('heading', { name: 'What Integrate will do' }).waitFor();
  await seen('plan');
  await frame.getByRole('button', { name: 'Integrate', exact: true }).click();
  await heading(frame, titles.integration);
  await seen('integration');
}

/** Waits for the end; without scripts the page reloads itself. */
export async function finished(frame) {
  await frame.getByRole('heading', { name: 'Finished' }).waitFor({ timeout: 90_000 });
}
