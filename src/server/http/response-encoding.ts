import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { constants, createGzip, gzip } from 'node:zlib';
import type { HttpResponse } from './http-message.js';

const gzipWhole = promisify(gzip);
/** Speed matters more than the last percent of size. */
const OPTIONS = { level: constants.Z_BEST_SPEED };
/** Smaller answers are sent as they are: a dashboard waits for them. */
const MIN_BYTES = 32 * 1024;
/** Server-sent events wait for nobody: no packer may hold them back. */
const PACKABLE = /^(text\/(?!event-stream)|application\/(json|smile|x-jackson-smile)\b)/;

/** The response with its body in gzip, where the client takes that and it is worth the time. Streams stay streams. */
export async function packed(response: HttpResponse, acceptEncoding: string): Promise<HttpResponse> {
  const { body, headers = {} } = response;
  if (acceptEncoding === '' || body === undefined || 'content-encoding' in headers) return response;
  if (!PACKABLE.test(headers['content-type'] ?? '') || !takesGzip(acceptEncoding)) return response;
  const isWhole = typeof body === 'string' || body instanceof Uint8Array;
  if (isWhole && body.length < MIN_BYTES) return response;
  return {
    ...response,
    headers: { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' },
    body: isWhole ? await gzipWhole(body, OPTIONS) : gzipStream(body),
  };
}

/** @source RFC 9110 section 12.5.3 */
export function takesGzip(acceptEncoding: string): boolean {
  let any = false;
  for (const part of acceptEncoding.toLowerCase().split(',')) {
    const [coding, ...parameters] = part.split(';').map((piece) => piece.trim());
    const isRefused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    if (coding === 'gzip' || coding === 'x-gzip') return !isRefused;
    if (coding === '*') any = !isRefused;
  }
  return any;
}

/** An error of the source is thrown to the reader; a reader that stops early ends the source. */
async function* gzipStream(body: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  const zip = createGzip(OPTIONS);
  // Errors come out of `zip`, which the pipeline destroys with them.
  pipeline(Readable.from(owned(body), { objectMode: true }), zip, () => {});
  yield* zip as AsyncIterable<Uint8Array>;
}

/** The packer reads ahead, and a part's bytes may be given back once the next part is asked for. */
async function* owned(body: AsyncIterable<string | Uint8Array>): AsyncGenerator<string | Uint8Array> {
  for await (const part of body) yield typeof part === 'string' ? part : Buffer.from(part);
}
