import { firstNonFinite, isFloatingPoint, type RawTensor, tensorValues } from '@deephealth/sdk';
import { parseLossless, writeLossless } from '../../oip/lossless-json.js';
import { malformed, type OipInput, type OipReference, type OipRequest, type OipResult } from './oip-reference.js';

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

type Json = Record<string, unknown>;

/** Which outputs go behind the JSON as raw bytes. */
type WantsBinary = (output: string) => boolean;

/** The bodies of inference over HTTP: JSON, and the binary tensor data behind it. */
export class OipJson {
  readonly oip: OipReference;

  constructor(oip: OipReference) {
    this.oip = oip;
  }

  /** Throws what a request is refused for. */
  read(
    model: string,
    version: string,
    body: Buffer,
    headerLength: number | undefined,
  ): { readonly request: OipRequest; readonly wantsBinary: WantsBinary } {
    if (headerLength !== undefined && !(headerLength <= body.byteLength)) throw malformed('the header is too long');
    const json = this.parse(body.subarray(0, headerLength ?? body.byteLength).toString());
    const { id = '', inputs, outputs = [], parameters = {} } = json;
    if (!Array.isArray(inputs) || !Array.isArray(outputs)) throw malformed('"inputs" must be a list');
    let at = headerLength ?? body.byteLength;
    const request: OipRequest = {
      model,
      version,
      id: String(id),
      inputs: inputs.map((input: Json) => {
        const size = (input.parameters as Json | undefined)?.binary_data_size;
        if (typeof size !== 'number') return this.readInput(input);
        const data = body.subarray(at, at + size);
        at += size;
        const shape = (input.shape as unknown[]).map(String);
        return { name: String(input.name), datatype: String(input.datatype), shape, data: this.binaryInput(data) };
      }),
      outputs: outputs.map((output: Json) => {
        const classes = (output.parameters as Json | undefined)?.classification;
        return { name: String(output.name), ...(typeof classes === 'number' && { classes }) };
      }),
    };
    if (at !== body.byteLength) throw malformed('bytes are left');
    const isDefault = (parameters as Json).binary_data_output === true;
    const choices = new Map(
      outputs.map((output: Json) => [output.name, (output.parameters as Json | undefined)?.binary_data]),
    );
    return { request, wantsBinary: (name) => (choices.get(name) ?? isDefault) === true };
  }

  binaryInput(data: Uint8Array): Uint8Array {
    return data;
  }

  /** What has no path or no such method here. */
  notOffered(status: 404 | 405): HttpReply {
    const body = JSON.stringify({ error: status === 404 ? 'there is no such path' : 'inference is a POST' });
    return { status, headers: { 'content-type': 'application/json' }, body };
  }

  parse(text: string): Json {
    try {
      return parseLossless(text) as Json;
    } catch {
      throw malformed('the body is no JSON');
    }
  }

  readInput({ name, datatype, shape, data }: Json): OipInput {
    if (!Array.isArray(data) || !Array.isArray(shape)) throw malformed('an input needs "shape" and "data"');
    const extents = shape.map(String);
    const values = data.flat(Number.POSITIVE_INFINITY) as (number | bigint | string | boolean)[];
    return {
      name: String(name),
      datatype: String(datatype),
      shape: extents,
      data: this.oip.fromElements(String(name), String(datatype), extents, values),
    };
  }

  write({ id, model, version, outputs }: OipResult, wantsBinary: WantsBinary): HttpReply {
    const binary = outputs.filter(({ name }) => wantsBinary(name));
    const json = this.text({
      ...(id !== '' && { id }),
      model_name: model,
      model_version: version,
      outputs: outputs.map((output) => ({
        name: output.name,
        datatype: output.dataType,
        shape: output.shape,
        ...(binary.includes(output)
          ? { parameters: { binary_data_size: output.data.byteLength } }
          : { data: this.elements(output) }),
      })),
    });
    if (binary.length === 0) return { status: 200, headers: { 'content-type': 'application/json' }, body: json };
    const length = Buffer.byteLength(json);
    return {
      status: 200,
      headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(length) },
      body: Buffer.concat([Buffer.from(json), ...binary.map(({ data }) => data)]),
    };
  }

  text(answer: Json): string {
    return writeLossless(answer);
  }

  elements(tensor: RawTensor): unknown[] {
    const { dataType, data } = tensor;
    if (isFloatingPoint(dataType)) this.checkFinite(tensor);
    return tensorValues({ ...tensor, data }).map((one) =>
      one instanceof Uint8Array ? Buffer.from(one).toString() : one,
    );
  }

  checkFinite({ dataType, data }: RawTensor): void {
    if (dataType !== 'FP32' && dataType !== 'FP64') throw malformed('JSON has no halves');
    if (firstNonFinite(dataType, data) >= 0) throw malformed('JSON has no NaN and no infinity');
  }
}
