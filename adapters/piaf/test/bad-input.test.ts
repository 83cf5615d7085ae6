import { existsSync } from 'node:fs';
import { DeepHealthError } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { attachment, CHAIN, file, type Part, PROCESS, runParts, servedFaces } from './served-faces.js';

const STUDIES = { studies: [file('a.dcm')] };
const A = attachment('a.dcm');
const OPTIONS = { roots: [{ name: 'archive', folder: '/srv/archive' }] };
const EXECUTION = `/ogc/processes/${PROCESS}/execution`;
const PNG = { value: Buffer.from('png').toString('base64'), mediaType: 'image/png' };

describe('bad input of WES', () => {
  it('is refused for names of attachments that leave their folder or are none', async () => {
    const { form, double } = await servedFaces({}, { isTrusting: true });
    const names = [
      ...[
        '../a',
        '..',
        'a/../../b',
        '/etc/cron.d/x',
        '..\\a',
        'C:\\a',
        '%2e%2e/a',
        'a%00b',
        'a\0b',
        'a.',
        'a..',
        'a /b',
      ],
      ...[
        'x'.repeat(300),
        `${'d/'.repeat(40)}a`,
        './a',
        'a//b',
        '',
        '\u202ea',
        'con:x',
        '~/../a',
        'file:///etc/passwd',
      ],
    ];
    for (const name of names) {
      const answer = await form([...runParts({ studies: [file(name)] }), attachment(name)]);
      expect([answer.status, answer.body.code], JSON.stringify(name)).toEqual([400, 'DH_CHAIN_REQUEST_INVALID']);
      expect(answer.text).not.toMatch(/cron|passwd/);
    }
    expect(existsSync('/etc/cron.d/x')).toBe(false);
    expect(double.uploads.every(({ fate, files }) => fate === 'discarded' && files.size === 0)).toBe(true);
    expect(double.runs).toEqual([]);
  });

  it('is refused for a second file of the same name, on any file system', async () => {
    const { form, double } = await servedFaces({}, { isTrusting: true });
    for (const [first, second] of [
      ['a', 'a'],
      ['a', 'A'],
      ['a', 'a/b'],
      ['a/b', 'a'],
      ['\u00e9', 'e\u0301'],
    ] as const) {
      const answer = await form([attachment(first), attachment(second), ...runParts(STUDIES)]);
      expect([answer.status, answer.body.details.attachment], `${first} ${second}`).toEqual([400, '2']);
    }
    expect(double.uploads.map(({ fate }) => fate)).toEqual(Array(5).fill('discarded'));
  });

  it('is refused with the field that is wrong', async () => {
    const { form, double } = await servedFaces(OPTIONS);
    const study = (more: object) => ({ studies: [{ class: 'File', location: 'a.dcm', ...more }] });
    const wrong: readonly (readonly [string, unknown, Record<string, string | undefined>?])[] = [
      ['workflow_type', STUDIES, { workflow_type: 'WDL' }],
      ['workflow_type', STUDIES, { workflow_type: undefined }],
      ['workflow_type_version', STUDIES, { workflow_type_version: 'v1.0' }],
      ['workflow_type_version', STUDIES, { workflow_type_version: '' }],
      ['workflow_url', STUDIES, { workflow_url: undefined }],
      ['workflow_url', STUDIES, { workflow_url: 'a.dcm' }],
      ['workflow_url', STUDIES, { workflow_url: 'a.dcm#main' }],
      ['workflow_url', STUDIES, { workflow_url: `https://evil.example/chains/${CHAIN}/workflow.cwl` }],
      ['workflow_url', STUDIES, { workflow_url: `http://127.0.0.1:1/chains/${CHAIN}/workflow.cwl` }],
      ['workflow_url', STUDIES, { workflow_url: `${CHAIN}#other` }],
      ['workflow_url', STUDIES, { workflow_url: 'xray-findings/1.2.0/none' }],
      ['workflow_url', STUDIES, { workflow_url: '../../etc/passwd' }],
      ['workflow_engine', STUDIES, { workflow_engine: 'toil' }],
      ['workflow_engine', STUDIES, { workflow_engine_version: '0.1.0' }],
      ['workflow_engine_version', STUDIES, { workflow_engine: 'deephealth', workflow_engine_version: '9' }],
      ['workflow_engine_parameters', STUDIES, { workflow_engine_parameters: '{"--no-container": "1"}' }],
      ['workflow_engine_parameters', STUDIES, { workflow_engine_parameters: '[]' }],
      ['tags', STUDIES, { tags: '{"a": 1}' }],
      ['tags', STUDIES, { tags: '{' }],
      ['tags', STUDIES, { tags: JSON.stringify({ a: 'x'.repeat(2000) }) }],
      ['tags', STUDIES, { tags: JSON.stringify(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [i, '']))) }],
      ['workflow_params', '{"studies": [', {}],
      ['workflow_params', '[]'],
      ['workflow_params', 'null'],
      ['workflow_params', '', {}],
      ['workflow_params.studies', {}],
      ['workflow_params.studies', { studies: [] }],
      ['workflow_params.studies', { studies: file('a.dcm') }],
      ['workflow_params.studies', { studies: Array(100_001).fill(0) }],
      ['workflow_params.studies[0]', { studies: ['a.dcm'] }],
      ['workflow_params.studies[0]', { studies: [null] }],
      ['workflow_params.studies[0]', study({ secondaryFiles: [] })],
      ['workflow_params.studies[0]', study({ path: 'a.dcm' })],
      ['workflow_params.studies[0]', study({ location: undefined })],
      ['workflow_params.studies[0].class', study({ class: 'file' })],
      ['workflow_params.studies[0].class', study({ class: 'Directory' })],
      ['workflow_params.studies[0].location', study({ location: 'b.dcm' })],
      ['workflow_params.studies[0].location', study({ location: 'http://example.org/a.dcm' })],
      ['workflow_params.studies[0].location', study({ location: 'file:///etc/passwd' })],
      ['workflow_params.studies[0].location', study({ location: 'root:other/a' })],
      ['workflow_params.studies[0].location', study({ location: 7 })],
      ['workflow_params.studies[0].checksum', study({ checksum: `md5$${'a'.repeat(32)}` })],
      ['workflow_params.studies[0].checksum', study({ checksum: `sha1$${'a'.repeat(39)}` })],
      ['workflow_params.studies[0].checksum', study({ checksum: `sha256$${'A'.repeat(64)}` })],
      ['workflow_params.studies[0].checksum', study({ checksum: `sha1$${'a'.repeat(40)}\n` })],
      ['workflow_params.studies[0].checksum', study({ checksum: 5 })],
      ['workflow_params.package', { ...STUDIES, package: { class: 'Directory', location: 'x' } }],
      ['workflow_attachment', { studies: [file('root:archive/a.dcm')] }],
      ['parameters', { ...STUDIES, unknown: 1 }],
      ['parameters', { ...STUDIES, highlight: 'yes' }],
      ['parameters', `{"studies": [{"class": "File", "location": "a.dcm"}], "__proto__": {"x": 1}}`],
    ];
    for (const [field, params, changed] of wrong) {
      const answer = await form([...runParts(params, changed), A]);
      const what = `${field} ${JSON.stringify(params).slice(0, 100)} ${JSON.stringify(changed)}`;
      expect([answer.status, answer.body.status_code, answer.body.details.field], what).toEqual([400, 400, field]);
      expect(answer.text, what).not.toMatch(/passwd|evil/);
    }
    expect(double.runs).toEqual([]);
    expect(new Set(double.uploads.map(({ fate }) => fate))).toEqual(new Set(['discarded']));
  });

  it('takes a workflow that came along for what it is not', async () => {
    const { form } = await servedFaces();
    const answer = await form([
      ...runParts(STUDIES, { workflow_url: 'workflow.cwl' }),
      ...[A, attachment('workflow.cwl', 'cwlVersion: v1.2')],
    ]);
    expect(answer.body).toMatchObject({ status_code: 400, code: 'DH_WORKFLOW_UNSUPPORTED' });
  });

  it('is refused for forms that are none', async () => {
    const { form, send, double } = await servedFaces();
    const twice: Part = { name: 'workflow_type', content: 'CWL' };
    const more: readonly (readonly [string, readonly Part[]])[] = [
      ['DH_CHAIN_REQUEST_INVALID', [...runParts(STUDIES), A, twice]],
      ['DH_CHAIN_REQUEST_INVALID', [...runParts(STUDIES), A, { name: 'other', content: '' }]],
      ['DH_CHAIN_REQUEST_INVALID', [...runParts(STUDIES), A, { name: 'other', fileName: 'x', content: '' }]],
      ['DH_CHAIN_REQUEST_INVALID', [A, { name: 'workflow_attachment', content: 'no file name' }]],
      ['DH_CHAIN_REQUEST_INVALID', []],
    ];
    for (const [code, parts] of more) expect((await form(parts)).body.code).toBe(code);
    const type = (value: string) => ({ headers: { 'content-type': value } });
    const multi = 'multipart/form-data; boundary=the-boundary';
    const bodies = [
      [type('multipart/form-data'), 'x', 400],
      [type(multi), 'x', 400],
      [type(multi), '--the-boundary\r\nContent-Disposition: form-data; name="tags"\r\n\r\n{', 400],
      [type(multi), '', 400],
      [type('application/json'), '{}', 415],
      [type('text/plain'), 'x', 415],
      [type('application/x-www-form-urlencoded'), 'workflow_type=CWL&workflow_type=CWL', 400],
      [type('application/x-www-form-urlencoded'), 'workflow_attachment=a', 400],
    ] as const;
    for (const [init, body, status] of bodies) {
      const answer = await send('POST', '/ga4gh/wes/v1/runs', { ...init, body });
      expect([answer.status, answer.body.status_code], `${init.headers['content-type']} ${body}`).toEqual([
        status,
        status,
      ]);
    }
    expect(double.runs).toEqual([]);
  });

  it('is refused for what is too much, and nothing of it is kept', async () => {
    const limits = { maxUploadBytes: 100_000, maxDocumentBytes: 20_000, maxFiles: 5 };
    const { form, send, double } = await servedFaces({ limits }, { maxUploadBytes: 50_000 });
    const big = 'x'.repeat(30_000);
    const many = Array.from({ length: 6 }, (_, index) => attachment(`a${index}.dcm`));
    const requests: readonly (readonly Part[])[] = [
      [...runParts({ ...STUDIES, unknown: big }), A],
      [...runParts(STUDIES).map((part) => ({ ...part, fileName: 'f' })), { name: 'tags', fileName: 'f', content: big }],
      [...runParts(STUDIES), ...many],
      [...runParts(STUDIES), attachment('a.dcm', 'x'.repeat(60_000))],
      [
        ...runParts(STUDIES),
        attachment('a.dcm', big),
        attachment('b.dcm', big),
        attachment('c.dcm', big),
        attachment('d.dcm', big),
      ],
    ];
    for (const [index, parts] of requests.entries()) {
      const answer = await form(parts);
      expect([answer.status, answer.body.code], String(index)).toEqual([413, 'DH_MESSAGE_TOO_LARGE']);
    }
    const plain = await send('POST', '/ga4gh/wes/v1/runs', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `tags=${big}`,
    });
    expect([plain.status, plain.body.status_code]).toEqual([413, 413]);
    // Without a length, it is found out on the way.
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(
          Buffer.from(
            '--the-boundary\r\nContent-Disposition: form-data; name="workflow_attachment"; filename="a"\r\n\r\n',
          ),
        );
        for (let index = 0; index < 5; index++) controller.enqueue(Buffer.alloc(30_000));
        controller.close();
      },
    });
    const headers = { 'content-type': 'multipart/form-data; boundary=the-boundary' };
    const init = { headers, body: stream, duplex: 'half' } as RequestInit;
    const unlimited = await servedFaces({ limits });
    expect((await unlimited.send('POST', '/ga4gh/wes/v1/runs', init)).status).toBe(413);
    expect(unlimited.double.uploads.every(({ fate }) => fate === 'discarded')).toBe(true);
    expect(double.uploads.every(({ fate, files }) => fate === 'discarded' && files.size === 0)).toBe(true);
  });

  it('is refused for keys of idempotency that are none', async () => {
    const { form, json } = await servedFaces();
    for (const key of ['a b', 'x'.repeat(256), 'é']) {
      const headers = { 'idempotency-key': key };
      expect((await form([...runParts(STUDIES), A], headers)).body.details, key).toEqual({ field: 'idempotency-key' });
      expect((await json('POST', EXECUTION, { inputs: { studies: [PNG] } }, headers)).status, key).toBe(400);
    }
  });

  it('says when a tenant may come again', async () => {
    const { form, json, double } = await servedFaces({}, { maxRuns: 1 });
    const send = () => form([...runParts(STUDIES), A]);
    expect((await send()).status).toBe(200);
    const full = await send();
    expect([full.status, full.body.code, full.headers.get('retry-after')]).toEqual([
      429,
      'DH_RUN_QUOTA_EXCEEDED',
      '30',
    ]);
    double.failNext('submit', new DeepHealthError('DH_QUEUE_FULL', 'The queue is full.', { retryAfterMs: 1500 }));
    const queue = await json('POST', EXECUTION, { inputs: { studies: [PNG] } });
    expect([queue.status, queue.body.type, queue.headers.get('retry-after')]).toEqual([429, 'about:blank', '2']);
    await double.close();
    expect((await send()).status).toBe(503);
    expect(double.uploads.map(({ fate }) => fate)).toEqual(['taken', ...Array(3).fill('discarded')]);
  });
});

describe('bad input of OGC', () => {
  it('is refused with the field that is wrong', async () => {
    const { json, double } = await servedFaces({ ...OPTIONS, callbackHosts: ['hooks.example.org'] });
    const study = (more: object) => ({ inputs: { studies: [{ ...PNG, ...more }] } });
    const asking = (more: object) => ({ inputs: { studies: [PNG] }, ...more });
    const wrong: readonly (readonly [string, unknown])[] = [
      ['body', []],
      ['body', 'text'],
      ['*', asking({ other: 1 })],
      ['response', asking({ response: 'raw' })],
      ['mode', asking({ mode: 'sync' })],
      ['inputs', { inputs: [] }],
      ['inputs.studies', { inputs: {} }],
      ['inputs.studies', { inputs: { studies: [] } }],
      ['inputs.studies[0]', { inputs: { studies: 'abc' } }],
      ['inputs.studies[0]', { inputs: { studies: [{}] } }],
      ['inputs.studies[0].*', study({ other: 1 })],
      ['inputs.studies[0].mediaType', study({ mediaType: 'text/html' })],
      ['inputs.studies[0].mediaType', study({ mediaType: undefined })],
      ['inputs.studies[0].encoding', study({ encoding: 'hex' })],
      ['inputs.studies[0].value', study({ value: 'a b' })],
      ['inputs.studies[0].value', study({ value: 'abc' })],
      ['inputs.studies[0].value', study({ value: 7 })],
      ['inputs.studies[0].value', study({ value: '' })],
      ['inputs.studies[0].href', { inputs: { studies: [{ href: 'http://example.org/a' }] } }],
      ['inputs.studies[0].href', { inputs: { studies: [{ href: 'a.dcm' }] } }],
      ['inputs.studies[0].href', { inputs: { studies: [{ href: 'file:///etc/passwd' }] } }],
      ['inputs.studies[0].href', { inputs: { studies: [{ href: 'root:archive/../a' }] } }],
      ['inputs.studies[0].*', { inputs: { studies: [{ href: 'root:archive/a', method: 'POST' }] } }],
      ['outputs', asking({ outputs: [] })],
      ['outputs', asking({ outputs: { scores: { transmissionMode: 'value' } } })],
      ['outputs', asking({ outputs: { secrets: {} } })],
      ['outputs', asking({ outputs: { constructor: {} } })],
      ['subscriber', asking({ subscriber: 'https://hooks.example.org/' })],
      ['subscriber.*', asking({ subscriber: { other: 'https://hooks.example.org/' } })],
      ['parameters', { inputs: { studies: [PNG], unknown: 1 } }],
    ];
    for (const [field, document] of wrong) {
      const { status, body, text } = await json('POST', EXECUTION, document);
      expect([status, body.status, body.details?.field], JSON.stringify(document)).toEqual([400, 400, field]);
      expect(text).not.toContain('passwd');
    }
    expect(double.runs).toEqual([]);
    expect(double.uploads.every(({ fate }) => fate === 'discarded')).toBe(true);
  });

  it('is refused for hosts of callbacks that are not listed', async () => {
    const { json, double } = await servedFaces({ callbackHosts: ['hooks.example.org'] });
    for (const uri of [
      'http://127.0.0.1/',
      'https://hooks.example.org@127.0.0.1/',
      'http://[::ffff:7f00:1]/',
      'http://2130706433/',
      'https://evil.example/',
    ]) {
      for (const member of ['successUri', 'inProgressUri', 'failedUri']) {
        const { status, body, text } = await json('POST', EXECUTION, {
          inputs: { studies: [PNG] },
          subscriber: { [member]: uri },
        });
        expect([status, body.code, body.details.field], uri).toEqual([
          403,
          'DH_CALLBACK_REFUSED',
          `subscriber.${member}`,
        ]);
        expect(text).not.toContain('evil');
      }
    }
    expect(double.runs).toEqual([]);
    expect(double.uploads).toEqual([]);
  });

  it('is refused for bodies that are none', async () => {
    const { send, json } = await servedFaces({ limits: { maxDocumentBytes: 1000 } });
    const post = (body: string, type = 'application/json') =>
      send('POST', EXECUTION, { headers: { 'content-type': type }, body });
    for (const body of ['{', '', 'nul', '\ufeff', '{"inputs": 1e999']) {
      const answer = await post(body);
      expect([answer.status, answer.headers.get('content-type')], body).toEqual([
        400,
        expect.stringMatching(/^application.problem.json/),
      ]);
    }
    expect((await post('x'.repeat(2000))).status).toBe(413);
    expect((await post('<a/>', 'application/xml')).status).toBe(415);
    expect((await post('a=b', 'application/x-www-form-urlencoded')).status).toBe(400);
    const missing = await json('POST', '/ogc/processes/none/execution', {});
    expect([missing.status, missing.body.type]).toEqual([404, expect.stringContaining('no-such-process')]);
    const job = await json('GET', '/ogc/jobs/none');
    expect([job.status, job.body.type]).toEqual([404, expect.stringContaining('no-such-job')]);
  });
});
