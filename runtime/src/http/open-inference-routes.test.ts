import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type HttpFixture, startFixture } from './testing/http-fixture.js';

let http: HttpFixture;
beforeAll(async () => {
  http = await startFixture();
});
afterAll(() => http.stop());
beforeEach(() => {
  http.fake.isReady = true;
  http.fake.otherRequests.length = 0;
});

const get = async (path: string) => {
  const { status, json } = await http.send(path);
  return [status, json()];
};
const post = async (path: string, body: object | string = '') => {
  const { status, json } = await http.send(path, { body: typeof body === 'string' ? body : JSON.stringify(body) });
  return [status, json()];
};

describe('health', () => {
  it('is 200 with JSON while the server lives and is ready', async () => {
    expect(await get('/v2/health/live')).toEqual([200, { live: true }]);
    expect(await get('/v2/health/ready')).toEqual([200, { ready: true }]);
    expect(await get('/v2/models/identity/ready')).toEqual([200, { name: 'identity', ready: true }]);
    expect(await get('/v2/models/identity/versions/1.2.0/ready')).toEqual([200, { name: 'identity', ready: true }]);
  });

  it('is 503 while the server is not ready, and still live', async () => {
    http.fake.isReady = false;
    expect(await get('/v2/health/live')).toEqual([200, { live: true }]);
    expect(await get('/v2/health/ready')).toEqual([503, { ready: false }]);
    expect(await get('/v2/models/identity/ready')).toEqual([503, { name: 'identity', ready: false }]);
  });

  it('is 404 for a model or version that is not there', async () => {
    expect(await get('/v2/models/other/ready')).toEqual([
      404,
      { error: expect.stringMatching(/unknown model: 'other'/) },
    ]);
    expect((await get('/v2/models/identity/versions/9.9/ready'))[0]).toBe(404);
  });

  it('answers HEAD without a body', async () => {
    const { status, body } = await http.send('/v2/health/ready', { method: 'HEAD' });
    expect([status, body.length]).toEqual([200, 0]);
  });
});

describe('metadata', () => {
  it('of server and model has the form of the protocol', async () => {
    expect(await get('/v2')).toEqual([200, { name: 'fake', version: '0.0.1', extensions: ['binary_tensor_data'] }]);
    const metadata = {
      name: 'identity',
      versions: ['1.2.0'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
      outputs: [{ name: 'out_x', datatype: 'FP32', shape: [-1, 2] }],
    };
    expect(await get('/v2/models/identity')).toEqual([200, metadata]);
    expect(await get('/v2/models/identity/versions/1.2.0')).toEqual([200, metadata]);
    expect((await get('/v2/models/identity/versions/2.0.0'))[0]).toBe(404);
  });

  it('of the configuration has defaults, numbers of 64 bits and no unset messages', async () => {
    const { body, status } = await http.send('/v2/models/identity/config');
    expect(status).toBe(200);
    expect(body.toString()).toContain('"dims":[-1,9007199254740993]');
    expect(JSON.parse(body.toString())).toMatchObject({
      name: 'identity',
      max_batch_size: 0,
      input: [{ data_type: 'TYPE_FP32', format: 'FORMAT_NONE', is_shape_tensor: false }],
      output: [],
      version_policy: { latest: { num_versions: 1 } },
      dynamic_batching: {
        max_queue_delay_microseconds: 100,
        priority_queue_policy: { 1: { timeout_action: 'REJECT', max_queue_size: 4 } },
      },
    });
    expect(body.toString()).not.toMatch(/null|choice/i);
  });

  it.each(['/v2/models/stats', '/v2/models/identity/stats', '/v2/models/identity/versions/1.2.0/stats'])(
    'of statistics comes from %s',
    async (path) => {
      const { body } = await http.send(path);
      expect(body.toString()).toContain('"success":{"count":3,"ns":9007199254740993}');
      expect(JSON.parse(body.toString()).model_stats).toEqual([
        expect.objectContaining({
          name: 'identity',
          version: '1.2.0',
          inference_count: 3,
          execution_count: 0,
          batch_stats: [],
        }),
      ]);
      // A key of a map is a name, not a field.
      expect(JSON.parse(body.toString()).model_stats[0].response_stats).toHaveProperty('inferCount');
    },
  );
});

describe('repository', () => {
  it('lists models, all or only those that are ready', async () => {
    const models = [{ name: 'identity', version: '1.2.0', state: 'READY', reason: '' }];
    expect(await post('/v2/repository/index')).toEqual([200, models]);
    expect(await post('/v2/repository/index', { ready: true })).toEqual([200, models]);
    expect(http.fake.otherRequests).toEqual([
      ['repositoryIndex', { repositoryName: '', ready: false }],
      ['repositoryIndex', { repositoryName: '', ready: true }],
    ]);
  });

  it('loads with parameters, files as bytes', async () => {
    const parameters = { config: '{}', 'file:1/model.onnx': 'AAFhYmM=', flag: true, count: 3 };
    expect(await post('/v2/repository/models/a%20b/load', { parameters })).toEqual([200, {}]);
    expect(http.fake.otherRequests).toEqual([
      [
        'repositoryModelLoad',
        {
          repositoryName: '',
          modelName: 'a b',
          parameters: {
            config: { stringParam: '{}', parameterChoice: 'stringParam' },
            'file:1/model.onnx': { bytesParam: Buffer.from('\0\x01abc'), parameterChoice: 'bytesParam' },
            flag: { boolParam: true, parameterChoice: 'boolParam' },
            count: { int64Param: '3', parameterChoice: 'int64Param' },
          },
        },
      ],
    ]);
  });

  it('unloads', async () => {
    expect(await post('/v2/repository/models/identity/unload', { parameters: { unload_dependents: true } })).toEqual([
      200,
      {},
    ]);
    expect(http.fake.otherRequests).toEqual([
      [
        'repositoryModelUnload',
        {
          repositoryName: '',
          modelName: 'identity',
          parameters: { unload_dependents: { boolParam: true, parameterChoice: 'boolParam' } },
        },
      ],
    ]);
  });

  it.each([
    { parameters: { 'file:x': 'no base64!' } },
    { parameters: { 'file:x': 'AAF' } },
    { parameters: { x: 1.5 } },
    { parameters: { x: null } },
    { parameters: [] },
    { params: {} },
    [],
  ])('refuses to load with %j', async (body) => {
    expect((await post('/v2/repository/models/identity/load', body))[0]).toBe(400);
    expect(http.fake.otherRequests).toEqual([]);
  });
});

describe('shared memory', () => {
  const region = { name: 'my_Region', key: '/key', offset: 0, byte_size: 9007199254740992 };

  it('of the system is listed, registered and unregistered', async () => {
    expect(await get('/v2/systemsharedmemory/status')).toEqual([200, [region]]);
    expect(await get('/v2/systemsharedmemory/region/r/status')).toEqual([200, [region]]);
    expect(await post('/v2/systemsharedmemory/region/r/register', { key: '/k', offset: 8, byte_size: 64 })).toEqual([
      200,
      {},
    ]);
    expect(await post('/v2/systemsharedmemory/region/r/register', { key: '/k', byte_size: 64 })).toEqual([200, {}]);
    expect(await post('/v2/systemsharedmemory/region/r/unregister')).toEqual([200, {}]);
    expect(await post('/v2/systemsharedmemory/unregister')).toEqual([200, {}]);
    expect(http.fake.otherRequests).toEqual([
      ['systemSharedMemoryStatus', { name: '' }],
      ['systemSharedMemoryStatus', { name: 'r' }],
      ['systemSharedMemoryRegister', { name: 'r', key: '/k', offset: '8', byteSize: '64' }],
      ['systemSharedMemoryRegister', { name: 'r', key: '/k', offset: '0', byteSize: '64' }],
      ['systemSharedMemoryUnregister', { name: 'r' }],
      ['systemSharedMemoryUnregister', { name: '' }],
    ]);
  });

  it.each([{ byte_size: 64 }, { key: '/k' }, { key: '/k', byte_size: -1 }, { key: 1, byte_size: 1 }, {}])(
    'is not registered by %j',
    async (body) => {
      expect((await post('/v2/systemsharedmemory/region/r/register', body))[0]).toBe(400);
      expect(http.fake.otherRequests).toEqual([]);
    },
  );

  it('of CUDA is not offered', async () => {
    expect((await get('/v2/cudasharedmemory/status'))[0]).toBe(501);
    expect((await get('/v2/cudasharedmemory/region/r/status'))[0]).toBe(501);
    expect((await post('/v2/cudasharedmemory/region/r/register', {}))[0]).toBe(501);
    expect((await post('/v2/cudasharedmemory/unregister'))[0]).toBe(501);
  });
});

describe('settings', () => {
  it('of tracing are shown and changed, for all models or one', async () => {
    const shown = { trace_level: ['OFF'], trace_rate: '1000' };
    expect(await get('/v2/trace/setting')).toEqual([200, shown]);
    const change = { trace_level: ['TIMESTAMPS', 'TENSORS'], trace_rate: 5, log_frequency: null };
    expect(await post('/v2/models/identity/trace/setting', change)).toEqual([200, shown]);
    expect(http.fake.otherRequests).toEqual([
      ['traceSetting', { settings: {}, modelName: '' }],
      [
        'traceSetting',
        {
          settings: {
            trace_level: { value: ['TIMESTAMPS', 'TENSORS'] },
            trace_rate: { value: ['5'] },
            log_frequency: { value: [] },
          },
          modelName: 'identity',
        },
      ],
    ]);
    expect((await post('/v2/trace/setting', { trace_level: [{}] }))[0]).toBe(400);
  });

  it('of the log are shown and changed', async () => {
    const shown = { log_info: true, log_verbose_level: 2, log_file: '' };
    expect(await get('/v2/logging')).toEqual([200, shown]);
    expect(await post('/v2/logging', { log_info: false, log_verbose_level: 1, log_format: 'default' })).toEqual([
      200,
      shown,
    ]);
    expect(http.fake.otherRequests[1]).toEqual([
      'logSettings',
      {
        settings: {
          log_info: { boolParam: false, parameterChoice: 'boolParam' },
          log_verbose_level: { uint32Param: 1, parameterChoice: 'uint32Param' },
          log_format: { stringParam: 'default', parameterChoice: 'stringParam' },
        },
      },
    ]);
    for (const value of [null, -1, 1.5, 2 ** 32, []]) expect((await post('/v2/logging', { x: value }))[0]).toBe(400);
  });
});

describe('paths', () => {
  it('that are unknown are 404', async () => {
    for (const path of ['/', '/v1/models', '/v2/', '/v2/models/identity/nothing', '/v2/models/a%2Fb/x']) {
      expect((await http.send(path)).status, path).toBe(404);
    }
  });

  it('with another method are 405 with the right ones', async () => {
    const { status, headers } = await http.send('/v2/models/identity/infer');
    expect([status, headers.allow]).toEqual([405, 'POST']);
    const other = await http.send('/v2/logging', { method: 'DELETE' });
    expect([other.status, other.headers.allow]).toEqual([405, 'GET, HEAD, POST']);
  });

  it('of generate are 404 and say what to use', async () => {
    for (const path of ['/v2/models/identity/generate', '/v2/models/identity/versions/1.2.0/generate_stream']) {
      expect(await post(path, {})).toEqual([404, { error: expect.stringContaining('/infer') }]);
    }
  });

  it('that cannot be decoded are 400', async () => {
    expect((await http.send('/v2/models/%ff')).status).toBe(400);
  });

  it('of metrics give what is rendered, in its own type', async () => {
    const { status, headers, body } = await http.send('/metrics');
    expect([status, headers['content-type'], body.toString()]).toEqual([200, 'text/plain', 'up 1\n']);
  });
});
