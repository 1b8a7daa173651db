import { CollectingLogger } from '@tidings/testing';
import { describe, expect, test } from 'vitest';

import { LogNotifications } from '../src/mail/log-notifications.ts';
import { SmtpNotifications } from '../src/mail/smtp-notifications.ts';
import { catchMails } from './support/smtp-catcher.ts';

const { signal } = new AbortController();

describe('notifications by SMTP', () => {
  test('arrive as they were meant', async () => {
    await using server = await catchMails();
    const notifications = new SmtpNotifications(`smtp://127.0.0.1:${server.port}`);
    await notifications.send('stock@made.com', 'Out of stock for LAMP', 'Buy some.', signal);
    notifications.close();
    expect(server.mails).toHaveLength(1);
    expect(server.mails[0]).toMatchObject({
      from: 'allocations@made.com',
      to: ['stock@made.com'],
      user: undefined,
    });
    expect(server.mails[0]?.content).toMatch(/^Subject: Out of stock for LAMP\r$/m);
    expect(server.mails[0]?.content).toContain('Buy some.');
  });

  test('log in with the name and password of the address', async () => {
    await using server = await catchMails();
    const notifications = new SmtpNotifications(`smtp://user:pass%20word@127.0.0.1:${server.port}`);
    await notifications.send('stock@made.com', 'Hello', 'Hello', signal);
    notifications.close();
    expect(server.mails[0]?.user).toBe('user');
  });

  test('a subject that holds a line break adds no header', async () => {
    await using server = await catchMails();
    const notifications = new SmtpNotifications(`smtp://127.0.0.1:${server.port}`);
    await notifications.send('stock@made.com', 'Hello\r\nBcc: x@example.com', 'Hello', signal);
    notifications.close();
    expect(server.mails[0]?.to).toEqual(['stock@made.com']);
    expect(server.mails[0]?.content).not.toMatch(/^Bcc:/m);
  });

  test('fail when nobody listens, so that they are tried again', async () => {
    const { port } = await catchMails().then(async (server) => {
      await server[Symbol.asyncDispose]();
      return server;
    });
    const notifications = new SmtpNotifications(`smtp://127.0.0.1:${port}`);
    await expect(notifications.send('stock@made.com', 'x', 'x', signal)).rejects.toThrow(
      'ECONNREFUSED',
    );
    notifications.close();
  });
});

describe('notifications by the log', () => {
  test('say what would be sent', async () => {
    const logger = new CollectingLogger();
    await new LogNotifications(logger).send('stock@made.com', 'Out of stock for LAMP', 'Buy some.');
    expect(logger.lines).toMatchObject([
      { level: 'info', facts: { to: 'stock@made.com', subject: 'Out of stock for LAMP' } },
    ]);
  });
});
