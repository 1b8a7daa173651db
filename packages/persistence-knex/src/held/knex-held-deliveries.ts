import { pageSize } from '@tidings/core';
import type {
  ClaimedDelivery,
  DeliveryToHold,
  Envelope,
  HeldClaim,
  HeldDeliveries,
  HeldKey,
  HeldQuery,
  KeyOfSubscription,
} from '@tidings/core';

import { integer, onlyRow, text } from '../connection/columns.ts';
import { withValues, type Schema } from '../connection/schema.ts';
import { runAlone, type Send } from '../connection/send.ts';
import type { Row, SessionPool } from '../connection/session.ts';
import { storableError, storableKey } from '../connection/storable-text.ts';
import { errorCode } from '../connection/store-error.ts';
import { heldStatements, type HeldStatements } from './held-statements.ts';
import { hold } from './hold.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
const UNIQUE_VIOLATION = '23505';

/** Deliveries that wait in the database. */
export class KnexHeldDeliveries implements HeldDeliveries {
  readonly #pool: SessionPool;
  readonly #statements: HeldStatements;

  constructor(pool: SessionPool, schema: Schema) {
    this.#pool = pool;
    this.#statements = heldStatements(schema);
  }

  async hold(delivery: DeliveryToHold): Promise<'held' | 'duplicate' | 'conflict'> {
    const send: Send = (statement) => runAlone(this.#pool, statement);
    try {
      return await hold(send, this.#statements, delivery);
    } catch (error) {
      if (errorCode(error) !== UNIQUE_VIOLATION) throw error;
      // Somebody held a delivery with this id at the same moment: now it can be seen.
      return hold(send, this.#statements, delivery);
    }
  }

  async claim(
    subscriptions: readonly string[],
    limit: number,
    leaseMs: number,
    except: readonly KeyOfSubscription[] = [],
  ): Promise<readonly ClaimedDelivery[]> {
    const values = [
      subscriptions,
      limit,
      leaseMs,
      except.map(({ subscription }) => subscription),
      except.map(({ key }) => storableKey(key)),
    ];
    const { rows } = await runAlone(this.#pool, withValues(this.#statements.claim, values));
    return rows.map(claimedOf);
  }

  async renew(claims: readonly HeldClaim[], leaseMs: number): Promise<void> {
    const tokens = claims.map(({ token }) => token);
    await runAlone(this.#pool, withValues(this.#statements.renew, [tokens, leaseMs]));
  }

  async release(
    { heldId, subscription, key, token }: HeldClaim,
    dueIn: number,
    error?: string,
    attempts?: number,
  ): Promise<void> {
    await runAlone(
      this.#pool,
      withValues(this.#statements.release, [
        heldId,
        subscription,
        storableKey(key),
        token,
        dueIn,
        error === undefined ? null : storableError(error),
        attempts ?? null,
      ]),
    );
  }

  async list({
    subscription,
    state,
    limit = DEFAULT_LIMIT,
  }: HeldQuery): Promise<readonly HeldKey[]> {
    const values = [subscription ?? null, state ?? null, pageSize(limit, MAX_LIMIT)];
    const { rows } = await runAlone(this.#pool, withValues(this.#statements.list, values));
    return rows.map((row) => ({
      subscription: text(row['subscription']),
      key: text(row['key']),
      state: row['state'] === 'blocked' ? 'blocked' : 'due',
      depth: integer(row['depth']),
      dueAt: text(row['due']),
    }));
  }

  async waiting(subscriptions: readonly string[]): Promise<{ count: number; nextDueIn?: number }> {
    const { rows } = await runAlone(
      this.#pool,
      withValues(this.#statements.waiting, [subscriptions]),
    );
    const row = onlyRow(rows);
    const count = integer(row['count']);
    return count === 0 ? { count } : { count, nextDueIn: Number(row['next']) };
  }
}

function claimedOf(row: Row): ClaimedDelivery {
  return {
    claim: {
      heldId: text(row['held_id']),
      subscription: text(row['subscription']),
      key: text(row['key']),
      token: text(row['claim_token']),
    },
    envelope: JSON.parse(text(row['envelope'])) as Envelope,
    attempts: integer(row['attempts']),
  };
}
