import { connect } from 'node:net';
import { type ChainServerOptions, startChainServer } from '@deephealth/adapter-piaf';
import {
  createRunServiceDouble,
  describeServedChain,
  type RunServiceDoubleOptions,
  servedChain,
} from '@deephealth/adapter-piaf/testing';
import { onTestFinished } from 'vitest';

export const CHAIN = 'xray-findings/1.2.0/chest';
export const PROCESS = 'xray-findings.1.2.0.chest';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: documents of any shape are looked at
  readonly body: any;
  readonly text: string;
}

/** A server with both faces over runs that do what the test says. */
export async function servedFaces(
  options: Partial<ChainServerOptions> = {},
  service: Partial<RunServiceDoubleOptions> = {},
) {
  const double = createRunServiceDouble({ chains: [servedChain(), servedChain('hand')], ...service });
  const errors: unknown[] = [];
  const server = await startChainServer({
    ...{ service: double, describeChain: describeServedChain, onError: (thrown) => errors.push(thrown) },
    ...options,
  });
  onTestFinished(() => server.close());
  const send = async (method: string, path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(`${server.url}${path}`, { method, redirect: 'manual', ...init });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  };
  const json = (method: string, path: string, document?: unknown, headers: Record<string, string> = {}) =>
    send(method, path, {
      headers: { ...(document === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(document === undefined ? {} : { body: JSON.stringify(document) }),
    });
  const form = (parts: readonly Part[], headers: Record<string, string> = {}) =>
    send('POST', '/ga4gh/wes/v1/runs', {
      headers: { 'content-type': 'multipart/form-data; boundary=the-boundary', ...headers },
      body: multipart(parts),
    });
  return { server, double, errors, send, json, form };
}

/** A part of a form; with a file name, it is a file. */
export interface Part {
  readonly name: string;
  readonly fileName?: string;
  readonly content: string | Buffer;
}

export function multipart(parts: readonly Part[]): Buffer {
  const pieces = parts.flatMap(({ name, fileName, content }) => {
    const file = fileName === undefined ? '' : `; filename="${fileName}"\r\nContent-Type: application/octet-stream`;
    return [
      Buffer.from(`--the-boundary\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ];
  });
  return Buffer.concat([...pieces, Buffer.from('--the-boundary--\r\n')]);
}

export const attachment = (fileName: string, content: string | Buffer = 'DICM'): Part => ({
  name: 'workflow_attachment',
  fileName,
  content,
});

/** The fields of a good request, with some of them changed, or left out where they are undefined. */
export function runParts(params: unknown, changed: Readonly<Record<string, string | undefined>> = {}): readonly Part[] {
  const fields: Record<string, string | undefined> = {
    workflow_params: typeof params === 'string' ? params : JSON.stringify(params),
    workflow_type: 'CWL',
    workflow_type_version: 'v1.2',
    workflow_url: CHAIN,
    ...changed,
  };
  return Object.entries(fields).flatMap(([name, content]) => (content === undefined ? [] : [{ name, content }]));
}

export const file = (location: string, more: object = {}) => ({ class: 'File', location, ...more });

/** What a server says to bytes as they stand, until it closes the connection. */
export function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.once('close', () => resolve(answer));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.write(text, 'latin1');
  });
}
