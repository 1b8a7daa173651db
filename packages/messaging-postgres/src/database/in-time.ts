/** Resolves when the work ends, well or not, or after so many milliseconds. Keeps no process alive. */
export async function endedOrLate(work: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
    timer.unref();
  });
  await Promise.race([Promise.allSettled([work]), late]);
  clearTimeout(timer);
}
