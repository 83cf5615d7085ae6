// A unary gRPC client that costs a fifth of grpc-js's, for --client wire: on a machine with few cores
// a server is otherwise measured by what its client leaves it. It writes prepared HTTP/2 frames and
// reads no headers; an answer without a message is a failure, without its reason.
import { once } from 'node:events';
import { connect } from 'node:net';

const FRAME = { data: 0, headers: 1, resetStream: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 };
const END_STREAM = 1;
const END_HEADERS = 4;
const ACK = 1;
const HEADER_BYTES = 9;
const GRPC_PREFIX_BYTES = 5;
const WINDOW_BYTES = 2 ** 30;
// Within the windows that every HTTP/2 peer has to open, so that they need no bookkeeping.
const MAX_REQUEST_BYTES = 512;
const NO_WINDOW_UPDATE_BELOW = WINDOW_BYTES / 2;

/** Opens a connection; its `makeUnaryRequest` takes what that of grpc-js takes. */
export async function connectWire(address) {
  const [host, port] = address.split(':');
  const socket = connect({ host, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  return new WireClient(socket, address);
}

class WireClient {
  #socket;
  #authority;
  #templates = new Map();
  #calls = new Map();
  #nextStream = 1;
  #received = Buffer.alloc(0);
  #consumed = 0;
  #unsent = [];

  constructor(socket, authority) {
    this.#socket = socket;
    this.#authority = authority;
    const settings = Buffer.alloc(12);
    // No header table for the peer's encoder (1), and large windows for streams (4).
    settings.writeUInt16BE(1, 0);
    settings.writeUInt16BE(4, 6);
    settings.writeUInt32BE(WINDOW_BYTES, 8);
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame(FRAME.settings, 0, 0, settings));
    socket.write(frame(FRAME.windowUpdate, 0, 0, uint32(WINDOW_BYTES)));
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error) => this.#failAll(error));
    socket.on('close', () => this.#failAll(new Error('the server closed the connection')));
  }

  /** Serialisers and settings are those of grpc-js and not used: messages are bytes, the deadline is fixed. */
  makeUnaryRequest(path, _serialize, _deserialize, bytes, _settings, callback) {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    const request = Buffer.from(this.#template(path, bytes));
    request.writeUInt32BE(stream, 5);
    request.writeUInt32BE(stream, request.length - bytes.length - GRPC_PREFIX_BYTES - 4);
    this.#calls.set(stream, { callback, message: undefined });
    // One write for all calls of a turn of the event loop, as busy clients send them.
    if (this.#unsent.push(request) === 1) setImmediate(() => this.#socket.write(Buffer.concat(this.#unsent.splice(0))));
  }

  close() {
    this.#socket.destroy();
  }

  /** HEADERS and DATA of a request, with a place for the stream's number. */
  #template(path, bytes) {
    const known = this.#templates.get(bytes);
    if (known !== undefined) return known;
    if (bytes.length > MAX_REQUEST_BYTES) throw new Error('--client wire is for small requests only');
    const fields = Buffer.concat([
      // :method POST and :scheme http are entries of the static table.
      Buffer.from([0x83, 0x86]),
      Buffer.concat([Buffer.from([0x04]), text(path)]),
      Buffer.concat([Buffer.from([0x01]), text(this.#authority)]),
      ...[
        ['te', 'trailers'],
        ['content-type', 'application/grpc'],
        ['grpc-timeout', '30S'],
      ].map(([name, value]) => Buffer.concat([Buffer.from([0x00]), text(name), text(value)])),
    ]);
    const message = Buffer.concat([Buffer.from([0]), uint32(bytes.length), bytes]);
    const template = Buffer.concat([
      frame(FRAME.headers, END_HEADERS, 0, fields),
      frame(FRAME.data, END_STREAM, 0, message),
    ]);
    this.#templates.set(bytes, template);
    return template;
  }

  #read(chunk) {
    const bytes = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    let offset = 0;
    while (bytes.length - offset >= HEADER_BYTES) {
      const end = offset + HEADER_BYTES + bytes.readUIntBE(offset, 3);
      if (end > bytes.length) break;
      this.#onFrame(
        bytes[offset + 3],
        bytes[offset + 4],
        bytes.readUInt32BE(offset + 5),
        bytes.subarray(offset + HEADER_BYTES, end),
      );
      offset = end;
    }
    this.#received = bytes.subarray(offset);
  }

  #onFrame(type, flags, stream, payload) {
    const call = this.#calls.get(stream);
    if (type === FRAME.settings && flags !== ACK) this.#socket.write(frame(FRAME.settings, ACK, 0, Buffer.alloc(0)));
    else if (type === FRAME.ping && flags !== ACK) this.#socket.write(frame(FRAME.ping, ACK, 0, payload));
    else if (type === FRAME.goAway) this.#failAll(new Error('the server sent GOAWAY'));
    else if (type === FRAME.resetStream) this.#end(stream, new Error('the server reset a stream'));
    else if (type === FRAME.data) {
      this.#consumed += payload.length;
      if (this.#consumed > NO_WINDOW_UPDATE_BELOW) {
        this.#socket.write(frame(FRAME.windowUpdate, 0, 0, uint32(this.#consumed)));
        this.#consumed = 0;
      }
      if (call !== undefined)
        call.message = call.message === undefined ? payload : Buffer.concat([call.message, payload]);
    }
    const isEnd = (type === FRAME.data || type === FRAME.headers) && (flags & END_STREAM) !== 0;
    if (isEnd) this.#end(stream, call?.message === undefined ? new Error('the server refused a call') : undefined);
  }

  #end(stream, error) {
    const call = this.#calls.get(stream);
    this.#calls.delete(stream);
    call?.callback(error ?? null, call.message?.subarray(GRPC_PREFIX_BYTES));
  }

  #failAll(error) {
    for (const stream of [...this.#calls.keys()]) this.#end(stream, error);
  }
}

function frame(type, flags, stream, payload) {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

function uint32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A header text as HPACK writes a short one without Huffman coding. */
function text(value) {
  const bytes = Buffer.from(value);
  if (bytes.length > 126) throw new Error('a header is too long for this client');
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}
