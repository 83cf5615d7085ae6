// Child side of the channel between the benchmark program and its processes.

/**
 * Answers each call of the parent with what the handler of its name gives or throws. Ends the
 * process when the parent has gone, so that nothing is left behind.
 *
 * @param {Record<string, (argument: any) => any>} handlers
 */
export function answerCalls(handlers) {
  process.on('message', async ({ id, name, argument }) => {
    let reply;
    try {
      reply = { id, result: await handlers[name](argument) };
    } catch (error) {
      reply = { id, error: { message: error.message, grpcCode: error.code } };
    }
    if (process.connected) process.send(reply);
  });
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C in a terminal reaches the whole group; the parent decides what ends when.
  process.on('SIGINT', () => undefined);
  process.send({ id: 0, result: 'started' });
}
