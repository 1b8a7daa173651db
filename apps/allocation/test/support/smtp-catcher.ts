import type { AddressInfo } from 'node:net';

import { SMTPServer } from 'smtp-server';

/** A mail as it came over the wire. */
interface CaughtMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly content: string;
  readonly user: string | undefined;
}

export interface SmtpCatcher extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly CaughtMail[];
}

/** A real SMTP server that keeps what it gets. Whoever logs in must be `user` with `pass word`. */
export async function catchMails(): Promise<SmtpCatcher> {
  const mails: CaughtMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    logger: false,
    onAuth: ({ username, password }, _session, done) => {
      if (username === 'user' && password === 'pass word') done(null, { user: username });
      else done(new Error('wrong name or password'));
    },
    onData: (stream, { envelope, user }, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ from, to, content: Buffer.concat(chunks).toString(), user });
        done();
      });
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    mails,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
