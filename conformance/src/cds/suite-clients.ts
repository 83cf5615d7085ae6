import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { JsonWebKey } from '../json-web-key.js';

/**
 * Keys of the EHRs that the suite plays. Everybody may know them: an adapter that listens already must have
 * been told of them before the suite starts. Nothing but an adapter under test may trust them.
 */
const EC_KEY = {
  kty: 'EC',
  x: 'K9tC4YDIAFXDL0NojBD8FLCVr11M6_UXvdULoU3abRqWYXE8FHiE1ZrUBGJ8CGAW',
  y: 'eCSUnXQ079d_FpKAaxzD8IWOlHHjeQI7pC-d7NI46i5C_nVy2ZsjqPUHyTSiJVez',
  crv: 'P-384',
  d: 'vOnbpgoj0kizuhBhM3IXQKp6P_FCcfVI7fySsqkuAPEEbMJttiADGW_NQ-pzbhMN',
} as const;

const RSA_KEY = {
  kty: 'RSA',
  n: '44P4RxCI2YsyPeHHpVnKriQqV-9KY36oX4g71pADXAjhQ34-DtDqLvw6woetuqmOgRAOa5HN6f3t--PKPy6rWGRoRNExFiNWE7Q6guy05XEFqCRmYox8nue8geiJgLyyViVH-xcNA-nrzMp5ak_VC2muEwyn5OuGMpIewy4_f52X8UToz0wKprQfxTN7LlPigkQrS43UM9f2sSBpkQ2QUV_KXSi5Y5SERFE7zzBBYdCLRvmADtzl7oCpGzTosTtZ-EDE0VGMeeLsM6-iO9BAo0Si_vlnEN0ahbs5_xk2RGgrouXUMHZ9v_8-xEb-Ak4mCtbbjEd9kkCrbBDLtR9YkQ',
  e: 'AQAB',
  d: 'BvdvxwdJ1XV2bqAm-5huBRqM5F_qpHTIpZI3mNiUjcEk2qr3Lf92KEWna_T5HB3cg_Wwp1kR19AjdSLSutAMRZrfeXn5WY7v8A8E-qTSXjMxg-ZHb02TdE8uvcCX00YT5ODj3Rul1aCYTI9Hm_qBUMXl42XwDymqFIrWX84e-iKTsH5U32xfnoSM0SAWyoyLlqICn8zcx8sJbnRxfAv1kjdprf-2Fb-5HN77w9TNMlmQs2fi8-aBXtziT08hpHfGDL2Cv0AsyvYESKszHlbpEdsnjmYHuxsB8ulFZ__GyETQmzHlEIFk1a4i9w_opQGyhBDpp4Jbhv3uYdl_kheTdQ',
  p: '8yUOTnJhveiHwx9bAaSoqsrbHUXj4rGnGM26SHnTcy5cSZa4Ju83ddyBDGG0ZlU-EURXeBCyA7rPt5dluhRHgyd4kgB13tvxScMgAfEXizHIgyrNKlgJdzgYLMoEBPrPGV86HRwa-Fp6CutG7S59gFu318WslRSBfsfi4biSg8U',
  q: '74tfmgscntkBS-HIigpX7dznOFXoH4qR6x_qK98isJWrNNGdsGgT2VtEamNt4hwiViq-DP7HYHLejzKuwPRZKK51R6wISkFB0AWo8aTw-nz4KjgMdLUpGj2A0o4B3JuEW3TAw06ZKFM_6e19wlG24BPIVcfxbXAR-6aWJf8VMl0',
  dp: '8rfVFj5ckAVmMURFxtgmf4hNP2WbXZtWYQ5NnTfv-xUWj2djoYo_ZOqf8EpAmb8SXI5KetK_wbVk0bLSm_TOhoCKfcTz5WrN7YJZm1ae2Bb0QOwjLtf_awGWMG_hn074Gi3Th2edDLrVBb1kajR0mAP2-_CanZ-AvZywQf_MUrk',
  dq: 'I_7VhthUnKoPP8_VyqhzPhMLy7NdBiBUfPh2v9Dv7YkQCQfWokOBeA_23-XBBVEk973EgT9nxl58gxgimmwdWbedd_-p3z6fHRs8n9MhQwK0Z-O0O3Vdj8veJ8WfEf9sjDGnJbIR4bVgzU4ar7CHwnQ2jm1VIhTNHvuRZHRIQyE',
  qi: 'nBaTNh6xDQsVlliI-oPuQYikrpVV_zWTvgXyG-sUeb7xsxZPAk52m8buzz-2Brp2HAEpRewI8OwoU7LilPNCvW6AWRWffu_8gVmK_b0E1kSv-R8miFle6Jqz2vmVNxsI0FvaSGljO4O5hvlHVNRmCZshsQnXPgv-3bW5fTYrGOY',
} as const;

/** An EHR as the adapter knows it: who signs, and with what. */
export interface SuiteClient {
  readonly iss: string;
  readonly kid: string;
  readonly algorithm: 'ES384' | 'RS384';
  readonly privateKey: KeyObject;
  /** Public; as a member of a JWK Set. */
  readonly jwk: JsonWebKey;
}

export const TENANT = 'conformance';
/** Where the EHR's pages come from, in the browser. */
export const ORIGIN = 'https://ehr.conformance.example';

function client(iss: string, kid: string, algorithm: SuiteClient['algorithm'], key: JsonWebKey): SuiteClient {
  const privateKey = createPrivateKey({ key, format: 'jwk' });
  const jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
  return { iss, kid, algorithm, privateKey, jwk };
}

/** Signs as the public CDS Hooks Sandbox does. */
export const EHR_CLIENT = client('https://ehr.conformance.example', 'conformance-es384', 'ES384', EC_KEY);
/** Signs as Epic does. */
export const RSA_CLIENT = client(
  'https://hospital.conformance.example/interconnect/api/FHIR/R4',
  'conformance-rs384',
  'RS384',
  RSA_KEY,
);

/** What an adapter must be told of before it can be asked; docs/conformance/adapter.md. */
export interface CdsSettings {
  /** "host:port"; absent where the adapter is told otherwise. */
  readonly runtime?: string;
  /** Folders of model packages, each with `bindings/cds-hooks.json`. */
  readonly packages: readonly string[];
  readonly clients: readonly {
    readonly issuer: string;
    /** Tenants whose tokens are taken; without them its tokens name none. */
    readonly tenants?: readonly string[];
    readonly jwks: { readonly keys: readonly JsonWebKey[] };
  }[];
  readonly allowedOrigins: readonly string[];
  /** Base URLs of the FHIR servers that may be read with the token of a call. */
  readonly fhirServers: readonly string[];
  /** By when every call is answered. */
  readonly deadlineMs: number;
  /** Calls at a time; what comes beside them is refused with 503. */
  readonly maxInFlight: number;
  /** A call that is larger is refused with 413. */
  readonly maxBodyBytes: number;
  /** A folder for what the adapter keeps. */
  readonly stateFolder: string;
}

export const CDS_DEADLINE_MS = 1_500;
export const CDS_MAX_IN_FLIGHT = 16;
export const CDS_MAX_BODY_BYTES = 6 * 1024 * 1024;

export function cdsSettings(
  given: Pick<CdsSettings, 'packages' | 'stateFolder' | 'fhirServers'> & Partial<Pick<CdsSettings, 'runtime'>>,
): CdsSettings {
  return {
    ...given,
    clients: [
      { issuer: EHR_CLIENT.iss, tenants: [TENANT], jwks: { keys: [EHR_CLIENT.jwk] } },
      { issuer: RSA_CLIENT.iss, jwks: { keys: [RSA_CLIENT.jwk] } },
    ],
    allowedOrigins: [ORIGIN],
    deadlineMs: CDS_DEADLINE_MS,
    maxInFlight: CDS_MAX_IN_FLIGHT,
    maxBodyBytes: CDS_MAX_BODY_BYTES,
  };
}
