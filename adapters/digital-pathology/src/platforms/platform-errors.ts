import { DeepHealthError } from '@deephealth/sdk';
import type { HttpResponse } from './http-exchange.js';

const MOST_TEXT = 200;

/** What a platform objected to, in a line, without what must not be told. */
export function platformText({ body }: Pick<HttpResponse, 'body'>, secrets: readonly string[] = []): string {
  let text = body.toString('utf8', 0, 4096).replace(/<[^>]*>/g, ' ');
  // Some servers repeat the headers of a request in their answers.
  for (const secret of secrets.filter((one) => one !== '')) text = text.replaceAll(secret, '***');
  const line = text
    .replace(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, ' ')
    .replace(/ +/g, ' ')
    .trim();
  return line.length > MOST_TEXT ? `${line.slice(0, MOST_TEXT)} …` : line;
}

/** DH_PLATFORM_REFUSED with the status and what the platform says. */
export function refused(what: string, response: HttpResponse, secrets: readonly string[] = []): DeepHealthError {
  const text = platformText(response, secrets);
  return new DeepHealthError(
    'DH_PLATFORM_REFUSED',
    `The platform refused ${what} with status ${response.status}${text === '' ? '.' : `: ${text}`}`,
    { details: { status: String(response.status) } },
  );
}

/** DH_PLATFORM_UNAUTHENTICATED; it says nothing of what was given. */
export function unauthenticated(): DeepHealthError {
  return new DeepHealthError(
    'DH_PLATFORM_UNAUTHENTICATED',
    'The platform did not accept the user or token. Check them, and what they may do there.',
  );
}
