// People who sign in at VSA or at the provider, in the window that a click opens.

import assert from 'node:assert/strict';
import { listen } from './demo.mjs';

/** Presses the button that opens the window, which asks who is there. */
export async function openWindow(page, frame, button) {
  const [popup] = await Promise.all([page.context().waitForEvent('page'), frame.getByRole('button', { name: button }).first().click()]);
  const complaints = listen(popup);
  await popup.getByRole('heading', { name: /who are you/ }).waitFor();
  return { popup, complaints };
}

/** Signs somebody in: the window closes by itself, and nothing that it showed had the code in its address for longer than a moment. */
export async function signIn(page, frame, button, name) {
  const { popup, complaints } = await openWindow(page, frame, button);
  const closed = popup.waitForEvent('close');
  await popup.getByRole('link', { name }).click({ noWaitAfter: true });
  await closed;
  assert.deepEqual(complaints, []);
}
