import { type HttpFace, type HttpFaceOptions, serveHttpFace } from './http-face.js';
import { type ContractFace, type ContractFaceOptions, serveContractFace } from './serve-contract-face.js';

export interface ServeAdapterOptions {
  /** Of the adapter, as its handshake says it: no "|" and no line break. */
  readonly name: string;
  readonly version: string;
  /** Towards the contract; its `platform` is what `RunBinding` runs. */
  readonly contract: ContractFaceOptions;
  /** Towards the platform. */
  readonly http: HttpFaceOptions;
  /** Ends what the adapter has beside its faces, once they take nothing more: jobs, clients. */
  readonly close?: () => Promise<void> | void;
}

export interface ServedAdapter {
  readonly contract: ContractFace;
  readonly http: HttpFace;
  /** The two lines by which whoever starts an adapter finds its faces; to standard output, once both listen. */
  readonly handshake: string;
  /** Both faces, then what `close` ends. Default 2,000 ms for what is under way. */
  stop(graceMs?: number): Promise<void>;
}

/** Serves both faces of an adapter. @throws what {@link serveHttpFace} and {@link serveContractFace} throw */
export async function serveAdapter(options: ServeAdapterOptions): Promise<ServedAdapter> {
  const { name, version, contract: contractOptions, http: httpOptions, close = () => undefined } = options;
  const contract = await serveContractFace(contractOptions);
  let http: HttpFace;
  try {
    http = await serveHttpFace(httpOptions);
  } catch (failed) {
    await contract.stop(0);
    throw failed;
  }
  return {
    contract,
    http,
    handshake: `DH-ADAPTER|1|${http.url}|${name}|${version}\nDH|1|1|tcp|${contract.address}\n`,
    async stop(graceMs) {
      await Promise.all([http.stop(graceMs), contract.stop(graceMs)]);
      await close();
    },
  };
}

/** Waits for SIGINT or SIGTERM, then stops. A second signal ends the process at once, as the system has it. */
export function stopAtSignal(stop: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const onSignal = () => {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      stop().then(resolve, reject);
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  });
}
