import { DeepHealthError } from '@deephealth/sdk';

/** Tells callers what becomes of their runs. */
export class ReferenceCallbacks {
  readonly hosts: readonly string[];

  constructor(hosts: readonly string[]) {
    this.hosts = hosts;
  }

  /** @throws DH_CALLBACK_REFUSED for a host that is not listed */
  check(url: string | undefined): void {
    if (url === undefined || this.isListed(url)) return;
    throw new DeepHealthError('DH_CALLBACK_REFUSED', 'A callback may only go to a host that is listed.');
  }

  isListed(url: string): boolean {
    const { host = '', protocol = '' } = URL.canParse(url) ? new URL(url) : {};
    return /^https?:$/.test(protocol) && this.hosts.includes(host);
  }

  tell(url: string | undefined, body: object): void {
    if (url === undefined) return;
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
    }).catch(() => undefined);
  }
}
