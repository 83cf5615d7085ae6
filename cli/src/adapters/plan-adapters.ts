import { InvalidArgumentError } from 'commander';
import { ADAPTERS, type AdapterFlags } from './start-adapter.js';

export type AdapterName = (typeof ADAPTERS)[number];

/** As on the command line; undefined where a flag was not given. */
export interface AdapterSelection {
  readonly adapter?: readonly (AdapterName | 'all')[] | undefined;
  readonly adapterConfig?: readonly string[] | undefined;
  readonly adapterPort?: number | undefined;
  readonly adapterContractPort?: number | undefined;
}

const DEFAULT_PORT = 8081;
const HIGHEST_PORT = 65_535;
/** Its results are files; it is asked over the contract face alone. */
const WITHOUT_HTTP: AdapterName = 'digital-pathology';

/** For a flag that may be given several times. */
export function adapterOption(text: string, earlier: readonly (AdapterName | 'all')[] = []): (AdapterName | 'all')[] {
  const known: readonly string[] = [...ADAPTERS, 'all'];
  if (known.includes(text)) return [...earlier, text as AdapterName | 'all'];
  throw new InvalidArgumentError(`Allowed choices are ${known.join(', ')}.`);
}

/** Whether the flags ask for all adapters that a package has a binding for, whichever these are. */
export function asksForAll({ adapter = [] }: AdapterSelection): boolean {
  return adapter.includes('all');
}

/** Those that are named, each once, in the order of the command line. */
export function namedAdapters({ adapter = [] }: AdapterSelection): AdapterName[] {
  return [...new Set(adapter.flatMap((one) => (one === 'all' ? ADAPTERS : [one])))];
}

/**
 * What each adapter is started with. One is started as its flags say. Of several, each has a configuration of its own
 * (`name=file`), and ports count upwards from the first, in the order of the names.
 *
 * @throws InvalidArgumentError for a configuration of no adapter, or of none that is named, and for ports beyond the last
 */
export function planAdapters(names: readonly AdapterName[], selection: AdapterSelection): AdapterFlags[] {
  const { adapterPort, adapterContractPort } = selection;
  const configs = configsOf(names, selection);
  const isOne = names.length === 1;
  let http = 0;
  return names.map((adapter, index) => {
    const config = configs.get(adapter);
    const flags = { adapter, ...(config !== undefined && { adapterConfig: config }) };
    const contract = adapterContractPort === undefined ? undefined : upwards(adapterContractPort, index);
    const withContract = { ...flags, ...(contract !== undefined && { adapterContractPort: contract }) };
    if (adapter === WITHOUT_HTTP && !isOne) return withContract;
    const port = adapterPort === undefined ? undefined : upwards(adapterPort, http);
    const otherwise = isOne ? undefined : upwards(DEFAULT_PORT, http);
    http++;
    return {
      ...withContract,
      ...(port !== undefined && { adapterPort: port }),
      ...(otherwise !== undefined && { defaultPort: otherwise }),
    };
  });
}

function configsOf(names: readonly AdapterName[], { adapterConfig = [] }: AdapterSelection): Map<AdapterName, string> {
  const configs = new Map<AdapterName, string>();
  for (const text of adapterConfig) {
    const [, prefix = '', file = ''] = /^([a-z-]+)=(.+)$/s.exec(text) ?? [];
    const isNamed = (ADAPTERS as readonly string[]).includes(prefix);
    if (!isNamed && names.length !== 1) {
      throw new InvalidArgumentError('Of several adapters, say whose configuration it is: --adapter-config piaf=file.');
    }
    const name = isNamed ? (prefix as AdapterName) : (names[0] as AdapterName);
    if (!names.includes(name)) throw new InvalidArgumentError(`--adapter-config is of ${name}, which is not served.`);
    if (configs.has(name)) throw new InvalidArgumentError(`--adapter-config is given twice for ${name}.`);
    configs.set(name, isNamed ? file : text);
  }
  return configs;
}

/** The port so many after the first; a free one stays one. */
function upwards(first: number, count: number): number {
  const port = first === 0 ? 0 : first + count;
  if (port <= HIGHEST_PORT) return port;
  throw new InvalidArgumentError(`${count + 1} ports from ${first} upwards end beyond ${HIGHEST_PORT}.`);
}
