// HAPI FHIR, with its validator, as the server of a hospital: what the CDS service reads from it and writes to it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectEqual, expectTrue } from './check-report.mjs';
import { writeCdsModels } from './hapi-fhir-models.mjs';
import { errorsOf, HapiClient, startHapi } from './hapi-fhir-server.mjs';
import { goldenPatients, HALF_WIDTH, serveCds } from './hapi-fhir-service.mjs';
import { wrongResources } from './hapi-fhir-wrong.mjs';
import { serveModels } from './served-runtime.mjs';

const HEART_SERVICE = 'heart-disease-patient-view';
const WRITTEN_TYPES = ['Device', 'DocumentReference', 'RiskAssessment', 'Observation', 'Provenance', 'AuditEvent'];

export async function runHapiFhirChecks(command, { root, name, scratch }, report) {
  const check = (sentence, run) => report.check(name, sentence, run);
  const models = writeCdsModels(root, join(scratch, 'hapi-models'));
  const patients = goldenPatients(models.heart);
  const ends = [];
  let hapi;
  try {
    const runtime = await serveModels(root, ['--models', join(scratch, 'hapi-models')]);
    ends.push(() => runtime.stop(runtime.models.length));
    hapi = await startHapi(command);
    const fhir = new HapiClient(hapi.baseUrl);
    const stateFolder = join(scratch, 'hapi-state');
    const service = await serveCds({
      models,
      address: runtime.address,
      fhir,
      fhirServer: hapi.baseUrl,
      stateFolder,
      patients,
    });
    ends.unshift(service.stop);
    await checkAll({ check, fhir, service, patients, models });
  } finally {
    for (const end of ends) await end();
    if (hapi !== undefined) {
      const code = await hapi.stop();
      await check('ends when its input ends', () => expectEqual('exit code', code, 0));
    }
  }
}

async function checkAll({ check, fhir, service, patients, models }) {
  await check('takes the records of the patients', async () => {
    for (const { resources } of patients) for (const one of resources) await fhir.put(one);
  });

  const shown = [];
  await check('is read by the service, which makes cards of what it finds there', async () => {
    for (const { id } of patients) {
      const requestId = await service.call(HEART_SERVICE, id);
      if (requestId !== undefined) shown.push({ id, requestId });
    }
    expectTrue('some of the patients have a card', shown.length > 0);
  });

  await check('takes the result of every card, and finds one for each request', async () => {
    await service.settled();
    if (service.told().includes('refused')) {
      const { resource } = await fhir.ask('POST', '', service.transaction(shown[0].requestId));
      expectEqual('errors', errorsOf(resource), []);
    }
    expectEqual('told', service.told(), new Array(shown.length).fill('written'));
    for (const { id, requestId } of shown) {
      const subjects = (await fhir.search(service.queryOf('RiskAssessment', requestId))).map(({ subject }) => subject);
      expectEqual('subjects', subjects, [{ reference: `Patient/${id}` }]);
    }
  });

  const [first] = shown;
  await check('has one result after a second call with the same values, found by its identifier', async () => {
    const count = (await fhir.search('RiskAssessment')).length;
    await service.call(HEART_SERVICE, first.id);
    await service.settled();
    expectEqual('told', service.told().at(-1), 'known');
    const { url, ifNoneExist } = service.sent(first.requestId)[2].request;
    expectEqual('found', (await fhir.search(`${url}?${ifNoneExist}`)).length, 1);
    expectEqual('results', (await fhir.search('RiskAssessment')).length, count);
  });

  await check('takes the same transaction again without a second result, model or card', async () => {
    const counts = async () => {
      const types = ['RiskAssessment', 'Device', 'DocumentReference'];
      return Promise.all(types.map(async (type) => (await fhir.search(type)).length));
    };
    const before = await counts();
    const { status } = await fhir.ask('POST', '', service.transaction(first.requestId));
    expectEqual('status and counts', [status, await counts()], [200, before]);
  });

  await check('gives every resource back as it was sent', async () => {
    for (const { requestId } of shown) await expectKept(fhir, service.sent(requestId));
  });

  await check('keeps the label that software has asserted it, and what the card showed', async () => {
    for (const { requestId } of shown) {
      const [result] = await fhir.search(service.queryOf('RiskAssessment', requestId));
      expectEqual(
        'labels',
        result.meta.security.map(({ code }) => code),
        ['AIAST'],
      );
      const { label, probability } = service.finding(requestId);
      const { probabilityRange } = result.prediction.find(({ outcome }) => outcome.text === label);
      expectEqual(
        'percent',
        [probabilityRange.low.value, probabilityRange.high.value],
        Array(2).fill(probability * 100),
      );
    }
  });

  await check(
    'says by Provenance which Device made which result, of which versions of what, with which card',
    async () => {
      for (const { requestId } of shown) {
        const [result] = await fhir.search(service.queryOf('RiskAssessment', requestId));
        const [provenance] = await fhir.search(`Provenance?target=RiskAssessment/${result.id}`);
        const device = await fhir.read(provenance.agent[0].who.reference);
        expectEqual('performer', result.performer, { reference: `Device/${device.id}` });
        const manifest = JSON.parse(readFileSync(join(models.heart, 'model.json'), 'utf8'));
        expectEqual('model', [device.modelNumber, device.version[0].value], [manifest.name, manifest.version]);
        const used = async (role) =>
          Promise.all(
            provenance.entity.filter((one) => one.role === role).map(({ what }) => fhir.read(what.reference)),
          );
        const sources = await used('source');
        expectEqual(
          'sources',
          provenance.entity.slice(0, sources.length).map(({ what }) => what),
          result.basis,
        );
        expectTrue(
          'every source has a version',
          result.basis.every(({ reference }) => reference.includes('/_history/')),
        );
        const [card] = await used('derivation');
        const text = Buffer.from(card.content[0].attachment.data, 'base64').toString();
        expectEqual('model card', text, readFileSync(join(models.heart, 'MODEL_CARD.md'), 'utf8'));
      }
    },
  );

  await check('lists by its Device all that a model wrote', async () => {
    const [device] = await fhir.search('Device');
    const targets = (await fhir.search(`Provenance?agent=Device/${device.id}`)).map(
      ({ target }) => target[0].reference,
    );
    const results = (await fhir.search('RiskAssessment')).map(({ id }) => `RiskAssessment/${id}`);
    expectEqual('results', [...new Set(targets)].sort(), results.sort());
  });

  await check(
    'takes a regression as an Observation, with its unit, its interval and what it is derived from',
    async () => {
      const { observation, finding } = await regressionOf('pulse-pressure', { fhir, service, patients });
      const { value, unit, code, extension } = observation.valueQuantity;
      expectEqual('value', { value, unit, code }, { value: finding.value, unit: finding.unit, code: finding.unit });
      const { low, high } = extension[0].valueRange;
      expectEqual('interval', [low.value, high.value], [value - HALF_WIDTH, value + HALF_WIDTH]);
      expectEqual('derived from', observation.derivedFrom.length, 1);
      const source = await fhir.read(observation.derivedFrom[0].reference);
      expectEqual('patient', source.subject, observation.subject);
    },
  );

  await check('takes a regression of several numbers as components', async () => {
    const { observation } = await regressionOf('pressures', { fhir, service, patients });
    expectEqual(
      'components',
      observation.component.map(({ code }) => code.text),
      ['pulse', 'mean'],
    );
  });

  await check('takes every AuditEvent, of reading, searching, asking and writing, and gives it back', async () => {
    await service.settled();
    const sent = service.auditEvents();
    const kinds = new Set(sent.map(({ subtype }) => subtype[0].code));
    expectEqual('kinds', [...kinds].sort(), ['create', 'operation', 'read', 'search-type']);
    const inOrder = (events) => events.map((event) => JSON.stringify(sorted(event))).sort();
    const kept = (await fhir.search('AuditEvent')).map(withoutServersOwn);
    expectEqual('events', inOrder(kept), inOrder(sent));
  });

  const warnings = new Set();
  await check('finds no error in anything that was written', async () => {
    for (const type of WRITTEN_TYPES) {
      // The records of the patients are observations, too, but of no model.
      const written = (await fhir.search(type)).filter((one) => type !== 'Observation' || one.device !== undefined);
      expectTrue(`${type}: something was written`, written.length > 0);
      for (const one of written) {
        const { error, warning } = await fhir.problemsOf(one);
        expectEqual(`${type}/${one.id}`, error, []);
        // Which place of a list, and what follows in parentheses, is the same thing at greater length.
        for (const text of warning) warnings.add(text.replace(/\[\d+\]/g, '').replace(/ \(.*/s, ''));
      }
    }
  });
  for (const text of [...warnings].sort()) process.stderr.write(`        warning: ${text}\n`);

  for (const { what, resource, words } of await wrongResources(fhir)) {
    await check(`refuses ${what}`, async () => {
      const { status, resource: outcome } = await fhir.ask('POST', resource.resourceType, resource);
      expectTrue(`status ${status} is one of a refusal`, status >= 400 && status < 500);
      expectTrue(
        `${errorsOf(outcome)} speaks of it`,
        errorsOf(outcome).some((text) => words.test(text)),
      );
    });
  }

  await check('refuses a transaction with one wrong resource, and keeps nothing of it', async () => {
    const transaction = JSON.parse(
      // As of another result, so that it would be created.
      JSON.stringify(service.transaction(first.requestId)).replaceAll(/[0-9a-f]{64}/g, 'f'.repeat(64)),
    );
    const count = async () => (await fhir.search('Device')).length;
    const before = await count();
    const result = transaction.entry[2].resource;
    const { status } = await fhir.ask('POST', '', changed(transaction, { ...result, status: 'done' }));
    expectTrue(`status ${status} is one of a refusal`, status >= 400 && status < 500);
    expectEqual('devices', await count(), before);
    expectEqual('the same with the right status', (await fhir.ask('POST', '', transaction)).status, 200);
  });
}

const changed = ({ entry, ...bundle }, resource) => ({
  ...bundle,
  entry: entry.map((one, index) => (index === 2 ? { ...one, resource } : one)),
});

/** Calls the service for a patient; gives the Observation that it wrote, and the finding that it showed. */
async function regressionOf(serviceId, { fhir, service, patients }) {
  const requestId = await service.call(serviceId, patients[0].id);
  await service.settled();
  await expectKept(fhir, service.sent(requestId));
  const [observation, ...more] = await fhir.search(service.queryOf('Observation', requestId));
  expectEqual('more than one', more, []);
  return { observation, finding: service.finding(requestId) };
}

/** Each resource of a transaction as it is there now: what the server adds left out, its names put in. */
async function expectKept(fhir, entries) {
  const kept = [];
  for (const { fullUrl, resource, request } of entries) {
    const target = kept.find(({ fullUrl: url }) => url === resource.target?.[0].reference)?.reference;
    const query = request.ifNoneExist ?? `target=${target}`;
    const [found] = await fhir.search(`${request.url}?${query}`);
    expectTrue(`${request.url} is found by ${query}`, found !== undefined);
    kept.push({ fullUrl, sent: resource, found, reference: `${request.url}/${found.id}` });
  }
  const named = (resource) =>
    JSON.parse(
      kept.reduce((text, { fullUrl, reference }) => text.replaceAll(fullUrl, reference), JSON.stringify(resource)),
    );
  for (const { sent, found } of kept) expectEqual(sent.resourceType, withoutServersOwn(found), named(sent));
}

function withoutServersOwn({ id: _, meta = {}, ...resource }) {
  const { versionId: _version, lastUpdated: _updated, ...kept } = meta;
  return Object.keys(kept).length === 0 ? resource : { ...resource, meta: kept };
}

/** With keys in one order, to be compared as text. */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
