import { DOCS } from '../http/create-server.ts';

/** What is told when the service is up: where it is, where its data are, and what to try. */
export function announcement(url: string, storage: string, mail: string): string {
  const post = (path: string, body: object): string =>
    `  curl -X POST ${url}${path} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
  return [
    'The warehouse allocation service is up.',
    `  listens on  ${url}`,
    `  API         ${url}${DOCS}`,
    `  data        ${storage}`,
    `  mail        ${mail}`,
    '',
    'Three requests to try:',
    post('/add_batch', { ref: 'batch-001', sku: 'SMALL-TABLE', qty: 20, eta: null }),
    post('/allocate', { orderid: 'order-001', sku: 'SMALL-TABLE', qty: 2 }),
    `  curl ${url}/allocations/order-001`,
    '',
    'Ctrl-C ends it.',
  ].join('\n');
}
