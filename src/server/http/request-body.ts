import { promisify } from 'node:util';
import { gunzip, inflate, inflateRaw } from 'node:zlib';
import type uWS from 'uWebSockets.js';
import { DruidError, invalidInput } from '../../common/druid-error.js';

const UNPACK = { gzip: promisify(gunzip), deflate: promisify(inflate), rawDeflate: promisify(inflateRaw) };
const EMPTY = new Uint8Array(0);

/** The bytes of one request's body as they arrive. */
export class RequestBody {
  readonly #maxBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #outcome: { readonly bytes: Uint8Array } | { readonly error: DruidError } | undefined;
  #settle: (() => void) | undefined;

  /**
   * Must be made in the turn in which the request came, before anything else is awaited.
   * @param declared text of the content-length header
   */
  constructor(res: uWS.HttpResponse, declared: string, maxBytes: number) {
    this.#maxBytes = maxBytes;
    if (Number(declared) > maxBytes) this.#fail(tooLarge(maxBytes));
    res.onData((chunk, isLast) => this.#take(chunk, isLast));
  }

  /** The client went away. */
  abort(): void {
    this.#fail(new DruidError('Client went away before its request was complete', { category: 'CANCELED' }));
  }

  /** @throws DruidError INVALID_INPUT over the size limit, CANCELED when the client went away */
  async bytes(): Promise<Uint8Array> {
    if (this.#outcome === undefined) {
      await new Promise<void>((resolve) => {
        this.#settle = resolve;
      });
    }
    const outcome = this.#outcome!;
    if ('error' in outcome) throw outcome.error;
    return outcome.bytes;
  }

  #take(chunk: ArrayBuffer, isLast: boolean): void {
    if (this.#outcome !== undefined) return;
    this.#size += chunk.byteLength;
    if (this.#size > this.#maxBytes) {
      this.#fail(tooLarge(this.#maxBytes));
      return;
    }
    // The chunk is only valid during this call: copy it.
    if (chunk.byteLength > 0) this.#chunks.push(new Uint8Array(chunk.slice(0)));
    if (!isLast) return;
    this.#end({
      bytes: this.#chunks.length > 1 ? Buffer.concat(this.#chunks, this.#size) : (this.#chunks[0] ?? EMPTY),
    });
  }

  #fail(error: DruidError): void {
    this.#end({ error });
  }

  #end(outcome: { readonly bytes: Uint8Array } | { readonly error: DruidError }): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#chunks.length = 0;
    this.#settle?.();
  }
}

/** True for the encodings that `unpackBody` understands. */
export function isBodyEncoding(encoding: string): boolean {
  return ['', 'identity', 'gzip', 'x-gzip', 'deflate'].includes(encoding);
}

/** @throws DruidError INVALID_INPUT when the bytes are not in the encoding, or hold more than the limit */
export async function unpackBody(bytes: Uint8Array, encoding: string, maxBytes: number): Promise<Uint8Array> {
  if (encoding === '' || encoding === 'identity') return bytes;
  const name = encoding === 'deflate' ? 'deflate' : 'gzip';
  try {
    return await UNPACK[name === 'deflate' && !hasZlibHeader(bytes) ? 'rawDeflate' : name](bytes, {
      maxOutputLength: maxBytes,
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new DruidError(`Request body is not valid ${name}`, { category: 'INVALID_INPUT', cause: error });
  }
}

/** Some clients send `deflate` without the header that the standard wants. */
function hasZlibHeader(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && (bytes[0]! & 0x0f) === 8 && ((bytes[0]! << 8) | bytes[1]!) % 31 === 0;
}

function tooLarge(maxBytes: number): DruidError {
  return invalidInput(`Request body exceeds the limit of [${maxBytes}] bytes`);
}
