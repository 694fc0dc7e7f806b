import { all } from './page.js';

// Leaving with unsaved fields asks; sending does not.
let dirty = false;
export function watch(form) {
  form.addEventListener('input', (event) => { if (!('clean' in event.target.dataset)) dirty = true; });
}
addEventListener('beforeunload', (event) => { if (dirty) event.preventDefault(); });
export const isDirty = () => dirty;

// A question before, and never twice.
document.addEventListener('submit', (event) => {
  // It leads elsewhere, and may have to be sent again: this page stays.
  if (event.target.target) return;
  const question = event.submitter?.dataset.ask;
  if (event.target.dataset.sent || (question && !confirm(question))) {
    event.preventDefault();
    return;
  }
  // This form leaves the page without what was entered, so the browser may ask.
  if ('asks' in event.target.dataset) return;
  dirty = false;
  event.target.dataset.sent = '1';
});
addEventListener('pageshow', () => all('form[data-sent]').forEach((form) => delete form.dataset.sent));
