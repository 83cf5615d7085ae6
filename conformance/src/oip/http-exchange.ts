import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { TargetFailure } from '../run/case-result.js';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpQuestion {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** Reuses its connections. */
  readonly agent?: Agent;
}

/**
 * One request on a connection of its own. Throws TargetFailure if no whole answer comes in time; what
 * the answer says is not looked at.
 */
export function httpExchange(origin: string, question: HttpQuestion, limitMs: number): Promise<HttpAnswer> {
  const { method, path, headers = {}, body, agent } = question;
  const isSecure = origin.startsWith('https:');
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new TargetFailure(`${method} ${path}: ${why}`));
    const sent = (isSecure ? secureRequest : request)(
      `${origin}${path}`,
      {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }) },
        ...(isSecure ? {} : { agent: agent ?? new Agent({ keepAlive: false }) }),
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => void parts.push(part));
        response.on('end', () => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) });
        });
        response.on('error', (error) => fail(`the answer broke off: ${error.message}`));
      },
    );
    const timer = setTimeout(() => {
      fail(`no answer within ${limitMs} ms`);
      sent.destroy();
    }, limitMs);
    sent.on('error', (error) => {
      clearTimeout(timer);
      fail(`no answer: ${error.message}`);
    });
    sent.end(body);
  });
}

/** The path of a model, or of a version of it. */
export function modelPath(name: string, version: string, end = ''): string {
  const versions = version === '' ? '' : `/versions/${encodeURIComponent(version)}`;
  return `/v2/models/${encodeURIComponent(name)}${versions}${end}`;
}
