import { DruidError, invalidInput } from '../../../common/druid-error.js';
import { type HttpRequest, type HttpResponse, json } from '../http-message.js';
import { discoverySpec } from '../../discovery-spec.js';
import { integerParameter } from '../parameters.js';
import type { Router } from '../router.js';

/** Kafka's usual limit of a message. */
const MAX_LINE_BYTES = 1024 * 1024;
const MAX_PRODUCER_ID_LENGTH = 200;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Where a push went: records [firstOffset, firstOffset + count) of `partition`. */
export interface PushResult {
  readonly partition: string;
  readonly firstOffset: number;
  readonly count: number;
  /** The producer made this push before; nothing was appended now. */
  readonly duplicate: boolean;
}

export interface PushRoutesOptions {
  /** Appends the lines together to the stream that feeds the data source; resolves when they are on disk. The lines are views of the request's body. */
  readonly push: (
    dataSource: string,
    lines: readonly Uint8Array[],
    producer?: { readonly id: string; readonly sequenceNumber: number },
  ) => Promise<PushResult>;
  /** True when a supervisor reads what is pushed to the data source. */
  readonly isFed: (dataSource: string) => boolean;
  /** True when a supervisor has the data source or its name, of whatever type. */
  readonly isTaken: (dataSource: string) => boolean;
  /** Brings what `isFed` and `isTaken` know up to what is stored now. */
  readonly refresh: () => Promise<void>;
  /** Submits a supervisor spec of type `local`; afterwards the data source is fed. */
  readonly submitSupervisor: (spec: unknown) => Promise<unknown>;
}

/** On a node without embedded logs: says where pushes go, instead of an unexplained 404. */
export function addPushElsewhereRoute(router: Router): void {
  router.add('POST', '/v1/push/:dataSource', () => {
    throw new DruidError(
      'Pushed events are taken by nodes with the role [indexer]: send them there, or write to Kafka',
      {
        category: 'NOT_FOUND',
        errorCode: 'notFound',
      },
    );
  });
}

/**
 * `POST /v1/push/{dataSource}`: newline-delimited records into the embedded log, acknowledged after fsync. Each line that is not blank is
 * one record, whatever it holds: what cannot be read as a row is counted and kept as a dead letter when it is ingested. The first
 * push to a new data source makes a supervisor that discovers its schema.
 */
export function addPushRoutes(router: Router, options: PushRoutesOptions): void {
  /** Supervisors being made, so that pushes that come meanwhile wait instead of making another. */
  const beingFed = new Map<string, Promise<unknown>>();
  router.add('POST', '/v1/push/:dataSource', async (request) => {
    const dataSource = request.param('dataSource');
    const producer = readProducer(request);
    const lines = splitLines(await request.body());
    if (lines.length === 0) throw invalidInput('Request body has no records: send one record a line');
    // A supervisor that was submitted a moment ago, here or on another node, must not be replaced.
    if (!options.isFed(dataSource)) await options.refresh();
    if (!options.isFed(dataSource)) {
      let made = beingFed.get(dataSource);
      if (made === undefined) {
        if (options.isTaken(dataSource)) throw takenByAnother(dataSource);
        made = options.submitSupervisor(discoverySpec(dataSource, lines)).finally(() => beingFed.delete(dataSource));
        beingFed.set(dataSource, made);
      }
      await made;
    }
    return answer(await options.push(dataSource, lines, producer));
  });
}

/** Making a supervisor would put it in the place of the one that is there. */
function takenByAnother(dataSource: string): DruidError {
  const message = `Data source [${dataSource}] is fed by a supervisor of another type than [local]: write to its stream instead`;
  return new DruidError(message, { category: 'CONFLICT' });
}

function answer({ partition, firstOffset, count, duplicate }: PushResult): HttpResponse {
  return json({ partition, firstOffset, count, duplicate });
}

function readProducer(request: HttpRequest): { readonly id: string; readonly sequenceNumber: number } | undefined {
  const id = request.query.get('producerId');
  const limits = { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: null };
  const sequenceNumber = integerParameter(request, 'sequenceNumber', limits);
  if (id === null && sequenceNumber === null) return undefined;
  if (id === null || sequenceNumber === null) {
    throw invalidInput('Parameters [producerId] and [sequenceNumber] only make sense together');
  }
  if (id === '' || id.length > MAX_PRODUCER_ID_LENGTH) {
    throw invalidInput(`Parameter [producerId] must have 1 to [${MAX_PRODUCER_ID_LENGTH}] characters`);
  }
  return { id, sequenceNumber };
}

/** Lines without their ends, as views of `body`; blank ones are left out. @throws DruidError INVALID_INPUT for one that is too long */
function splitLines(body: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let number = 0;
  for (let from = 0; from < body.length; ) {
    let to = body.indexOf(NEWLINE, from);
    if (to < 0) to = body.length;
    number++;
    if (to - from > MAX_LINE_BYTES) {
      throw invalidInput(
        `Line [${number}] has [${to - from}] bytes, more than the limit of [${MAX_LINE_BYTES}]: nothing was taken`,
      );
    }
    const end = body[to - 1] === CARRIAGE_RETURN ? to - 1 : to;
    if (!isBlank(body, from, end)) lines.push(body.subarray(from, end));
    from = to + 1;
  }
  return lines;
}

function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (byte !== 0x20 && byte !== 0x09 && byte !== CARRIAGE_RETURN) return false;
  }
  return true;
}
