// Somebody signs in in another window: go on as soon as that is done, and say if no cookie survives here.
export function waiting(box) {
  const look = async () => {
    const answer = await fetch(box.dataset.waiting, { credentials: 'same-origin' }).then((reply) => reply.json()).catch(() => null);
    if (answer && !answer.has_cookie) { box.hidden = false; return; }
    if (answer?.done) { document.getElementById('collect').requestSubmit(); return; }
    setTimeout(look, 1500);
  };
  look();
}
