import type { OpenNotifications } from '../../src/mail/open-notifications.ts';

export interface CollectedMail {
  readonly to: string;
  readonly subject: string;
}

/** Notifications that are kept instead of sent. */
export function collectMails(): OpenNotifications & { readonly mails: CollectedMail[] } {
  const mails: CollectedMail[] = [];
  return {
    mails,
    notifications: { send: async (to, subject) => void mails.push({ to, subject }) },
    description: 'kept',
    close: () => {},
  };
}
