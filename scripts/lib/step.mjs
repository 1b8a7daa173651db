/**
 * Does one step of a longer command, says so before and how it went after.
 *
 * @param {string} title
 * @param {() => Promise<number>} work Resolves with an exit code.
 * @returns {Promise<boolean>} Whether it went well.
 */
export async function step(title, work) {
  console.error(`\n▸ ${title}`);
  const started = Date.now();
  const code = await work();
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.error(code === 0 ? `✓ ${title} (${seconds} s)` : `✗ ${title}: exit code ${code}`);
  return code === 0;
}
