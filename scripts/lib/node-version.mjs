/**
 * Says whether a version of Node can run Tidings: 20 from 20.19, or anything from 22.12. Those are
 * the versions in which an ES module can also be loaded by `require`.
 *
 * @param {string} version Such as `v20.19.0`.
 * @returns {boolean}
 */
export function isSupportedNode(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
}

/** Ends the process with a plain message when this Node is too old. */
export function requireSupportedNode() {
  if (isSupportedNode(process.version)) return;
  console.error(
    `Tidings needs Node 20.19 or newer of 20, or 22.12 or newer; this is ${process.version}.\n` +
      'Install a newer one from https://nodejs.org and run the same command again.',
  );
  process.exit(1);
}
