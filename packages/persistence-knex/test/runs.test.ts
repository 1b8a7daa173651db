import { describe, expect, it } from 'vitest';

import { newRuns } from '../src/log/runs.ts';

describe('newRuns', () => {
  it('begins the first one', () => {
    expect(newRuns([3, 4, 5], 1, undefined)).toEqual([{ firstPosition: 1, firstSeq: 3 }]);
  });

  it('begins none while the numbers go on', () => {
    expect(newRuns([6, 7], 4, 6)).toEqual([]);
  });

  it('begins one at every gap, and where late ones go before others', () => {
    expect(newRuns([2, 10, 11, 13], 7, 10)).toEqual([
      { firstPosition: 7, firstSeq: 2 },
      { firstPosition: 8, firstSeq: 10 },
      { firstPosition: 10, firstSeq: 13 },
    ]);
  });
});
