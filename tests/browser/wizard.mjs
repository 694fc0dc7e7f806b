// The wizard's five screens, as an administrator goes through them.

import { heading, sent, tick } from './demo.mjs';

export const titles = {
  accounts: 'Integrate Kaseya Customers with Trend Micro Accounts',
  notifications: 'Trend Micro Customer Notifications',
  servicePlans: 'Assign Service Plan',
  templates: 'Assign Template',
  integration: 'Complete Integration',
};

export const press = (frame, name) => frame.getByRole('button', { name }).first().click();

/** The head of the list of what is wrong. */
export const problems = frame => frame.getByRole('heading', { name: /needs? attention/ });

/** The field that holds the account of a customer. */
export const accountOf = (frame, name) => frame.getByRole('combobox', { name: `Trend Micro Customer Account of ${name}` });

/** Chooses the entry of this name in a customer's field. */
export async function chooseAccount(frame, name, entry) {
  await accountOf(frame, name).click();
  await frame.getByRole('option', { name: entry }).first().click();
}

/** Ticks everything on this many pages of the list. */
export async function tickPages(page, frame, pages) {
  for (let at = 1; at <= pages; at += 1) {
    await frame.getByRole('checkbox', { name: 'Select all customers on this page' }).check();
    if (at < pages) await sent(page, () => press(frame, 'Next →'));
  }
}

/** A new import of these customers of the list that is open, at its first step. */
export async function begin(frame, names, button = 'Import to Trend Micro') {
  await tick(frame, names);
  await press(frame, button);
  await heading(frame, titles.accounts);
}

export async function fillBlanks(frame) {
  await press(frame, 'Fill the blanks');
  await problems(frame).waitFor({ state: 'detached' });
}

/** From *Non-Trend Micro Customers* to *Assign Service Plan*. */
export async function toServicePlans(frame, names, button) {
  await begin(frame, names, button);
  await fillBlanks(frame);
  await press(frame, 'Next');
  await press(frame, 'Next');
  await heading(frame, titles.servicePlans);
}

export async function setPlanForAll(frame, plan = 'WFS monthly (Full)') {
  await frame.getByLabel('One plan for all').selectOption({ label: plan });
  await press(frame, 'Set for all');
  await frame.getByRole('cell', { name: 'Worry-Free Services (Full)' }).waitFor();
}

export async function setTemplateForAll(frame, template) {
  await frame.getByLabel('One template for all').selectOption({ label: template });
  await press(frame, 'Set for all');
}

/** From *Assign Template* to what Integrate will do. */
export async function lookAtPlan(frame) {
  await press(frame, 'look at the plan');
  await frame.getByRole('heading', { name: 'What Integrate will do' }).waitFor();
}

/** From *Non-Trend Micro Customers* to the plan. Accounts keep the seats they have where `keep` is set. */
export async function toPlan(frame, names, { button, template, keep = false } = {}) {
  await toServicePlans(frame, names, button);
  await setPlanForAll(frame);
  if (keep) {
    await press(frame, 'Keep the seats that accounts have');
    await frame.getByText('nothing changes').first().waitFor();
  }
  await press(frame, 'Next');
  await heading(frame, titles.templates);
  if (template) await setTemplateForAll(frame, template);
  await lookAtPlan(frame);
}

/** From the plan to *Complete Integration*, or to where it leads instead. */
export async function integrate(frame, title = titles.integration) {
  await frame.getByRole('button', { name: 'Integrate', exact: true }).click();
  await heading(frame, title);
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
  await setPlanForAll(frame);
  await seen('service-plans');
  await press(frame, 'Next');
  await heading(frame, titles.templates);
  await setTemplateForAll(frame, 'Office');
  await seen('templates');
  await lookAtPlan(frame);
  await seen('plan');
  await integrate(frame);
  await seen('integration');
}

/** Waits for the end, this one if it is named; without scripts the page reloads itself. */
export async function finished(frame, ends = 'Finished') {
  await frame.getByRole('heading', { name: ends }).waitFor({ timeout: 90_000 });
}
