import type { Channel, ChannelModel } from 'amqplib';

/** How long a broker may take to say goodbye, in milliseconds: one that is blocked may never. */
const GOODBYE_MS = 2000;

/**
 * Closes a channel or connection. That it is closed already, or goes with its connection, or that the
 * broker does not answer, is no error.
 *
 * @param onSilence called when the broker did not answer in time
 */
export async function closeQuietly(
  closing: Channel | ChannelModel,
  onSilence: () => void = () => {},
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const gone = new Promise<void>((resolve) => {
    closing.once('close', () => resolve());
    timer = setTimeout(() => {
      onSilence();
      resolve();
    }, GOODBYE_MS);
  });
  try {
    await Promise.race([closing.close(), gone]);
  } catch {
    // It was closed already.
  } finally {
    clearTimeout(timer);
  }
}
