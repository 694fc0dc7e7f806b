// Pages of other hosts that put something into a frame.

import { createServer } from 'node:http';

/** A page at `host` that frames whatever its address asks for: `/?show=ADDRESS`. */
export async function startHost(host, listen = host) {
  const server = createServer((request, response) => {
    const shown = new URL(request.url, 'http://any').searchParams.get('show') ?? 'about:blank';
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><title>another host</title><iframe name="module" width="900" height="600" src="${shown.replaceAll('"', '%22')}"></iframe>`);
  });
  await new Promise(resolve => server.listen(0, listen, resolve));
  return {
    framing: address => `http://${host}:${server.address().port}/?show=${encodeURIComponent(address)}`,
    stop: () => new Promise(resolve => server.close(resolve)),
  };
}

/** A host whose answers set a cookie of each kind, and tell which came back. */
export async function startBaker() {
  const server = createServer((request, response) => {
    response.setHeader('set-cookie', ['plain=1; Path=/; Secure; SameSite=None', 'partitioned=1; Path=/; Secure; SameSite=None; Partitioned']);
    response.setHeader('content-type', 'text/plain');
    response.end(request.headers.cookie ?? '');
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://localhost:${server.address().port}/`, stop: () => new Promise(resolve => server.close(resolve)) };
}
