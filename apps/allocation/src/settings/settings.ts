import { resolve } from 'node:path';

import { z } from 'zod';

import { SettingsError } from './settings-error.ts';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** What a process does: answers requests, handles deliveries, or both. */
export type Role = 'api' | 'worker' | 'both';

/** How a process of the service runs, as the environment and the command line say. */
export interface Settings {
  readonly role: Role;
  /** Whether what is committed is moved on to the transport, by this process or another one. */
  readonly relay: boolean;
  readonly port: number;
  readonly host: string;
  /** Where the embedded Postgres keeps its data: an absolute path. Not used with a `databaseUrl`. */
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly amqpUrl: string | undefined;
  readonly smtpUrl: string | undefined;
  /** When the buyers are reminded that no batch has come, in milliseconds. */
  readonly restockReminderAfterMs: number;
  /** Where it is night when the nightly report is made. */
  readonly timeZone: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a whole number from 0 to 65535')
  .transform(Number)
  .refine((value) => value <= 65_535, 'must be a whole number from 0 to 65535');

const host = z
  .string()
  .regex(/^[\w.:-]+$/, 'must be a name or an address to listen on, as 127.0.0.1');

/** Addresses may hold passwords, so what is wrong with one is told without showing it. */
const address = (example: string, ...schemes: readonly string[]): z.ZodType<string> =>
  z
    .string()
    .refine(
      (value) =>
        URL.canParse(value) &&
        schemes.includes(new URL(value).protocol) &&
        new URL(value).hostname !== '',
      `must be an address as ${example}`,
    );

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const duration = z
  .string()
  .regex(/^[1-9]\d{0,4}[smhd]$/, 'must be a time as 30s, 90m, 36h or 2d')
  .transform((text) => Number(text.slice(0, -1)) * (UNITS_MS[text.slice(-1)] ?? 0));

const timeZone = z.string().refine(isTimeZone, 'must be a time zone as Europe/Berlin');

const Environment = z.object({
  PORT: port.default(3000),
  HOST: host.default('127.0.0.1'),
  TIDINGS_DATA_DIR: z
    .string()
    .default('.data')
    .transform((path) => resolve(path)),
  DATABASE_URL: address(
    'postgres://user:password@host:5432/name',
    'postgres:',
    'postgresql:',
  ).optional(),
  AMQP_URL: address('amqp://user:password@host:5672/vhost', 'amqp:', 'amqps:').optional(),
  SMTP_URL: address('smtp://host:25', 'smtp:', 'smtps:').optional(),
  RESTOCK_REMINDER_AFTER: duration.default(2 * 86_400_000),
  TIME_ZONE: timeZone.default('UTC'),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).optional(),
});

/**
 * Reads the settings. What is empty counts as not set.
 *
 * @throws SettingsError with every fault found
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  {
    role = 'both',
    relay = true,
    ...defaults
  }: Partial<Pick<Settings, 'role' | 'relay' | 'logLevel'>> = {},
): Settings {
  const given = new Map(
    Object.keys(Environment.shape).flatMap((name) => {
      const value = environment[name]?.trim();
      return value === undefined || value === '' ? [] : [[name, value] as const];
    }),
  );
  const read = Environment.safeParse(Object.fromEntries(given));
  const issues = read.error?.issues ?? [];
  const faults = [
    ...issues.map(({ path, message }) => `${path.join('.')} ${message}`),
    ...combinationFaults(role, (name) => given.has(name)),
  ];
  if (!read.success || faults.length > 0) throw new SettingsError(faults);
  const { PORT, HOST, TIDINGS_DATA_DIR, DATABASE_URL, AMQP_URL, SMTP_URL } = read.data;
  const { RESTOCK_REMINDER_AFTER, TIME_ZONE, LOG_LEVEL } = read.data;
  return {
    role,
    relay,
    port: PORT,
    host: HOST,
    dataDir: TIDINGS_DATA_DIR,
    databaseUrl: DATABASE_URL,
    amqpUrl: AMQP_URL,
    smtpUrl: SMTP_URL,
    restockReminderAfterMs: RESTOCK_REMINDER_AFTER,
    timeZone: TIME_ZONE,
    logLevel: LOG_LEVEL ?? defaults.logLevel ?? 'info',
  };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** What is right by itself and not together. */
function combinationFaults(role: Role, isSet: (name: string) => boolean): readonly string[] {
  return [
    ...(isSet('AMQP_URL') && !isSet('DATABASE_URL')
      ? [
          'DATABASE_URL must be set where AMQP_URL is: a broker is for several processes, and they need a database that they share',
        ]
      : []),
    ...(role !== 'both' && !isSet('DATABASE_URL')
      ? [
          `DATABASE_URL must be set for a process that is "${role}" alone: no other process could use the embedded database. Set it, or start one process without "${role}", which does everything`,
        ]
      : []),
  ];
}
