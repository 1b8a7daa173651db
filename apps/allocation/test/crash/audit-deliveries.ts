import { groupBy } from './group-by.ts';
import type { WhatHappened } from './what-happened.ts';

/** Every event reached the history exactly once, and those of a product in log order. */
export function deliveryFaults({ history, events }: WhatHappened): string[] {
  const times = groupBy(history, ({ message_id: id }) => id);
  const known = new Set(events.map(({ id }) => id));
  const place = new Map(events.map(({ id }, index) => [id, index]));
  const last = new Map<string, number>();
  return [
    ...events
      .filter(({ id }) => times.get(id)?.length !== 1)
      .map(
        ({ id, type }) => `the ${type} ${id} is in the history ${times.get(id)?.length ?? 0} times`,
      ),
    ...history
      .filter(({ message_id: id }) => !known.has(id))
      .map(({ message_id: id }) => `the log has no event ${id}`),
    ...history.flatMap(({ message_id: id, sku }) => {
      const index = place.get(id) ?? -1;
      const isInOrder = index > (last.get(sku) ?? -1);
      last.set(sku, index);
      return isInOrder ? [] : [`the event ${id} of ${sku} came out of order`];
    }),
  ];
}
