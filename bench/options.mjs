import { parseArgs } from 'node:util';

export const USAGE = `npm run bench -- [options]

Measures the bars of this project on this machine and says which are met.

  --json            one JSON line per bar on standard output; progress is on standard error
  --only <prefix>   only bars whose id starts so; may be given several times
  --list            the bars with their bounds, and nothing is measured
  --write           writes what was measured to docs/benchmarks.md
  --write-to <file> writes it to another page, such as docs/benchmarks-trust.md of a part of the bars
  --quick           fewer and shorter rounds, for a first look; its figures are no result
  --client wire     small unary bars with a client that costs a fifth of grpc-js's (default: grpc-js)
  --check           exit code 1 if a bar is not met
  --help            this text

Exit code 0 if every bar was measured or skipped with a reason, whatever its value.
`;

const CLIENTS = ['grpc-js', 'wire'];

/** The options of the command line. Throws if one is unknown. */
export function parseOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      'write-to': { type: 'string' },
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      client: { type: 'string', default: 'grpc-js' },
      help: { type: 'boolean', default: false },
    },
  });
  if (!CLIENTS.includes(values.client)) throw new Error(`--client must be one of: ${CLIENTS.join(', ')}`);
  return values;
}
