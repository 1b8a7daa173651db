import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** An engine that takes longer to answer a ping is no help to a test run. In milliseconds. */
const PING_WITHIN_MS = 2_000;

/** Whether a container engine answers on this machine, asked quickly and without any package. */
export async function dockerAnswers(): Promise<boolean> {
  const host = process.env['DOCKER_HOST'];
  if (host !== undefined && host !== '') {
    const url = new URL(host);
    if (url.protocol === 'unix:') return ping({ socketPath: url.pathname });
    return ping({ host: url.hostname, port: Number(url.port || '2375') });
  }
  for (const socketPath of sockets().filter((path) => existsSync(path))) {
    if (await ping({ socketPath })) return true;
  }
  return false;
}

/** Where Docker, Docker Desktop, rootless Docker and Podman listen. */
function sockets(): readonly string[] {
  const runtime = process.env['XDG_RUNTIME_DIR'] ?? `/run/user/${process.getuid?.() ?? 0}`;
  return [
    '/var/run/docker.sock',
    join(homedir(), '.docker/run/docker.sock'),
    join(homedir(), '.docker/desktop/docker.sock'),
    join(runtime, 'docker.sock'),
    join(runtime, 'podman/podman.sock'),
  ];
}

async function ping(
  where: { socketPath: string } | { host: string; port: number },
): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ ...where, path: '/_ping', timeout: PING_WITHIN_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
