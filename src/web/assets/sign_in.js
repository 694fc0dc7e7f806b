import { all } from './page.js';

// Somebody signs in in another window: go on as soon as that is done. Where no cookie survives that would be in vain, so only a
// tab of its own is offered.
export function waiting(box) {
  const look = async () => {
    const answer = await fetch(box.dataset.waiting, { credentials: 'same-origin' }).then((reply) => reply.json()).catch(() => null);
    if (answer && !answer.has_cookie) {
      box.hidden = false;
      all('[data-cookies]').forEach((part) => { part.hidden = true; });
      return;
    }
    if (answer?.done) { document.getElementById('collect').requestSubmit(); return; }
    setTimeout(look, 1500);
  };
  look();
}

// That window is one of the script's, so that it may close itself; what is shown there gets no hold on this page.
export function opening(form) {
  form.addEventListener('submit', () => {
    const name = `sign-in-${Date.now()}`;
    const opened = open('', name, 'popup,width=560,height=720');
    if (!opened) return;
    opened.opener = null;
    form.removeAttribute('rel');
    form.target = name;
  });
}
