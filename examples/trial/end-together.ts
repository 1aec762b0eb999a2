// Loaded before a program that an example starts: it ends with the example, however that one ends.
process.once('disconnect', () => process.exit());
// A program that has nothing more to do ends all the same.
process.channel?.unref();
