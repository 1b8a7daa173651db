import { resolve } from 'node:path';

import { z } from 'zod';

import { SettingsError } from './settings-error.ts';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** How the service runs, as the environment says. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  /** Where the embedded Postgres keeps its data: an absolute path. Not used with a `databaseUrl`. */
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly smtpUrl: string | undefined;
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
  SMTP_URL: address('smtp://host:25', 'smtp:', 'smtps:').optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).optional(),
});

/**
 * Reads the settings. What is empty counts as not set.
 *
 * @throws SettingsError with every fault found
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  defaults: Partial<Pick<Settings, 'logLevel'>> = {},
): Settings {
  const given = Object.keys(Environment.shape).flatMap((name) => {
    const value = environment[name]?.trim();
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  const read = Environment.safeParse(Object.fromEntries(given));
  if (!read.success) {
    throw new SettingsError(
      read.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`),
    );
  }
  const { PORT, HOST, TIDINGS_DATA_DIR, DATABASE_URL, SMTP_URL, LOG_LEVEL } = read.data;
  return {
    port: PORT,
    host: HOST,
    dataDir: TIDINGS_DATA_DIR,
    databaseUrl: DATABASE_URL,
    smtpUrl: SMTP_URL,
    logLevel: LOG_LEVEL ?? defaults.logLevel ?? 'info',
  };
}
