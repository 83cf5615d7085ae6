import { auditEvent } from '../audit/audit-event.js';
import type { AuditTrail } from '../audit/audit-trail.js';
import { languagesFor } from '../cards/languages.js';
import { PAGE_HEADERS, PICTURE_HEADERS } from '../region/page-frame.js';
import type { KeptRegion, RegionLinks } from '../region/region-links.js';
import { gonePage } from '../region/region-page.js';
import type { HttpAnswer, HttpRequest } from '../transport/http-message.js';
import type { KillSwitch } from './kill-switch.js';
import type { Route } from './routes.js';

export interface AnswerRegionOptions {
  readonly regions: RegionLinks;
  readonly killSwitch: KillSwitch;
  readonly audit?: AuditTrail | undefined;
  readonly baseUrl: string;
  readonly languages: readonly string[];
  readonly now: () => Date;
}

/**
 * The page behind a link of a card, or the image on it. A browser that follows a link shows no token: the address is all
 * that it has, and all that is asked for. Who looked is audited before anything is sent, as far as it is known.
 */
export async function answerRegion(
  { token, part }: Extract<Route, { readonly kind: 'region' }>,
  { headers, peer }: HttpRequest,
  requestId: string,
  options: AnswerRegionOptions,
): Promise<HttpAnswer> {
  const { regions, killSwitch, audit, baseUrl, now } = options;
  const region = regions.find(token);
  const sent = region === undefined || killSwitch.isOff(region.serviceId) ? undefined : partOf(region, part);
  if (region === undefined || sent === undefined) {
    const [language = 'en'] = languagesFor(headers['accept-language'], options.languages);
    return { status: 404, headers: PAGE_HEADERS, body: gonePage(language) };
  }
  const act = {
    kind: 'region',
    part,
    address: peer?.address,
    ofRequest: region.requestId,
    model: region.model,
  } as const;
  await audit?.add([auditEvent(act, { baseUrl, requestId, patientId: region.patientId, at: now() })]);
  return sent;
}

function partOf({ page, picture }: KeptRegion, part: 'page' | 'picture'): HttpAnswer | undefined {
  if (part === 'page') return { status: 200, headers: PAGE_HEADERS, body: page };
  return (
    picture && {
      status: 200,
      headers: { ...PICTURE_HEADERS, 'content-type': picture.mediaType },
      body: Buffer.from(picture.bytes.buffer, picture.bytes.byteOffset, picture.bytes.byteLength),
    }
  );
}
