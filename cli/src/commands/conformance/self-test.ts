import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ADAPTER_MUTANTS,
  ADAPTER_VARIANTS,
  AdapterSharpness,
  atOnce,
  BENIGN_VARIANTS,
  type CaseResult,
  CDS_MUTANTS,
  CDS_VARIANTS,
  CdsSharpness,
  EXPRESSIF_MUTANTS,
  EXPRESSIF_VARIANTS,
  ExpressifSharpness,
  isMeasured,
  KILL_SECTIONS,
  killMatrix,
  loadCases,
  MUTANTS,
  NULL_ADAPTERS,
  NULL_CDS,
  NULL_EXPRESSIF,
  NULL_IMPLEMENTATIONS,
  NULL_PIAF,
  NULL_WSI,
  PIAF_MUTANTS,
  PIAF_VARIANTS,
  PiafSharpness,
  Sharpness,
  WSI_MUTANTS,
  WSI_VARIANTS,
  WsiSharpness,
} from '@deephealth/conformance';
import { Command } from 'commander';
import { EXIT } from '../../exit-codes.js';

export function createConformanceSelfTest(setExitCode: (code: number) => void): Command {
  return new Command('self-test')
    .description('Check the suite itself: what must pass passes, and every broken runtime is caught.')
    .option('--write <file>', 'write the kill matrix there, as Markdown')
    .action(async ({ write }: { write?: string }) => {
      const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
      try {
        const cases = loadCases();
        const sharpness = new Sharpness(cases, store);
        const faults = [
          ...(await referenceFaults(sharpness)),
          ...(await nullFaults(sharpness)),
          ...(await benignFaults(sharpness)),
        ];
        const ofPlatforms = [ADAPTER_MUTANTS, CDS_MUTANTS, WSI_MUTANTS, EXPRESSIF_MUTANTS, PIAF_MUTANTS];
        const counted = progressOf(ofPlatforms.reduce((sum, { length }) => sum + length, MUTANTS.length));
        const killings = await atOnce(
          MUTANTS,
          (mutant) => counted(sharpness.kill(mutant)),
          (mutant) => isMeasured(mutant, cases),
        );
        const adapters = new AdapterSharpness(cases, store);
        faults.push(...(await adapterFaults(adapters)));
        const ofAdapters = await atOnce(ADAPTER_MUTANTS, (mutant) => counted(adapters.kill(mutant)));
        const cds = new CdsSharpness(cases, store);
        faults.push(...(await cdsFaults(cds)));
        const ofCds = await atOnce(CDS_MUTANTS, (mutant) => counted(cds.kill(mutant)));
        const wsi = new WsiSharpness(cases, store);
        faults.push(...(await wsiFaults(wsi)));
        const ofSlides = await atOnce(WSI_MUTANTS, (mutant) => counted(wsi.kill(mutant)));
        const rules = new ExpressifSharpness(cases, store);
        faults.push(...(await ruleFaults(rules)));
        const ofRules = await atOnce(EXPRESSIF_MUTANTS, (mutant) => counted(rules.kill(mutant)));
        const chains = new PiafSharpness(cases, store);
        faults.push(...(await chainFaults(chains)));
        const ofChains = await atOnce(PIAF_MUTANTS, (mutant) => counted(chains.kill(mutant)));
        const sections = [
          { ...KILL_SECTIONS.adapters, killings: ofAdapters },
          { ...KILL_SECTIONS.cds, killings: ofCds },
          { ...KILL_SECTIONS.slides, killings: ofSlides },
          { ...KILL_SECTIONS.rules, killings: ofRules },
          { ...KILL_SECTIONS.chains, killings: ofChains },
        ];
        const all = [...killings, ...sections.flatMap((one) => one.killings)];
        for (const { mutant, survived } of all) {
          for (const id of survived) faults.push(`${id} does not kill ${mutant.id} (it ${mutant.title})`);
        }
        if (write !== undefined) writeFileSync(write, killMatrix(killings, sections));
        process.stdout.write(faults.map((fault) => `${fault}\n`).join(''));
        const killed = all.filter(({ killedBy, survived }) => killedBy.length > 0 && survived.length === 0);
        process.stdout.write(
          `${killed.length} of ${all.length} mutants killed; ${faults.length} faults of the suite\n`,
        );
        setExitCode(faults.length === 0 ? EXIT.ok : EXIT.refused);
        endSoon();
      } finally {
        rmSync(store, { recursive: true, force: true });
      }
    });
}

const PROGRESS_EVERY = 50;

/** Says on standard error how many of them are done. */
function progressOf(total: number): <T>(work: Promise<T>) => Promise<T> {
  let done = 0;
  return async (work) => {
    const result = await work;
    done += 1;
    if (done % PROGRESS_EVERY === 0) process.stderr.write(`${done} of ${total} mutants ...\n`);
    return result;
  };
}

/** Mutants run in this process, and some leave connections that nobody ends. */
function endSoon(): void {
  setTimeout(() => process.exit(), 2_000).unref();
}

async function referenceFaults(sharpness: Sharpness): Promise<string[]> {
  const results = await sharpness.reference();
  process.stdout.write(`the reference runtime: ${results.length} cases\n`);
  return results
    .filter(({ status }) => status !== 'pass')
    .map(({ id, parameters, detail }) => `the reference does not pass ${id} ${parameters}: ${detail}`);
}

async function adapterFaults(sharpness: AdapterSharpness): Promise<string[]> {
  const results = await sharpness.reference();
  process.stdout.write(`the reference adapter: ${results.length} cases\n`);
  const faults = results
    .filter(({ status }) => status !== 'pass')
    .map(({ id, parameters, detail }) => `the reference adapter does not pass ${id} ${parameters}: ${detail}`);
  for (const variant of ADAPTER_VARIANTS) {
    for (const { id, parameters, status, detail } of await sharpness.variant(variant)) {
      if (status !== 'pass')
        faults.push(`${variant.id} (it ${variant.title}) does not pass ${id} ${parameters}: ${detail}`);
    }
  }
  for (const adapter of NULL_ADAPTERS) {
    const judged = await sharpness.nothing(adapter);
    process.stdout.write(`${adapter.id}, which ${adapter.title}: ${judged.length} cases\n`);
    for (const { id, level, status } of judged) {
      if (level === 'MUST' && status === 'pass') faults.push(`${adapter.id} passes ${id}`);
    }
  }
  return faults;
}

async function cdsFaults(sharpness: CdsSharpness): Promise<string[]> {
  return serviceFaults('the reference service of CDS Hooks', sharpness, CDS_VARIANTS, NULL_CDS);
}

async function wsiFaults(sharpness: WsiSharpness): Promise<string[]> {
  return serviceFaults('the reference adapter for slides', sharpness, WSI_VARIANTS, NULL_WSI);
}

async function ruleFaults(sharpness: ExpressifSharpness): Promise<string[]> {
  return serviceFaults('the reference adapter for rule bases', sharpness, EXPRESSIF_VARIANTS, NULL_EXPRESSIF);
}

async function chainFaults(sharpness: PiafSharpness): Promise<string[]> {
  return serviceFaults('the reference service of processing chains', sharpness, PIAF_VARIANTS, NULL_PIAF);
}

interface ServiceSharpness<Variant, Nothing> {
  reference(): Promise<CaseResult[]>;
  variant(variant: Variant): Promise<CaseResult[]>;
  nothing(service: Nothing): Promise<CaseResult[]>;
}

async function serviceFaults<Variant extends { readonly id: string }, Nothing extends { readonly id: string }>(
  reference: string,
  sharpness: ServiceSharpness<Variant, Nothing>,
  variants: readonly Variant[],
  nulls: readonly Nothing[],
): Promise<string[]> {
  const results = await sharpness.reference();
  process.stdout.write(`${reference}: ${results.length} cases\n`);
  const notPassed = (who: string, some: readonly CaseResult[]) =>
    some
      .filter(({ status }) => status !== 'pass')
      .map(({ id, parameters, detail }) => `${who} does not pass ${id} ${parameters}: ${detail}`);
  const faults = notPassed(reference, results);
  for (const variant of variants) faults.push(...notPassed(variant.id, await sharpness.variant(variant)));
  const nothing = await atOnce(nulls, (service) => sharpness.nothing(service));
  for (const [index, judged] of nothing.entries()) {
    const { id } = nulls[index] as Nothing;
    process.stdout.write(`${id}: ${judged.length} cases\n`);
    for (const one of judged) {
      if (one.level === 'MUST' && one.status === 'pass') faults.push(`${id} passes ${one.id}`);
    }
  }
  return faults;
}

async function nullFaults(sharpness: Sharpness): Promise<string[]> {
  const faults: string[] = [];
  for (const implementation of NULL_IMPLEMENTATIONS) {
    const results = await sharpness.nothing(implementation);
    process.stdout.write(`${implementation.id}, which ${implementation.title}: ${results.length} cases\n`);
    for (const { id, level, status } of results) {
      if (level === 'MUST' && status === 'pass') faults.push(`${implementation.id} passes ${id}`);
    }
  }
  return faults;
}

/** What is right in another way than the reference must not be called wrong. */
async function benignFaults(sharpness: Sharpness): Promise<string[]> {
  const faults: string[] = [];
  const all = await atOnce(BENIGN_VARIANTS, async (variant) => ({
    variant,
    results: await sharpness.tolerate(variant),
  }));
  for (const { variant, results } of all) {
    process.stdout.write(`${variant.id}, which ${variant.title}: ${results.length} cases\n`);
    for (const { id, status, detail } of results) {
      if (status !== 'pass' && status !== 'notApplicable') faults.push(`${variant.id} does not pass ${id}: ${detail}`);
    }
  }
  return faults;
}
