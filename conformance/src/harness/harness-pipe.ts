import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { HarnessError } from './harness.js';
import { type CommandName, type HarnessAnswer, type HarnessCommand, parseAnswer } from './harness-protocol.js';

/** Longest line that an answer may be; the longest that makes sense has some hundred bytes. */
const MAX_LINE_BYTES = 64 * 1024;
const SHOWN_CHARACTERS = 120;
/** What a program has written just before its end may be read just after it. */
const LAST_WORDS_MS = 200;
const isWindows = process.platform === 'win32';

interface Question {
  readonly id: number;
  readonly command: CommandName;
  resolve(answer: HarnessAnswer): void;
  reject(error: HarnessError): void;
}

/**
 * Commands to a program on its standard input, answers on its standard output, one at a time. Whatever
 * it does but answer is its failure: then it is ended, with all that it has started.
 */
export class HarnessPipe {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #question: Question | undefined;
  #asked = 0;
  #lines = 0;
  #rest = '';
  #lastLog = '';
  #isEnding = false;
  #failure: HarnessError | undefined;

  constructor(command: readonly [program: string, ...rest: string[]]) {
    const [program, ...rest] = command;
    // A group of its own, so that a runtime that it leaves behind can be ended, too.
    this.#child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'], detached: !isWindows });
    process.once('exit', this.#kill);
    const { stdin, stdout, stderr } = this.#child;
    stdin?.on('error', () => undefined);
    stdout?.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    if (stderr !== null) createInterface({ input: stderr }).on('line', (line) => this.#log(line));
    this.#exited = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#fail(`"${program}" could not be started: ${error.message}`);
        resolve(undefined);
      });
      this.#child.on('exit', (code, signal) => {
        process.off('exit', this.#kill);
        void this.#onExit(signal ?? code).then(resolve);
      });
    });
  }

  get failure(): HarnessError | undefined {
    return this.#failure;
  }

  /** Rejects with a HarnessError: also for a command that the harness says it could not carry out. */
  async ask(order: HarnessCommand, limitMs: number): Promise<HarnessAnswer> {
    if (this.#failure !== undefined) throw this.#failure;
    const { command } = order;
    const id = ++this.#asked;
    const answered = new Promise<HarnessAnswer>((resolve, reject) => {
      this.#question = { id, command, resolve, reject };
    });
    this.#child.stdin?.write(`${JSON.stringify({ id, ...order })}\n`);
    const timer = setTimeout(() => this.#fail(`no answer to "${command}" within ${limitMs} ms`), limitMs);
    try {
      const answer = await answered;
      if (answer.error !== undefined) throw new HarnessError(`"${command}" failed: ${answer.error.message}`);
      return answer;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes its input, which tells it to end; ends it if it does not within the limit. */
  async end(limitMs: number): Promise<void> {
    this.#isEnding = true;
    this.#child.stdin?.end();
    const limit = new AbortController();
    await Promise.race([this.#exited, delay(limitMs, undefined, { signal: limit.signal }).catch(() => undefined)]);
    limit.abort();
    this.#kill();
    await this.#exited;
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#answer(line);
    if (this.#rest.length > MAX_LINE_BYTES) {
      this.#fail(`line ${this.#lines + 1} of its standard output has more than ${MAX_LINE_BYTES} characters`);
    }
  }

  #answer(line: string): void {
    this.#lines += 1;
    if (this.#failure !== undefined) return;
    const question = this.#question;
    const said = `line ${this.#lines} of its standard output, ${JSON.stringify(line.slice(0, SHOWN_CHARACTERS))},`;
    const answer = parseAnswer(line);
    if ('problem' in answer) {
      this.#fail(`${said} is no answer (${answer.problem}). Logs belong on standard error`);
    } else if (question === undefined) {
      this.#fail(`${said} answers nothing: no command waits`);
    } else if (answer.id !== question.id) {
      this.#fail(`${said} answers ${answer.id}, and "${question.command}" has the id ${question.id}`);
    } else {
      this.#question = undefined;
      question.resolve(answer);
    }
  }

  #log(line: string): void {
    if (line.trim() !== '') this.#lastLog = line.trim().slice(0, SHOWN_CHARACTERS);
  }

  async #onExit(how: string | number | null): Promise<void> {
    const { stdout } = this.#child;
    if (stdout?.closed === false) await Promise.race([once(stdout, 'close'), delay(LAST_WORDS_MS)]);
    if (this.#isEnding) return;
    const when = this.#question === undefined ? '' : ` before it had answered "${this.#question.command}"`;
    this.#fail(`it ended (${how})${when}`);
  }

  #fail(problem: string): void {
    if (this.#failure !== undefined) return;
    const log = this.#lastLog === '' ? '' : `. It last logged: ${this.#lastLog}`;
    this.#failure = new HarnessError(`${problem}${log}`);
    this.#question?.reject(this.#failure);
    this.#question = undefined;
    this.#kill();
  }

  readonly #kill = (): void => {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(isWindows ? pid : -pid, 'SIGKILL');
    } catch {
      // Nobody of the group is left.
    }
  };
}
