// A service in a process of its own, to be killed: submits one run under a key, tells of every change, and ends with it.
import { readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalBackend, createRunService } from '@deephealth/adapter-piaf';

const [root, steps] = process.argv.slice(2);
const service = await createRunService({
  packages: [join(root, 'models', 'risk-model', '1.0.0')],
  stateFolder: join(root, 'state'),
  backend: createLocalBackend({ cores: 2 }),
  program: [process.execPath, steps],
  uidKeyFile: join(root, 'uid-key'),
});
let isOver = false;
const tell = (run) => {
  const last = run.tasks.map(({ name, state }) => `${name} ${state}`);
  // At once: who reads this may kill us in the middle of the next sentence.
  writeSync(1, `${last.join('\n')}${last.length > 0 ? '\n' : ''}run ${run.state} ${run.progress}\n`);
  if (run.endedAt === undefined || isOver) return;
  isOver = true;
  setImmediate(() => service.close().then(() => process.exit(0)));
};
service.onChange(tell);
const upload = await service.createUpload('ward');
for (const [index, age] of JSON.parse(readFileSync(join(root, 'ages.json'), 'utf8')).entries()) {
  await upload.add(`${index}.json`, Buffer.from(JSON.stringify({ age })));
}
const run = await service.submit({
  ...{ tenant: 'ward', face: 'command', chain: 'risk-model/1.0.0/risk', parameters: {}, request: {}, upload },
  inputs: upload.names.map((path) => ({ kind: 'attachment', path })),
  idempotencyKey: 'once',
});
tell(service.get('ward', run.runId));
