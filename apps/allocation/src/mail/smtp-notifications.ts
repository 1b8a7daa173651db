import { createTransport } from 'nodemailer';

import type { Notifications } from '../allocation/ports.ts';

const FROM = 'allocations@made.com';
/** A server that accepts connections and then says nothing must not hold a mail for minutes. */
const PATIENCE_MS = 10_000;

/** Mails over SMTP. Holds pooled connections: close it. */
export class SmtpNotifications implements Notifications {
  readonly #transport;

  /** @param url as `smtp://user:password@host:port` or `smtps://…` */
  constructor(url: string) {
    const { hostname, port, protocol, username, password, searchParams } = new URL(url);
    const isSecure = protocol === 'smtps:';
    this.#transport = createTransport({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? (isSecure ? 465 : 25) : Number(port),
      secure: isSecure,
      ignoreTLS: searchParams.get('ignoreTLS') === 'true',
      ...(username === ''
        ? {}
        : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
      pool: true,
      maxConnections: 2,
      connectionTimeout: PATIENCE_MS,
      greetingTimeout: PATIENCE_MS,
      socketTimeout: PATIENCE_MS,
    });
  }

  async send(to: string, subject: string, text: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#transport.sendMail({ from: FROM, to, subject, text });
  }

  close(): void {
    this.#transport.close();
  }
}
