/** Signals that ask a program to end in order. */
const endSignals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** The same signal within this time is the same request, in milliseconds. */
const SAME_REQUEST_MS = 250;

/**
 * Calls `asked` each time somebody asks this process to end. Ctrl-C in a terminal goes to every process of
 * the foreground group, and npm sends it on to its child once more: that is one request. A second Ctrl-C by
 * a person comes later than that and is a second one.
 *
 * @param {(signal: NodeJS.Signals) => void} asked
 * @returns {() => void} Lets signals do again what they do by themselves.
 */
export function onEndSignal(asked) {
  /** @type {Map<NodeJS.Signals, number>} */
  const lastSeen = new Map();
  for (const signal of endSignals) {
    process.on(signal, () => {
      const now = Date.now();
      const before = lastSeen.get(signal) ?? 0;
      lastSeen.set(signal, now);
      if (now - before > SAME_REQUEST_MS) asked(signal);
    });
  }
  return () => {
    for (const name of endSignals) process.removeAllListeners(name);
  };
}
