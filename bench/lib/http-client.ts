/** A keep-alive HTTP client that times a request from its first byte out to the last byte of its answer. */
import { Agent, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface TimedAnswer {
  readonly status: number;
  /** The parsed answer; the text itself where it is not JSON. */
  readonly json: unknown;
  readonly bytes: number;
  readonly ms: number;
}

export class HttpClient {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, noDelay: true });

  constructor(port: number) {
    this.#port = port;
  }

  get(path: string): Promise<Answer> {
    return this.#send('GET', path, undefined);
  }

  post(path: string, body: string): Promise<Answer> {
    return this.#send('POST', path, body);
  }

  /** One native query: sending, waiting and reading the whole text are in the time; what a client makes of the text is its own. */
  async query(body: string): Promise<TimedAnswer> {
    const startedAt = performance.now();
    const { status, text } = await this.#send('POST', '/druid/v2', body);
    const ms = performance.now() - startedAt;
    return { status, json: parsed(text), bytes: text.length, ms };
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, body: string | undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const sent = request(
        { host: '127.0.0.1', port: this.#port, agent: this.#agent, method, path, headers },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => {
            resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
