import { all, t } from './page.js';

// Credentials are tested and stored without leaving the page: secrets stay in their fields, and are never sent back.
export function testing(form) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const buttons = all('button[name=go]', form);
    const body = new URLSearchParams(new FormData(form));
    body.set('go', event.submitter?.value ?? 'test');
    const checks = document.getElementById('checks');
    const tell = (className, role, textContent) => {
      const said = Object.assign(document.createElement('p'), { className, textContent });
      said.setAttribute('role', role);
      checks.replaceChildren(said);
    };
    buttons.forEach((button) => { button.disabled = true; });
    tell('panel busy', 'status', t('testing'));
    const answer = await fetch(form.action, { method: 'POST', body, credentials: 'same-origin' }).catch(() => null);
    buttons.forEach((button) => { button.disabled = false; });
    if (answer?.redirected) { location.assign(answer.url); return; }
    if (answer?.status === 401) { location.reload(); return; }
    const page = answer && new DOMParser().parseFromString(await answer.text(), 'text/html');
    const found = page?.getElementById('checks');
    if (!found) {
      tell('panel bad', 'alert', t('no-answer'));
      return;
    }
    checks.replaceWith(found);
    all('.problem[id]', form).forEach((problem) => problem.remove());
    all('[aria-invalid]', form).forEach((input) => input.removeAttribute('aria-invalid'));
    all('.problem[id]', page).forEach((problem) => {
      const input = document.getElementById(problem.id.replace(/-problem$/, ''));
      input?.setAttribute('aria-invalid', 'true');
      input?.setAttribute('aria-describedby', problem.id);
      input?.after(problem);
    });
    (form.querySelector('[aria-invalid]') ?? found).focus();
  });
}
