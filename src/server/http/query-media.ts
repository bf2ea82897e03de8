import { hasWholeDoubles, parseJson, parseTypedJson } from '../../common/json-read.js';
import { settleDoubles } from '../../query/settle-doubles.js';
import { parseSmile } from '../../common/smile/smile-reader.js';
import type { HttpRequest } from './http-message.js';

const SMILE_TYPES = ['application/x-jackson-smile', 'application/smile'];
const JSON_TYPE = 'application/json';
const OFFERED = [JSON_TYPE, ...SMILE_TYPES];

/** In which form a query comes and its answer goes. */
export interface QueryMedia {
  readonly requestIsSmile: boolean;
  /** `application/json`, or one of the names of Smile. */
  readonly answerType: string;
}

/**
 * What a client asks for by `Content-Type` and `Accept`; without `Accept` the answer has the form of the query.
 * @returns the status of the refusal: 415 for a body in another form, 406 when no offered form is acceptable
 * @source Druid `server/QueryResource.java`
 */
export function queryMedia(request: HttpRequest): QueryMedia | 415 | 406 {
  const contentType = mediaType(request.header('content-type') ?? '');
  if (!OFFERED.includes(contentType)) return 415;
  const answerType = acceptedType(request.header('accept') ?? contentType);
  return answerType === undefined ? 406 : { requestIsSmile: isSmile(contentType), answerType };
}

export function isSmile(type: string): boolean {
  return SMILE_TYPES.includes(type);
}

/** @throws DruidError INVALID_INPUT when the bytes are not what they are said to be */
export function readQueryBody(bytes: Uint8Array, media: QueryMedia): unknown {
  return media.requestIsSmile ? parseSmile(bytes) : parseRequest(new TextDecoder().decode(bytes));
}

/** The walk that settles doubles is left out where there is none to settle. */
function parseRequest(text: string): unknown {
  return hasWholeDoubles(text) ? settleDoubles(parseTypedJson(text)) : parseJson(text);
}

/** The offered type that the client likes most; the first one where it does not care. @source RFC 9110 section 12.5.1 */
export function acceptedType(accept: string): string | undefined {
  let best: string | undefined;
  let bestQuality = 0;
  for (const offered of OFFERED) {
    const quality = qualityOf(offered, accept);
    if (quality > bestQuality) {
      best = offered;
      bestQuality = quality;
    }
  }
  return best;
}

/** Quality of the most specific range that covers the type; 0 = not acceptable. */
function qualityOf(offered: string, accept: string): number {
  let quality = 0;
  let specificity = 0;
  for (const range of accept.split(',')) {
    const type = mediaType(range);
    const level = type === offered ? 3 : type === 'application/*' ? 2 : type === '*/*' || type === '*' ? 1 : 0;
    if (level <= specificity) continue;
    specificity = level;
    const q = /;\s*q=([\d.]+)/i.exec(range);
    quality = q === null ? 1 : Number(q[1]);
  }
  return quality;
}

function mediaType(text: string): string {
  return text.split(';', 1)[0]!.trim().toLowerCase();
}
