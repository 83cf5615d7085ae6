import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { type RequestOptions, request as secureRequest } from 'node:https';
import { TargetFailure } from '../run/case-result.js';
import type { TlsOptions } from '../targets/target-client.js';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpQuestion {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Buffer | string;
  /** Reuses its connections. */
  readonly agent?: Agent;
  /** Who is trusted, and who asks, where the origin is one of HTTPS. */
  readonly tls?: TlsOptions;
}

/**
 * One request on a connection of its own. Throws TargetFailure if no whole answer comes in time; what
 * the answer says is not looked at.
 */
export function httpExchange(origin: string, question: HttpQuestion, limitMs: number): Promise<HttpAnswer> {
  const { method, path, headers = {}, body, agent, tls } = question;
  const isSecure = origin.startsWith('https:');
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new TargetFailure(`${method} ${path}: ${why}`));
    const sent = (isSecure ? secureRequest : request)(
      `${origin}${path}`,
      {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }) },
        ...(isSecure ? secureOptions(tls) : { agent: agent ?? new Agent({ keepAlive: false }) }),
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

function secureOptions(tls: TlsOptions | undefined): RequestOptions {
  if (tls === undefined) return {};
  const { ca, certificate, key, name } = tls;
  return {
    // A connection of its own, which nothing that was asked before has opened.
    agent: false,
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
    ...(name !== undefined && { servername: name }),
  };
}

/** The path of a model, or of a version of it. */
export function modelPath(name: string, version: string, end = ''): string {
  const versions = version === '' ? '' : `/versions/${encodeURIComponent(version)}`;
  return `/v2/models/${encodeURIComponent(name)}${versions}${end}`;
}
