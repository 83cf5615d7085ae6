// One page for each package of the contract: services, messages, fields, with their comments.
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import protobuf from 'protobufjs';
import { anchor, page, prose, table } from './markdown.mjs';

const PAGES = {
  'deephealth.runtime.v1': { name: 'contract-runtime', title: 'Contract: deephealth.runtime.v1' },
  'deephealth.adapter.v1': { name: 'contract-adapter', title: 'Contract: deephealth.adapter.v1' },
  inference: { name: 'contract-open-inference', title: 'Open Inference Protocol' },
  'google.rpc': { name: 'contract-errors', title: 'Details of errors: google.rpc' },
};

/** Text of each page by its name. */
export function renderContract(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.proto'))
    .map((file) => file.split(sep).join('/'))
    .sort();
  const root = new protobuf.Root();
  const parsed = files.map((file) => {
    const source = readFileSync(join(folder, file), 'utf8');
    // Each file alone first: only that keeps the order and the place of what it declares.
    const alone = new protobuf.Root();
    const options = { keepCase: true, alternateCommentMode: true };
    const { package: packageName } = protobuf.parse(source, alone, options);
    protobuf.parse(source, root, options);
    return { file, packageName, declared: alone.lookup(packageName).nestedArray };
  });
  const known = new Map(parsed.flatMap((one) => one.declared.flatMap((type) => namesOf(type, one.packageName))));
  return new Map(
    Object.entries(PAGES).map(([packageName, { name, title }]) => {
      const own = parsed.filter((one) => one.packageName === packageName);
      return [name, renderPackage(packageName, title, own, known)];
    }),
  );
}

function namesOf(type, packageName) {
  const full = type.fullName.slice(1);
  const below = type instanceof protobuf.Type ? type.nestedArray.flatMap((one) => namesOf(one, packageName)) : [];
  return [[full, { packageName, heading: full.slice(packageName.length + 1) }], ...below];
}

function renderPackage(packageName, title, files, known) {
  const sources = files.map(({ file }) => `\`proto/proto/${file}\``).join(', ');
  const intro =
    packageName.startsWith('deephealth') || packageName === 'inference'
      ? 'An introduction is in [contract.md](../contract.md).'
      : 'Which reasons there are is in [errors.md](../errors.md).';
  const sections = files.flatMap(({ declared }) => declared.map((type) => renderType(type, packageName, known)));
  return page(title, sources, intro) + sections.join('');
}

function renderType(type, packageName, known) {
  const heading = type.fullName.slice(packageName.length + 2);
  const head = `\n## ${heading}\n${comment(type)}`;
  if (type instanceof protobuf.Service) return head + renderMethods(type, packageName, known);
  if (type instanceof protobuf.Enum) return head + renderValues(type);
  const nested = type.nestedArray.map((one) => renderType(one, packageName, known));
  return head + renderFields(type, packageName, known) + nested.join('');
}

const words = (text) => (text ?? '').replace(/\s+/g, ' ').trim();
const REQUIREMENT = /\\\[(DH-R-\d{3})\\\]/g;
/** Prose in which a requirement leads to its place in the list of all. */
const said = (text) => prose(words(text)).replace(REQUIREMENT, (_, id) => `[${id}](requirements.md#${anchor(id)})`);
const comment = (type) => (type.comment === null ? '' : `\n${paragraphs(type.comment)}\n`);
/** Blank lines part paragraphs, and each requirement stands on a line of its own. */
const paragraphs = (text) =>
  text
    .split(/\n\s*\n|\n(?=\[DH-R-\d{3}\])/)
    .map((one) => said(one))
    .join('\n\n');

function renderMethods(service, packageName, known) {
  const rows = service.methodsArray.map((method) => [
    `\`${method.name}\``,
    `${method.requestStream ? 'stream of ' : ''}${link(method.requestType, service, packageName, known)}`,
    `${method.responseStream ? 'stream of ' : ''}${link(method.responseType, service, packageName, known)}`,
    said(method.comment),
  ]);
  return table(['call', 'takes', 'gives', 'meaning'], rows);
}

function renderValues(type) {
  const rows = Object.entries(type.values).map(([name, number]) => [
    `\`${name}\``,
    String(number),
    said(type.comments[name]),
  ]);
  return table(['value', 'number', 'meaning'], rows);
}

function renderFields(type, packageName, known) {
  if (type.fieldsArray.length === 0) return '\nNo fields.\n';
  const rows = type.fieldsArray.map((field) => [
    `\`${field.name}\``,
    String(field.id),
    kindOf(field, type, packageName, known),
    said(field.comment),
  ]);
  const oneofs = type.oneofsArray.filter((oneof) => !oneof.isProto3Optional && oneof.comment);
  const notes = oneofs.map((oneof) => `\n\`${oneof.name}\`: ${said(oneof.comment)}\n`);
  return table(['field', 'number', 'type', 'meaning'], rows) + notes.join('');
}

function kindOf(field, type, packageName, known) {
  const name = link(field.type, type, packageName, known);
  if (field instanceof protobuf.MapField) return `map of \`${field.keyType}\` to ${name}`;
  if (field.repeated) return `repeated ${name}`;
  if (field.options?.proto3_optional) return `optional ${name}`;
  return field.partOf === null ? name : `${name}, one of \`${field.partOf.name}\``;
}

/** A scalar is shown, a message leads to its section, wherever that is. */
function link(name, from, packageName, known) {
  const scopes = from.fullName.slice(1).split('.');
  for (let depth = scopes.length; depth >= 0; depth -= 1) {
    const full = [...scopes.slice(0, depth), name.replace(/^\./, '')].join('.');
    const found = known.get(full);
    if (found === undefined) continue;
    const place = found.packageName === packageName ? '' : `${PAGES[found.packageName].name}.md`;
    return `[${found.heading}](${place}#${anchor(found.heading)})`;
  }
  return `\`${name}\``;
}
