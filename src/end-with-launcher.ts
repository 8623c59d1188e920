/**
 * Loaded before the program by with-node.cjs (`node --import`): when the launcher dies without a chance to hand a signal
 * on (SIGKILL, out of memory), the channel between the two breaks and the program dies with it. Otherwise it would stay
 * behind unseen, and the next one would find its store held and its port taken. Runs survive any death.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// The channel alone is no reason to stay.
process.channel?.unref();
