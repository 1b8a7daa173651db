import { expect, it } from 'vitest';

import { middleware, pipeline, type Call } from './middleware.ts';

const call = { name: 'x' } as Call;

it('runs the first middleware outermost and the work inside', async () => {
  const steps: string[] = [];
  const around = (name: string) =>
    middleware(name, async (_call, next) => {
      steps.push(`${name} before`);
      const result = await next();
      steps.push(`${name} after`);
      return result;
    });
  const run = pipeline([around('outer'), around('inner')]);
  expect(await run(call, async () => steps.push('work'))).toBe(3);
  expect(steps).toEqual(['outer before', 'inner before', 'work', 'inner after', 'outer after']);
});

it('lets a middleware keep the work from running', async () => {
  const run = pipeline([
    middleware('authorisation', async () => {
      throw new Error('not allowed');
    }),
  ]);
  let hasRun = false;
  await expect(run(call, async () => (hasRun = true))).rejects.toThrow('not allowed');
  expect(hasRun).toBe(false);
});

it('keeps calls apart that run at the same time', async () => {
  const run = pipeline([middleware('pass', (_call, next) => next())]);
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, index) => run(call, async () => index)),
  );
  expect(results).toEqual(Array.from({ length: 50 }, (_, index) => index));
});
