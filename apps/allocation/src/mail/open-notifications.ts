import type { Logger } from '@tidings/core';

import type { Notifications } from '../allocation/ports.ts';
import type { Settings } from '../settings/settings.ts';
import { LogNotifications } from './log-notifications.ts';
import { SmtpNotifications } from './smtp-notifications.ts';

export interface OpenNotifications {
  readonly notifications: Notifications;
  /** Where mails go, for people; without secrets. */
  readonly description: string;
  close(): void;
}

/** Mails by the server that the settings name; without one they are only logged. */
export function openNotifications({ smtpUrl }: Settings, logger: Logger): OpenNotifications {
  if (smtpUrl === undefined) {
    return {
      notifications: new LogNotifications(logger),
      description: 'only logged, as no SMTP_URL is set',
      close: () => {},
    };
  }
  const notifications = new SmtpNotifications(smtpUrl);
  const { host } = new URL(smtpUrl);
  return { notifications, description: `by ${host}`, close: () => notifications.close() };
}
