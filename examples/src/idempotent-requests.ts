// A client that does not know whether its request arrived sends it again. Under one intent, such as an
// HTTP Idempotency-Key, the command takes effect once and both requests get the same answer.
import { createApp, feature, handle, IntentConflictError, jsonLogger } from '@tidings/core';
import { command } from '@tidings/domain';
import { inMemory } from '@tidings/in-memory';
import { z } from 'zod';

const OpenAccount = command('bank.OpenAccount', z.object({ owner: z.string() }), {
  result: z.object({ account: z.string() }),
});

let opened = 0;
const openAccount = handle(OpenAccount, {}, () => {
  opened += 1;
  return { account: `A${opened}` };
});

const app = createApp({
  service: 'bank',
  features: [feature('accounts', [openAccount])],
  adapters: [inMemory()],
  logger: jsonLogger({ level: 'warn' }),
});
await app.start();

const intent = 'request-7f3a';
const first = await app.bus.execute(OpenAccount({ owner: 'Ada' }), { intent });
console.log(`first: ${first.account}`);

const second = await app.bus.execute(OpenAccount({ owner: 'Ada' }), {
  intent,
  onRepeated: () => console.log('the intent was carried out before'),
});
console.log(`again: ${second.account}, accounts opened: ${opened}`);

try {
  await app.bus.execute(OpenAccount({ owner: 'Grace' }), { intent });
} catch (error) {
  if (!IntentConflictError.is(error, 'TIDINGS_INTENT_CONFLICT')) throw error;
  console.log(error.code);
}
await app.stop();
