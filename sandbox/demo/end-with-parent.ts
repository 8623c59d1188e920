/**
 * Loaded into the bot's process before the program (`node --import`): when the demo dies without a chance to stop it
 * (SIGKILL, a closed terminal, a crash), the channel between the two breaks, and the bot ends as on SIGTERM instead of
 * staying behind with its ports and its store.
 */
const longestFarewellMs = 15_000;

process.once('disconnect', () => {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.exit(1), longestFarewellMs).unref();
});
// The channel alone is no reason to stay.
process.channel?.unref();
