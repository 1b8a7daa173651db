import { resolve } from 'node:path';

import { describe, expect, test } from 'vitest';

import { SettingsError } from './settings-error.ts';
import { readSettings, type Role } from './settings.ts';

function faultsOf(environment: Record<string, string>, role?: Role): readonly string[] {
  try {
    readSettings(environment, role === undefined ? {} : { role });
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
}

describe('the settings', () => {
  test('have defaults for everything', () => {
    expect(readSettings({})).toEqual({
      role: 'both',
      relay: true,
      port: 3000,
      host: '127.0.0.1',
      dataDir: resolve('.data'),
      databaseUrl: undefined,
      amqpUrl: undefined,
      smtpUrl: undefined,
      restockReminderAfterMs: 172_800_000,
      timeZone: 'UTC',
      logLevel: 'info',
    });
  });

  test('are read from the environment, where an empty value counts as none', () => {
    const settings = readSettings({
      PORT: '8080',
      HOST: '::',
      TIDINGS_DATA_DIR: '/srv/warehouse',
      DATABASE_URL: 'postgres://app:secret@db/warehouse',
      AMQP_URL: 'amqps://app:secret@broker/warehouse',
      SMTP_URL: 'smtp://mail:2525',
      RESTOCK_REMINDER_AFTER: '36h',
      TIME_ZONE: 'Europe/Berlin',
      LOG_LEVEL: '',
    });
    expect(settings).toEqual({
      role: 'both',
      relay: true,
      port: 8080,
      host: '::',
      dataDir: '/srv/warehouse',
      databaseUrl: 'postgres://app:secret@db/warehouse',
      amqpUrl: 'amqps://app:secret@broker/warehouse',
      smtpUrl: 'smtp://mail:2525',
      restockReminderAfterMs: 129_600_000,
      timeZone: 'Europe/Berlin',
      logLevel: 'info',
    });
  });

  test('are refused with every fault at once, and never show an address, which may hold a password', () => {
    const faults = faultsOf({
      PORT: '70000',
      HOST: 'not a host',
      DATABASE_URL: 'mysql://app:secret@db/warehouse',
      AMQP_URL: 'http://app:secret@broker',
      SMTP_URL: 'secret-server:25',
      RESTOCK_REMINDER_AFTER: 'soon',
      TIME_ZONE: 'Atlantis',
      LOG_LEVEL: 'loud',
    });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'PORT',
      'HOST',
      'DATABASE_URL',
      'AMQP_URL',
      'SMTP_URL',
      'RESTOCK_REMINDER_AFTER',
      'TIME_ZONE',
      'LOG_LEVEL',
    ]);
    expect(faults.join()).not.toContain('secret');
  });

  test.each([
    ['30s', 30_000],
    ['90m', 5_400_000],
    ['1d', 86_400_000],
  ])('take a time as %s', (text, milliseconds) => {
    const { restockReminderAfterMs } = readSettings({ RESTOCK_REMINDER_AFTER: text });
    expect(restockReminderAfterMs).toBe(milliseconds);
  });

  test.each(['0d', '2', '1.5h', '-1m', '2 d', '100000d'])('refuse the time %s', (value) => {
    expect(faultsOf({ RESTOCK_REMINDER_AFTER: value })).toEqual([
      'RESTOCK_REMINDER_AFTER must be a time as 30s, 90m, 36h or 2d',
    ]);
  });

  test.each(['-1', '1.5', '3000x', '0x10', '123456'])('refuse the port %s', (value) => {
    expect(faultsOf({ PORT: value })).toEqual(['PORT must be a whole number from 0 to 65535']);
  });

  test('refuse a broker without a database that its processes could share, beside all other faults', () => {
    const faults = faultsOf({ AMQP_URL: 'amqp://app:secret@broker', PORT: 'x' });
    expect(faults).toHaveLength(2);
    expect(faults[1]).toMatch(/^DATABASE_URL must be set where AMQP_URL is/);
  });

  test.each(['api', 'worker'] as const)(
    'refuse the role %s where no other process could use the database; a broker is not needed for it',
    (role) => {
      const DATABASE_URL = 'postgres://app:secret@db/warehouse';
      const [fault, ...others] = faultsOf({}, role);
      expect(others).toEqual([]);
      expect(fault).toContain(`DATABASE_URL must be set for a process that is "${role}" alone`);
      expect(faultsOf({ DATABASE_URL }, role)).toEqual([]);
      expect(faultsOf({ DATABASE_URL, AMQP_URL: 'amqp://broker' }, role)).toEqual([]);
    },
  );
});
