import type { ProjectionStatus } from '@tidings/core';
import { expect, test } from 'vitest';

import { buildLines } from './build-display.ts';

const building = (position: number): ProjectionStatus => ({
  name: 'view',
  mode: 'async',
  version: 1,
  head: 400,
  building: {
    generation: 2,
    version: 1,
    state: 'following',
    position,
    events: position,
    startedAt: '2030-01-01T00:00:00.000Z',
    total: 400,
    perSecond: 100,
    msLeft: (400 - position) * 10,
  },
});

test('a build is told in lines, now and then and not for each look, and not once it is done', () => {
  const lines: string[] = [];
  const display = buildLines((line) => lines.push(line));
  display.show(building(100));
  display.show(building(200));
  display.show({ name: 'view', mode: 'async', version: 1, head: 400 });
  display.stop();
  expect(lines).toEqual(['view: 25 %, 100 of 400 events, 100 per second 3 s left']);
});
