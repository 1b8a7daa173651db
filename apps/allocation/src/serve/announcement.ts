import type { OpenWarehouse } from '../bootstrap.ts';
import { DOCS } from '../http/create-server.ts';
import type { Role } from '../settings/settings.ts';

/** What is told when a process is up: where it is, what it works with, and what to try. */
export function announcement(
  role: Role,
  url: string,
  { storage, transport, mail }: Pick<OpenWarehouse, 'storage' | 'transport' | 'mail'>,
): string {
  const isWorker = role === 'worker';
  return [
    `The warehouse allocation service is up${role === 'both' ? '' : `, as ${role}`}.`,
    `  listens on  ${url}${isWorker ? ' (/livez and /readyz)' : ''}`,
    ...(isWorker ? [] : [`  API         ${url}${DOCS}`]),
    `  data        ${storage}`,
    `  messages    ${transport}`,
    `  mail        ${mail}`,
    '',
    ...(isWorker ? [] : requestsToTry(url)),
    'Ctrl-C ends it.',
  ].join('\n');
}

function requestsToTry(url: string): readonly string[] {
  const post = (path: string, body: object): string =>
    `  curl -X POST ${url}${path} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
  return [
    'Three requests to try:',
    post('/add_batch', { ref: 'batch-001', sku: 'SMALL-TABLE', qty: 20, eta: null }),
    post('/allocate', { orderid: 'order-001', sku: 'SMALL-TABLE', qty: 2 }),
    `  curl ${url}/allocations/order-001`,
    '',
  ];
}
