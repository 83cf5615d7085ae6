/** Where results are written to, once a card has been shown. */
export interface WriteBackOptions {
  /**
   * Base URL of the FHIR server. Only results of calls that name the same server are written: the patient's id
   * is an id of that server.
   */
  readonly fhirServer: string;
  /** Asked before each request, so that a token may be renewed. Default: no token is sent. */
  readonly accessToken?: () => string | Promise<string>;
  /** For one request, in ms; default 10,000. */
  readonly timeoutMs?: number;
}
