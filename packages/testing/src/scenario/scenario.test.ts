import { bind, feature, handle, on, token } from '@tidings/core';
import { Aggregate, command, event } from '@tidings/domain';
import { InMemoryRepository, InMemoryUnit } from '@tidings/in-memory';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

import type { ScenarioOutcome } from './scenario-outcome.ts';
import { scenario, type Scenario } from './scenario.ts';

const Data = z.object({ id: z.string(), amount: z.int(), note: z.string().optional() });
const Deposit = command('bank.Deposit', Data);
const Withdraw = command('bank.Withdraw', Data);
const Alert = command('bank.Alert', z.object({ id: z.string() }));
const Deposited = event('bank.Deposited', Data);
const Withdrawn = event('bank.Withdrawn', Data);
const Alerted = event('bank.Alerted', z.object({ id: z.string() }));

class Overdrawn extends Error {
  readonly code = 'BANK_OVERDRAWN';
}

class Account extends Aggregate {
  balance = 0;

  deposit(amount: number): void {
    this.balance += amount;
    this.record(Deposited({ id: this.id, amount, note: undefined }));
  }

  withdraw(amount: number): number {
    if (amount > this.balance) throw new Overdrawn(`${this.id} has only ${this.balance}`);
    this.balance -= amount;
    this.record(Withdrawn({ id: this.id, amount }));
    return this.balance;
  }
}

const Accounts = token<InMemoryRepository<Account>>('Accounts');
const accounts = bind(
  Accounts,
  { unit: InMemoryUnit },
  ({ unit }) => new InMemoryRepository(unit, 'Accounts'),
);

const deposit = handle(
  Deposit,
  { accounts: Accounts },
  async ({ id, amount }, { accounts: all }) => {
    const account = (await all.get(id)) ?? new Account(id);
    all.add(account);
    account.deposit(amount);
  },
);
const withdraw = handle(
  Withdraw,
  { accounts: Accounts },
  async ({ id, amount }, { accounts: all }, context) => {
    const balance = (await all.require(id)).withdraw(amount);
    if (balance === 0) context.send(Alert({ id }));
    return balance;
  },
);
const alert = handle(Alert, {}, ({ id }, _, context) => context.publish(Alerted({ id })));

const failingIn = (bank: Scenario): ScenarioOutcome =>
  bank.given(Deposit({ id: 'a', amount: 1 })).when(Withdraw({ id: 'a', amount: 100 }));
const playIn = (bank: Scenario): ScenarioOutcome => bank.when(Deposit({ id: 'a', amount: 1 }));

describe('scenario', () => {
  let turnover: Map<string, number>;
  let bank: Scenario;

  beforeEach(() => {
    turnover = new Map();
    const view = on([Deposited, Withdrawn], 'turnover', {}, ({ id, amount }) => {
      turnover.set(id, (turnover.get(id) ?? 0) + amount);
    });
    bank = scenario({
      features: [feature('bank', [deposit, withdraw, alert, view])],
      provide: [accounts],
    });
  });

  afterEach(() => bank.stop());

  test('compares the events that the command itself caused, not those of what was given or follows', async () => {
    const outcome = await bank
      .given(Deposit({ id: 'a', amount: 5 }), Deposit({ id: 'a', amount: 5 }))
      .when(Withdraw({ id: 'a', amount: 10 }))
      .thenEvents(Withdrawn({ id: 'a', amount: 10 }))
      .thenCommands(Alert({ id: 'a' }))
      .thenResult(0)
      .thenView(() => turnover.get('a'), 20);
    expect(outcome.settled.handled.map(({ subscription }) => subscription)).toContain('turnover');
  });

  test('goes on where the last one ended', async () => {
    await bank
      .when(Deposit({ id: 'a', amount: 5 }))
      .thenEvents(Deposited({ id: 'a', amount: 5 }))
      .thenCommands();
    const { result } = await bank.when(Withdraw({ id: 'a', amount: 1 })).thenResult(4);
    expect(result).toBe(4);
  });

  test('an expected error is checked by code, message, pattern, class or properties', async () => {
    await failingIn(bank).thenError('BANK_OVERDRAWN');
    await failingIn(bank).thenError('has only');
    await failingIn(bank).thenError(/^a has only \d/);
    await failingIn(bank).thenError(Overdrawn);
    await failingIn(bank).thenError({ code: 'BANK_OVERDRAWN' });
    await expect(failingIn(bank).thenError(RangeError)).rejects.toThrow(
      'expected an error like RangeError',
    );
    await expect(failingIn(bank).thenError({ code: 'OTHER' })).rejects.toThrow(
      'expected an error like',
    );
  });

  test('an error that nobody expected reaches whoever awaits, also after other expectations', async () => {
    await expect(bank.when(Withdraw({ id: 'x', amount: 1 }))).rejects.toThrow('x');
    await expect(bank.when(Withdraw({ id: 'x', amount: 1 })).thenEvents()).rejects.toMatchObject({
      code: 'TIDINGS_AGGREGATE_NOT_FOUND',
    });
  });

  test('an error that was expected and does not come is a failure', async () => {
    await expect(bank.when(Deposit({ id: 'a', amount: 1 })).thenError(Overdrawn)).rejects.toThrow(
      'expected the command to fail',
    );
  });

  test('expectations that do not hold fail, each of them', async () => {
    await expect(playIn(bank).thenEvents()).rejects.toThrow(/deep-equal|strictly/);
    await expect(playIn(bank).thenEvents(Deposited({ id: 'a', amount: 2 }))).rejects.toThrow(
      /deep-equal|strictly/,
    );
    await expect(
      playIn(bank)
        .thenCommands(Alert({ id: 'a' }))
        .thenResult(undefined),
    ).rejects.toThrow(/deep-equal|strictly/);
    await expect(
      playIn(bank)
        .thenView(() => turnover.size, 2)
        .thenEvents(Deposited({ id: 'a', amount: 1 })),
    ).rejects.toThrow(/equal/);
  });

  test('an event can be the occasion: what counts is what its handlers caused', async () => {
    await bank
      .given(Deposited({ id: 'z', amount: 3 }))
      .when(Deposited({ id: 'z', amount: 4 }))
      .thenEvents();
    expect(turnover.get('z')).toBe(7);
  });

  test('the application can be asked for more', async () => {
    await bank.when(Deposit({ id: 'a', amount: 1 }));
    expect(bank.app.state).toBe('running');
    expect((await bank.app.deadLetters.list()).total).toBe(0);
  });
});
