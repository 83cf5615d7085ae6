import { type ChainBinding, type ChainPackage, chainOf, readChainPackage } from '@deephealth/adapter-piaf';
import { type Command, InvalidArgumentError } from 'commander';

/** What {@link withChainOptions} adds. */
export interface ChainFlags {
  readonly package: string;
  readonly chain?: string;
}

/** Adds what says which chain a step is of. */
export function withChainOptions(command: Command): Command {
  return command
    .requiredOption('--package <folder>', 'package folder <name>/<version> with bindings/processing-chain.json')
    .option('--chain <label>', 'which of the chains of the package; default: the only one');
}

/** Reads the package and finds its chain. */
export async function chainFrom({
  package: folder,
  chain: label,
}: ChainFlags): Promise<{ package: ChainPackage; chain: ChainBinding }> {
  const found = await readChainPackage(folder);
  return { package: found, chain: chainOf(found, label) };
}

/** Collects `--param name=value`; whether the chain has it, and what it may be, is checked later. */
export function parameterOption(
  text: string,
  earlier: Readonly<Record<string, number | boolean>>,
): Record<string, number | boolean> {
  const [, name, value] = /^([A-Za-z]\w*)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Expected name=value.');
  if (Object.hasOwn(earlier, name)) throw new InvalidArgumentError(`"${name}" is given twice.`);
  if (value === 'true' || value === 'false') return { ...earlier, [name]: value === 'true' };
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) {
    throw new InvalidArgumentError(`Expected a number, true or false for "${name}".`);
  }
  return { ...earlier, [name]: number };
}
