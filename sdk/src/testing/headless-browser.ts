// A headless Chromium through its debugging pipe: no driver, no library, no open port.
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The path of a Chromium: DEEPHEALTH_CHROMIUM, or what the search path has. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const paths = [
    process.env.DEEPHEALTH_CHROMIUM ?? '',
    ...NAMES.flatMap((name) => folders.map((one) => join(one, name))),
  ];
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return path !== '';
    } catch {
      return false;
    }
  });
}

const KEYS = {
  Tab: { keyCode: 9, text: '' },
  Enter: { keyCode: 13, text: '\r' },
  Escape: { keyCode: 27, text: '' },
  ' ': { keyCode: 32, text: ' ' },
  ArrowDown: { keyCode: 40, text: '' },
  ArrowRight: { keyCode: 39, text: '' },
} as const;

export type PageKey = keyof typeof KEYS;

export interface Page {
  open(url: string): Promise<void>;
  /** Runs a JavaScript expression in the page and gives its value, promises awaited. */
  run<Value>(expression: string): Promise<Value>;
  /** Waits until an expression holds. Throws with what the page shows if it does not in time. */
  until(expression: string, timeoutMs?: number): Promise<void>;
  screenshot(): Promise<Buffer>;
  /** Sets the size of the window, in CSS pixels. */
  resize(width: number, height: number): Promise<void>;
  /** Sets media features, such as `prefers-color-scheme`. */
  prefer(features: Readonly<Record<string, string>>): Promise<void>;
  /** Presses a key as a person does: focus moves and buttons act. */
  press(key: PageKey, modifiers?: { readonly shift?: boolean }): Promise<void>;
  /** Types into what has the focus. */
  type(text: string): Promise<void>;
  /** Exceptions and errors that the page had, those of its console among them. */
  readonly errors: readonly string[];
  close(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** @param flags further ones for the browser */
export async function openPage(chromium: string, flags: readonly string[] = []): Promise<Page> {
  const profile = await mkdtemp(join(tmpdir(), 'deephealth-browser-'));
  const child = spawn(
    chromium,
    // Without its sandbox, since tests also run as root; it only ever sees pages of this repository.
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--remote-debugging-pipe',
      `--user-data-dir=${profile}`,
      '--window-size=1100,1400',
      ...flags,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  );
  const pipe = new DebuggingPipe(child);
  const { targetInfos } = (await pipe.send('Target.getTargets')) as {
    targetInfos: { targetId: string; type: string }[];
  };
  const targetId = targetInfos.find(({ type }) => type === 'page')?.targetId;
  const { sessionId } = (await pipe.send('Target.attachToTarget', { targetId, flatten: true })) as {
    sessionId: string;
  };
  const send = (method: string, params = {}) => pipe.send(method, params, sessionId);
  const errors: string[] = [];
  pipe.listen('Runtime.exceptionThrown', (params) => errors.push(JSON.stringify(params.exceptionDetails)));
  pipe.listen('Log.entryAdded', ({ entry }) => {
    const { level, text } = entry as { level: string; text: string };
    if (level === 'error') errors.push(text);
  });
  await Promise.all(['Page.enable', 'Runtime.enable', 'Log.enable'].map((method) => send(method)));

  const page: Page = {
    errors,
    async open(url) {
      const loaded = pipe.once('Page.loadEventFired');
      await send('Page.navigate', { url });
      await loaded;
    },
    async run(expression) {
      const answer = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
      if (answer.exceptionDetails !== undefined) throw new Error(JSON.stringify(answer.exceptionDetails));
      return (answer.result as { value: never }).value;
    },
    async until(expression, timeoutMs = 15_000) {
      // Looked at by the page itself, each time that it draws.
      const holds = await page.run<boolean>(
        `new Promise((resolve) => {
          const end = performance.now() + ${timeoutMs};
          const look = () => (${expression}) ? resolve(true) : performance.now() > end ? resolve(false) : setTimeout(look, 20);
          look();
        })`,
      );
      if (!holds)
        throw new Error(`Not in time: ${expression}. The page shows: ${await page.run('document.body.innerText')}`);
    },
    async screenshot() {
      const { data } = (await send('Page.captureScreenshot', { captureBeyondViewport: true })) as { data: string };
      return Buffer.from(data, 'base64');
    },
    async resize(width, height) {
      await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    },
    async prefer(features) {
      await send('Emulation.setEmulatedMedia', {
        features: Object.entries(features).map(([name, value]) => ({ name, value })),
      });
    },
    async press(key, { shift = false } = {}) {
      const { keyCode, text } = KEYS[key];
      const code = key === ' ' ? 'Space' : key;
      const event = { key, code, windowsVirtualKeyCode: keyCode, modifiers: shift ? 8 : 0 };
      await send('Input.dispatchKeyEvent', { ...event, type: text === '' ? 'rawKeyDown' : 'keyDown', text });
      await send('Input.dispatchKeyEvent', { ...event, type: 'keyUp' });
    },
    async type(text) {
      await send('Input.insertText', { text });
    },
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await pipe.send('Browser.close').catch(() => child.kill());
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return page;
}

/** Messages of the DevTools protocol, each ended by a zero byte. */
class DebuggingPipe {
  private readonly waiting = new Map<
    number,
    { resolve(result: Record<string, unknown>): void; reject(error: Error): void }
  >();
  private readonly listeners: { method: string; heard(params: Record<string, unknown>): void }[] = [];
  private readonly output: Writable;
  private lastId = 0;

  constructor(child: ChildProcess) {
    this.output = child.stdio[3] as Writable;
    let rest = '';
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\0');
      rest = parts.pop() ?? '';
      for (const part of parts) this.take(JSON.parse(part) as Message);
    });
    const fail = () => {
      for (const { reject } of this.waiting.values()) reject(new Error('The browser ended.'));
      this.waiting.clear();
    };
    child.once('exit', fail).once('error', fail);
    this.output.on('error', fail);
  }

  send(method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> {
    this.lastId += 1;
    const id = this.lastId;
    const answer = new Promise<Record<string, unknown>>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.output.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return answer;
  }

  listen(method: string, heard: (params: Record<string, unknown>) => void): void {
    this.listeners.push({ method, heard });
  }

  once(method: string): Promise<void> {
    return new Promise((resolve) => this.listen(method, () => resolve()));
  }

  private take({ id, method, params = {}, result = {}, error }: Message): void {
    if (id === undefined) {
      for (const listener of this.listeners) if (listener.method === method) listener.heard(params);
      return;
    }
    const waiter = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiter?.resolve(result);
    else waiter?.reject(new Error(error.message));
  }
}
