import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { auditFaults, ofShipped } from '../dependencies/audit-findings.mjs';
import {
  installedTextSha256,
  isAllowed,
  licenceFaults,
  lockedPackages,
  unnamedInstallScripts,
} from '../dependencies/licence-rules.mjs';
import { bundledPackages, pageParts, withBundled } from '../dependencies/page-parts.mjs';
import { missingFrom, modelParts, nativeParts, withParts } from '../dependencies/sbom-parts.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (...path: string[]) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));
const lock = read('package-lock.json');
const policy = read('dependencies', 'licences.json');
const bundled = bundledPackages(root);
const packages = withBundled(lockedPackages(lock), bundled);
const installed = lockedPackages(lock);
const planted = (licence: string | undefined, more: object = {}) => ({
  ...{ path: 'node_modules/planted', name: 'planted', version: '1.0.0', licence, isDevelopment: false },
  ...more,
});
const faultsOf = (one: ReturnType<typeof planted>) =>
  licenceFaults([...packages, one], policy, installedTextSha256(root));

describe('licences', () => {
  it('of every package that is locked are allowed, or excepted with a reason', () => {
    expect(packages.length).toBeGreaterThan(300);
    expect(licenceFaults(packages, policy, installedTextSha256(root))).toEqual([]);
  });

  it.each(['GPL-3.0-only', 'AGPL-3.0-or-later', 'MIT AND GPL-2.0-only', 'SSPL-1.0', 'UNLICENSED', undefined])(
    'of a planted package are seen: %s',
    (licence) => {
      expect(faultsOf(planted(licence))).toEqual([expect.stringMatching(/^planted 1\.0\.0, installed and shipped/)]);
    },
  );

  it('that only tools may have are refused where they are shipped', () => {
    expect(faultsOf(planted('MPL-2.0', { isDevelopment: true }))).toEqual([]);
    expect(faultsOf(planted('MPL-2.0'))).toHaveLength(1);
  });

  it('that are excepted are so for a package and the text that was read', () => {
    expect(faultsOf(planted('LGPL-3.0-or-later'))).toHaveLength(1);
    expect(licenceFaults(packages, policy, () => 'another')).toHaveLength(2);
    const unneeded = { package: 'gone', licence: 'GPL-3.0-only', reason: 'It was needed once.' };
    const more = { ...policy, exceptions: [...policy.exceptions, unneeded] };
    expect(licenceFaults(packages, more, installedTextSha256(root))).toEqual([expect.stringContaining('gone')]);
  });

  it('are read as SPDX writes them', () => {
    const allowed = new Set(['MIT', 'ISC']);
    const holds = ['MIT', '(MIT OR GPL-2.0-only)', 'GPL-2.0-only OR ISC', 'MIT AND ISC', '(MIT AND (X OR ISC))'];
    const fails = [
      'X',
      'MIT AND X',
      'X OR Y',
      'MIT WITH Y',
      '(MIT',
      'MIT)',
      '',
      'OR MIT',
      'MIT OR X AND',
      'SEE LICENSE',
    ];
    for (const one of holds) expect(isAllowed(one, allowed), one).toBe(true);
    for (const one of fails) expect(isAllowed(one, allowed), one).toBe(false);
  });
});

describe('what is built into the page of the console', () => {
  const names = bundled.map(({ name }) => name);

  it('is known, and counts as shipped though it is installed for development', () => {
    expect(names).toEqual(expect.arrayContaining(['preact', 'mdast-util-from-markdown', 'micromark']));
    expect(installed.find(({ name }) => name === 'preact')).toMatchObject({ isDevelopment: true });
    expect(packages.find(({ name }) => name === 'preact')).toMatchObject({ isDevelopment: false });
  });

  it('has a licence that is allowed where it ships', () => {
    const preact = packages.find(({ name }) => name === 'preact') as (typeof packages)[number];
    expect(faultsOf({ ...preact, licence: 'MPL-2.0' })).toEqual([expect.stringContaining('installed and shipped')]);
  });

  it('is what is locked', () => {
    expect(() => withBundled(installed, [...bundled, { name: 'preact', version: '0.0.1' }])).toThrow('preact 0.0.1');
    expect(() => bundledPackages(join(root, 'docs'))).toThrow('not built');
  });

  it('is in the bill of materials, with version, digest and licence', () => {
    const parts = pageParts(root, lock);
    expect(parts.map(({ name }) => name).sort()).toEqual([...new Set(names)].sort());
    for (const { hashes, licenses, version, purl } of parts) {
      expect(hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
      expect(licenses).toEqual([{ license: { id: expect.stringMatching(/^\w/) } }]);
      expect(purl).toContain(`@${version}`);
    }
  });
});

describe('install scripts', () => {
  it('are forbidden by name', () => {
    const { allowScripts } = read('package.json');
    expect(unnamedInstallScripts(lock, allowScripts)).toEqual([]);
    const { 'onnxruntime-node': _, ...others } = allowScripts;
    expect(unnamedInstallScripts(lock, others)).toEqual(['onnxruntime-node']);
  });

  it('of ONNX Runtime fetches nothing with the setting of ours, and nothing that it would fetch is needed', () => {
    const folder = join(root, 'node_modules', 'onnxruntime-node');
    // Whatever is asked for over the network is refused by the first line of a program of ours.
    const refuse = `for (const name of ['http', 'https', 'net', 'dns']) for (const call of ['request', 'get', 'connect', 'lookup'])
      if (require(name)[call]) require(name)[call] = () => { throw new Error('the network is asked'); };`;
    const run = (setting: string) =>
      execFileSync(process.execPath, ['-e', `${refuse} require('./script/install.js');`], {
        ...{ cwd: folder, encoding: 'utf8', stdio: 'pipe' },
        env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: setting },
      });
    expect(() => run('skip')).not.toThrow();
    expect(readFileSync(join(root, 'scripts', 'prepare.mjs'), 'utf8')).toContain("ONNXRUNTIME_NODE_INSTALL: 'skip'");
    expect(nativeParts(root).length).toBeGreaterThan(0);
  });
});

describe('the bill of materials', () => {
  /** As cyclonedx-npm writes it. */
  const bill = {
    metadata: { component: { 'bom-ref': 'deephealth-sdk@0.1.0' } },
    dependencies: [{ ref: 'deephealth-sdk@0.1.0', dependsOn: ['a'] }],
    components: installed
      .filter(({ isDevelopment }) => !isDevelopment)
      .map(({ name, version }) => {
        const [, group, rest] = /^(?:(@[^/]+)\/)?(.+)$/.exec(name) ?? [];
        return { type: 'library', ...(group && { group }), name: rest, version };
      }),
  };

  it('has every package that ships, or it is said which it has not', () => {
    expect(missingFrom(bill, lock)).toEqual([]);
    const without = { ...bill, components: bill.components.filter(({ name }) => name !== 'sharp') };
    expect(missingFrom(without, lock)).toEqual([expect.stringMatching(/^sharp \d/)]);
  });

  it('has the shared libraries of ONNX Runtime and every sample model, with what tells them from others', () => {
    const parts = [...nativeParts(root), ...pageParts(root, lock), ...modelParts(root)];
    const whole = withParts(bill, parts);
    const { version } = read('node_modules', 'onnxruntime-node', 'package.json');
    const runtime = whole.components.find(({ name }) => name === 'onnxruntime');
    expect(runtime).toMatchObject({
      version,
      hashes: [{ alg: 'SHA-256', content: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    });
    for (const part of modelParts(root)) {
      const { onnx } = read('samples', 'models', part.name, part.version, 'model.json');
      expect(part.hashes).toEqual([{ alg: 'SHA-256', content: onnx.sha256 }]);
      expect(part.licenses[0]?.license.name).toMatch(/\S/);
    }
    expect(modelParts(root)).toHaveLength(6);
    expect(whole.dependencies[0]?.dependsOn).toHaveLength(1 + parts.length);
    expect(whole.components.find(({ name }) => name === 'node-addon-api')).toMatchObject({
      properties: [{ name: 'deephealth:use', value: 'headers only' }],
    });
  });
});

describe('known advisories', () => {
  const url = 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc';
  const via = { name: 'planted', range: '<2', severity: 'high', title: 'It is wrong', url, source: 1 };
  const report = {
    auditReportVersion: 2,
    vulnerabilities: { planted: { via: [via] }, other: { via: ['planted'] } },
  };
  const explained = {
    advisory: 'GHSA-aaaa-bbbb-cccc',
    package: 'planted',
    reason: 'Never called.',
    until: '2027-01-31',
  };
  const faults = (more: object[], today = '2027-01-31') => auditFaults(report, more as (typeof explained)[], today);

  it('are faults unless they are explained, for as long as the explanation holds', () => {
    expect(faults([])).toEqual([expect.stringContaining('planted <2: high, It is wrong')]);
    expect(faults([explained])).toEqual([]);
    expect(faults([explained], '2027-02-01')).toEqual([expect.stringContaining('until 2027-01-31')]);
    expect(faults([{ ...explained, package: 'another' }])).toHaveLength(1);
    expect(faults([{ ...explained, reason: '' }])).toHaveLength(1);
    expect(faults([{ ...explained, until: 'never' }])).toHaveLength(1);
  });

  it('cannot be told from an answer that is no report', () => {
    for (const answer of [undefined, {}, { message: '405 Method Not Allowed' }]) {
      expect(auditFaults(answer as never, [], '2027-01-01')).toBeUndefined();
    }
  });

  it('count for what ships, the page of the console included, and not for tools', () => {
    const preact = packages.find(({ name }) => name === 'preact');
    const at = (path: string) => ({ ...report, vulnerabilities: { planted: { via: [via], nodes: [path] } } });
    const shipped = new Set(packages.filter(({ isDevelopment }) => !isDevelopment).map(({ path }) => path));
    const found = (path: string) => auditFaults(ofShipped(at(path), shipped) as object, [], '2027-01-31');
    expect(found(preact?.path as string)).toHaveLength(1);
    expect(found('node_modules/vitest')).toEqual([]);
    expect(ofShipped(undefined, shipped)).toBeUndefined();
  });

  it('are explained with a reason and a last day', () => {
    for (const one of read('dependencies', 'audit-explained.json')) {
      expect(one).toMatchObject({
        reason: expect.stringMatching(/\w/),
        until: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      });
    }
  });
});
