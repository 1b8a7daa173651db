import type { Logger } from '@tidings/core';

import type { Notifications } from '../allocation/ports.ts';

/** Takes the place of a mail server where none is configured: the log says what would be sent. */
export class LogNotifications implements Notifications {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  async send(to: string, subject: string, text: string): Promise<void> {
    this.#logger.info({ to, subject, text }, 'no SMTP_URL is set, so this mail is only logged');
  }
}
