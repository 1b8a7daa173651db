// Loaded before a program that was started with a channel to us: asks the program to end when we have ended
// without having done so, killed for example.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
