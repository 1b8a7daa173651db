import { describe, expect, it } from 'vitest';

import { CurrentUnitOfWork } from '../handlers/context.ts';
import { token } from '../handlers/token.ts';
import type { UnitOfWork } from '../ports/unit-of-work.ts';
import { bind } from './binding.ts';
import { BindingResolver } from './resolver.ts';

const Unit = token<{ unit: UnitOfWork }>('Unit');
const Repository = token<{ unit: { unit: UnitOfWork } }>('Repository');
const Mailer = token<{ sent: number }>('Mailer');
const unit = { state: 'open' } as UnitOfWork;

describe('the built-in resolver', () => {
  it('makes values of the message scope once for each message, with its unit of work', () => {
    const resolver = new BindingResolver([
      bind(Unit, { current: CurrentUnitOfWork }, ({ current }) => ({ unit: current })),
      bind(Repository, { unit: Unit }, (dependencies) => ({ ...dependencies })),
    ]);
    const plan = resolver.plan({ repository: Repository, unit: Unit });
    const first = plan({ unit });
    const second = plan({ unit });
    expect((first['repository'] as { unit: unknown }).unit).toBe(first['unit']);
    expect((first['unit'] as { unit: unknown }).unit).toBe(unit);
    expect(second['unit']).not.toBe(first['unit']);
  });

  it('makes values of the application scope once', () => {
    const resolver = new BindingResolver([bind(Mailer, {}, () => ({ sent: 0 }), 'application')]);
    const plan = resolver.plan({ mailer: Mailer });
    expect(plan({ unit })['mailer']).toBe(plan({ unit })['mailer']);
  });

  it('names every fault: missing, twice, in a circle, living longer than what it needs', () => {
    const First = token<object>('First');
    const Second = token<object>('Second');
    const Missing = token<object>('Missing');
    const resolver = new BindingResolver([
      bind(First, { second: Second }, () => ({})),
      bind(Second, { first: First }, () => ({})),
      bind(Mailer, { unit: CurrentUnitOfWork }, () => ({ sent: 0 }), 'application'),
      bind(Mailer, {}, () => ({ sent: 0 })),
      bind(Unit, { missing: Missing }, () => ({ unit })),
      bind(Repository, { unit: Unit }, (dependencies) => ({ ...dependencies }), 'application'),
    ]);
    const faults = resolver.faults([
      { owner: 'the handler of a.B', dependencies: { first: First, unit: Unit } },
      { owner: 'the subscription "c"', dependencies: { repository: Repository } },
    ]);
    expect(faults).toEqual([
      '"Mailer" is bound more than once; bind each token once, with a name of its own',
      '"First" depends on itself, through "First" and "Second"',
      '"Missing" is not bound; "Unit", for the handler of a.B, needs it',
      '"Repository" lives as long as the application and cannot depend on "Unit", which is made anew for every message',
    ]);
  });
});
