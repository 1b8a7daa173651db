import {
  fingerprintOf,
  InvalidOptionsError,
  pageSize,
  type DeadLetterPage,
  type DeadLetterQuery,
  type DeadLetterReplay,
  type DeadLetters,
  type DeadLetterToPark,
  type Envelope,
  type HeldClaim,
  type ParkResult,
} from '@tidings/core';

import { integer, onlyRow, optionalText, text } from '../connection/columns.ts';
import { withValues, type Schema } from '../connection/schema.ts';
import { inTransaction, runAlone, type Send } from '../connection/send.ts';
import type { Row, SessionPool } from '../connection/session.ts';
import { storableKey } from '../connection/storable-text.ts';
import { heldStatements, type HeldStatements } from '../held/held-statements.ts';
import { hold } from '../held/hold.ts';
import { receiveStatements, settleClaim, type ReceiveStatements } from '../inbox/receive.ts';
import { deadLetterOf } from './dead-letter-row.ts';
import { insertLetter } from './insert-letter.ts';
import { deadLetterStatements, type DeadLetterStatements } from './dead-letter-statements.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** Dead letters as rows, each parked, replayed and discarded in one transaction with what it holds up. */
export class KnexDeadLetters implements DeadLetters {
  readonly #pool: SessionPool;
  readonly #statements: DeadLetterStatements;
  readonly #held: HeldStatements;
  readonly #receive: ReceiveStatements;

  constructor(pool: SessionPool, schema: Schema) {
    this.#pool = pool;
    this.#statements = deadLetterStatements(schema);
    this.#held = heldStatements(schema);
    this.#receive = receiveStatements(schema);
  }

  park(letter: DeadLetterToPark): Promise<ParkResult> {
    return inTransaction(this.#pool, async (send) => {
      const { subscription, envelope, claim } = letter;
      if (claim !== undefined) {
        const key = storableKey(claim.key);
        const values = [subscription, key, claim.token];
        const { count } = await send(withValues(this.#statements.lockClaim, values));
        if (count === 0) return 'lost';
      }
      if (envelope !== undefined && !(await this.#record(send, letter, envelope))) {
        if (await this.#isOther(send, subscription, envelope)) return 'conflict';
        if (claim !== undefined) await Promise.all(settleClaim(send, this.#receive, claim));
        return 'duplicate';
      }
      if (letter.block && claim === undefined && envelope !== undefined) {
        const isBlocked = await this.#blockFreeKey(send, letter, envelope);
        if (!isBlocked) {
          await send(withValues(this.#statements.forget, [subscription, storableKey(envelope.id)]));
          return 'held';
        }
      }
      await insertLetter(send, this.#statements, letter);
      if (claim !== undefined) await this.#settle(send, letter, claim);
      return 'parked';
    });
  }

  async list(
    query: DeadLetterQuery,
    { limit = DEFAULT_LIMIT, after = '0' }: { limit?: number; after?: string } = {},
  ): Promise<DeadLetterPage> {
    if (!/^\d{1,18}$/.test(after)) {
      throw new InvalidOptionsError('list', [
        '"after" must be what the page before gave as "next"',
      ]);
    }
    const size = pageSize(limit, MAX_LIMIT);
    const values = matching(query);
    const { total: count, page: select } =
      query.reason === undefined ? this.#statements : this.#statements.ofReasons;
    const total = await runAlone(this.#pool, withValues(count, values));
    const { rows } = await runAlone(this.#pool, withValues(select, [...values, after, size + 1]));
    const page = rows.slice(0, size);
    const last = page.at(-1);
    return {
      total: integer(onlyRow(total.rows)['total']),
      letters: page.map(deadLetterOf),
      ...(rows.length > size && last !== undefined ? { next: text(last['seq']) } : {}),
    };
  }

  replay(id: string, { envelope: edited }: DeadLetterReplay = {}): Promise<boolean> {
    return inTransaction(this.#pool, async (send) => {
      const { rows } = await send(withValues(this.#statements.replay, [id]));
      const [row] = rows;
      if (row === undefined) return false;
      const subscription = text(row['subscription']);
      const messageId = text(row['message_id']);
      const key = text(row['key']);
      const envelope = edited ?? (JSON.parse(text(row['envelope'])) as Envelope);
      if (edited === undefined) {
        await send(withValues(this.#statements.forget, [subscription, messageId]));
      }
      if (row['blocking'] === true) {
        const values = [
          subscription,
          key,
          messageId,
          storableKey(envelope.id),
          JSON.stringify(envelope),
          fingerprintOf(envelope),
        ];
        await send(withValues(this.#statements.reopen, values));
      } else {
        await hold(send, this.#held, { subscription, envelope, key, attempts: 0, dueIn: 0 });
      }
      return true;
    });
  }

  discard(query: DeadLetterQuery): Promise<number> {
    return inTransaction(this.#pool, async (send) => {
      const { rows } = await send(withValues(this.#statements.discard, matching(query)));
      for (const row of rows.filter(({ blocking }) => blocking === true))
        await this.#unblock(send, row);
      return rows.length;
    });
  }

  async #record(
    send: Send,
    { subscription, claim }: DeadLetterToPark,
    envelope: Envelope,
  ): Promise<boolean> {
    const { record, recordClaimed } = this.#statements;
    const values = [subscription, storableKey(envelope.id), fingerprintOf(envelope)];
    const statement = claim === undefined ? record : recordClaimed;
    return (await send(withValues(statement, values))).count > 0;
  }

  /** Whether what is known under the envelope's id is another message. */
  async #isOther(send: Send, subscription: string, envelope: Envelope): Promise<boolean> {
    const values = [subscription, storableKey(envelope.id)];
    const { rows } = await send(withValues(this.#statements.known, values));
    const known = onlyRow(rows)['fingerprint'];
    return known !== null && integer(known) !== fingerprintOf(envelope);
  }

  /** Holds the delivery as what blocks its key; `false` where something of the key is held already. */
  async #blockFreeKey(
    send: Send,
    { subscription, attempts }: DeadLetterToPark,
    envelope: Envelope,
  ): Promise<boolean> {
    const values = [
      subscription,
      storableKey(envelope.partitionkey ?? envelope.id),
      storableKey(envelope.id),
      fingerprintOf(envelope),
      attempts,
      JSON.stringify(envelope),
    ];
    return (await send(withValues(this.#statements.blockFree, values))).count > 0;
  }

  /** What becomes of the key of the claim: it goes on, or waits for the operator. */
  async #settle(
    send: Send,
    { subscription, envelope, block }: DeadLetterToPark,
    claim: HeldClaim,
  ): Promise<void> {
    if (!block || envelope === undefined) {
      await Promise.all(settleClaim(send, this.#receive, claim));
      return;
    }
    const values = [
      subscription,
      storableKey(claim.key),
      claim.heldId,
      storableKey(envelope.id),
      fingerprintOf(envelope),
      JSON.stringify(envelope),
    ];
    await send(withValues(this.#statements.block, values));
  }

  async #unblock(send: Send, row: Row): Promise<void> {
    const subscription = text(row['subscription']);
    const key = optionalText(row['key']) ?? '';
    await send(withValues(this.#statements.unblock, [subscription, key, row['message_id']]));
    await send(withValues(this.#receive.releaseKey, [subscription, key]));
  }
}

function matching(query: DeadLetterQuery): readonly unknown[] {
  const { ids, subscription, type, reason, from, to, state = 'dead' } = query;
  return [
    ids ?? null,
    subscription ?? null,
    type ?? null,
    typeof reason === 'string' ? [reason] : (reason ?? null),
    from ?? null,
    to ?? null,
    state,
  ];
}
