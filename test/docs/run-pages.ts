import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAsShown } from '../../scripts/docs/compare-output.mjs';
import { openSession } from '../../scripts/docs/page-session.mjs';
import { programOf } from '../../scripts/docs/program-block.mjs';
import { parseShellBlock } from '../../scripts/docs/shell-block.mjs';
import { BLOCKS, type Block, placeOf, ROOT } from './pages.js';

/** Several processes one after the other, on a machine that does other things. */
const BLOCK_LIMIT_MS = 240_000;

type Session = ReturnType<typeof openSession>;

/** The interop peer `docs_blocks` runs what takes long, and nothing else. */
const IS_PEER = process.env.DEEPHEALTH_DOCS_PEER === '1';

/** What a place leaves to others: the fresh clone is that of `npm run walk`. */
const isRun = ({ mark }: Block) =>
  mark?.kind === 'run' && mark.value !== 'clone' && (mark.options.by === 'peer') === IS_PEER;
const isWritten = ({ mark }: Block) => mark?.kind === 'checked' && mark.options.file !== undefined;

/** Output of a command that this place runs. */
function isOutput(block: Block): boolean {
  if (block.mark?.kind !== 'output') return false;
  const before = BLOCKS.slice(0, BLOCKS.indexOf(block)).findLast(({ mark }) => mark?.kind === 'run');
  return before?.page === block.page && isRun(before);
}

/** Runs the blocks of the pages that fit, each page in a folder of its own, in order. */
export function runPages(fits: (page: string) => boolean): void {
  const pages = [...new Set(BLOCKS.filter(isRun).map(({ page }) => page))].filter(fits);
  const shared = pages.some((page) => needsServer(page)) ? sharedServer() : undefined;
  describe.each(pages)('%s', (page) => runPage(page, shared));
}

const needsServer = (page: string) =>
  BLOCKS.some((block) => block.page === page && block.mark?.value === 'server' && isRun(block));

/** One server of all six sample models, for every page whose blocks only ask. */
function sharedServer(): { addresses: Record<string, string> } {
  const found = { addresses: {} as Record<string, string> };
  const session = openSession(ROOT);
  beforeAll(async () => {
    const models = 'heart-disease-risk ecg-beat chest-xray-pneumonia retina-vessels hippocampus-volume tissue-pixels';
    session.lay({ models });
    const { status, output } = await session.run('deephealth serve --models samples/models');
    expect(status, output).toBe(0);
    found.addresses = Object.fromEntries(
      ['8500', '8080'].map((port) => [port, session.atAddresses(`127.0.0.1:${port}`)]),
    );
  });
  afterAll(() => session.close());
  return found;
}

function runPage(page: string, shared: { addresses: Record<string, string> } | undefined): void {
  const sessions = new Map<string, Session>();
  const prepared = new Set<string>();
  let lastOutput = '';
  let isLacking = false;
  afterAll(async () => {
    for (const session of sessions.values()) await session.close();
  });

  /** The folder of a place; its first block prepares it. */
  const sessionOf = (place: string) => {
    let session = sessions.get(place);
    if (session === undefined) {
      session = openSession(ROOT, { shared: place === 'server' ? shared?.addresses : undefined });
      sessions.set(place, session);
    }
    return session;
  };

  const blocks = BLOCKS.filter((block) => block.page === page);
  for (const block of blocks.filter((one) => isRun(one) || isWritten(one) || isOutput(one))) {
    const { value = '', options = {} } = block.mark ?? {};
    if (isWritten(block)) {
      // The folder of the page: that of its first commands.
      const place = blocks.find(({ mark }) => mark?.kind === 'run')?.mark?.value ?? 'samples';
      it(`lays ${options.file}`, () => {
        const { folder } = sessionOf(place);
        writeFileSync(join(folder, options.file as string), `${atHome(block.text)}\n`);
      });
      continue;
    }
    if (isOutput(block)) {
      it(`line ${block.line} is what the command before prints`, () => expectShown(lastOutput, block.text));
      continue;
    }
    it(
      `line ${block.line} does what it says`,
      async (context) => {
        const session = sessionOf(value);
        const lacking = session.lay(options);
        isLacking ||= lacking !== undefined;
        context.skip(isLacking, `needs ${lacking ?? 'what a block before it lacks'}`);
        if (options.before !== undefined && !prepared.has(value)) {
          prepared.add(value);
          const { status, output } = await session.run(options.before);
          expect(status, output).toBe(0);
        }
        if (block.language === 'ts') writeFileSync(join(session.folder, 'program.mjs'), programOf(block.text, session));
        const commands =
          block.language === 'ts' ? [{ command: 'node program.mjs', output: undefined }] : parseShellBlock(block.text);
        expect(commands.length, 'commands').toBeGreaterThan(0);
        for (const [place, { command, output }] of commands.entries()) {
          const expected = place === commands.length - 1 ? Number(options.status ?? 0) : 0;
          const ended = await session.run(command, { cases: options.cases });
          expect(ended.status, `${command}\n${ended.output}`).toBe(expected);
          if (output !== undefined) expectShown(ended.output, output);
          lastOutput = ended.output;
        }
      },
      BLOCK_LIMIT_MS,
    );
  }
  if (blocks.length === 0) throw new Error(`${placeOf({ page } as Block)} has no blocks`);
}

function expectShown(printed: string, shown: string): void {
  // Both sides are in the message of one that differs.
  if (!isAsShown(printed, shown)) expect(printed).toBe(shown);
}

/** A hospital's address in a file is this machine, and its port a free one. */
const atHome = (text: string) => text.replaceAll('10.1.2.3', '127.0.0.1').replaceAll('8443', '0');
