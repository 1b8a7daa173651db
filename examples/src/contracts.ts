// What may change in a message, and what has to have a new version: the contract of before, which a service
// keeps in a file, is compared with the one of now.
import { compareContracts, contractOf, describeChanges } from '@tidings/core';
import { event, type MessageDefinition } from '@tidings/domain';
import { z } from 'zod';

const sold = z.object({ sku: z.string(), qty: z.int() });
const before = contractOf([], { messages: [event('shop.Sold', sold)] });

function tell(what: string, definition: MessageDefinition): void {
  const after = contractOf([], { messages: [definition] });
  const { breaking, compatible } = compareContracts(before, after);
  console.log(`${what}: ${breaking.length} breaking, ${compatible.length} compatible`);
  if (breaking.length > 0) console.log(describeChanges(breaking));
}

tell('an optional member more', event('shop.Sold', sold.extend({ note: z.string().optional() })));

const priced = sold.extend({ pence: z.int() });
tell('a member more that has to be there', event('shop.Sold', priced));

tell(
  'the same with a version of its own',
  event('shop.Sold', priced, {
    version: 2,
    upcasters: { 1: (data) => ({ ...(data as z.input<typeof sold>), pence: 0 }) },
  }),
);
