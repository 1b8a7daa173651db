import type { OpenNotifications } from '../../src/mail/open-notifications.ts';

export interface CollectedMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Notifications that are kept instead of sent. */
export function collectMails(): OpenNotifications & { readonly mails: CollectedMail[] } {
  const mails: CollectedMail[] = [];
  return {
    mails,
    notifications: { send: async (to, subject, text) => void mails.push({ to, subject, text }) },
    description: 'kept',
    close: () => {},
  };
}
