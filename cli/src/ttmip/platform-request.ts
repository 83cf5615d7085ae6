import { DeepHealthError } from '@deephealth/sdk';

const DEADLINE_MS = 60_000;
const MOST_SHOWN = 300;

/** Asks a platform's face on loopback and reads its JSON. Throws DH_PLATFORM_REFUSED with what it said. */
export async function askJson<T>(url: string, request: RequestInit = {}): Promise<T> {
  const response = await ask(url, request);
  return (await response.json()) as T;
}

/** The same for any content. */
export async function ask(url: string, request: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(DEADLINE_MS) });
  if (response.ok) return response;
  const said = (await response.text()).slice(0, MOST_SHOWN);
  throw new DeepHealthError('DH_PLATFORM_REFUSED', `The face of the adapter answered ${response.status}: ${said}`);
}
