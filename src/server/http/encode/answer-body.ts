import type { AnswerBody, StreamedBody, WholeBody } from '../../../broker/answer.js';
import { formatIso } from '../../../common/iso-time.js';
import { jsonText } from '../../../common/json-write.js';
import { encodeAggregate } from './aggregate-result.js';
import { encodeRows } from './rows-result.js';
import { encodeScan } from './scan-result.js';

/** The JSON text of an answer, in chunks; some as UTF-8, whose bytes hold until the next chunk is asked for. */
export async function* encodeAnswer(body: AnswerBody): AsyncGenerator<string | Uint8Array> {
  switch (body.kind) {
    case 'aggregate':
      return yield* encodeAggregate(body);
    case 'scan':
      return yield* encodeScan(body.query, body.batches);
    case 'rows':
      return yield* encodeRows(body.table);
    case 'union':
      return yield* encodeUnion(body.bodies);
    default:
      yield answerText(body);
  }
}

/** The JSON text of an answer, all of it. */
export async function wholeText(body: AnswerBody): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of encodeAnswer(body))
    parts.push(typeof part === 'string' ? Buffer.from(part) : Uint8Array.from(part));
  return Buffer.concat(parts).toString();
}

/** The JSON text of an answer that is not streamed. */
export function answerText(body: Exclude<AnswerBody, StreamedBody>): string {
  if (body.kind === 'aggregate') return [...encodeAggregate(body)].join('');
  if (body.kind === 'rows') return [...encodeRows(body.table)].join('');
  return body.kind === 'bySegment' ? bySegmentText(body) : jsonText(elements(body));
}

/** The elements of arrays as one array. */
async function* encodeUnion(bodies: AsyncIterable<AnswerBody>): AsyncGenerator<string> {
  let before = '[';
  for await (const body of bodies) {
    // A part is held back until the next one comes: the last one ends with the bracket of its array.
    let held = '';
    for await (const bytes of encodeAnswer(body)) {
      const part = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString();
      if (held !== '') {
        yield before + held;
        before = '';
      }
      held = held === '' && before !== '' ? part.slice(1) : part;
    }
    const rest = held.slice(0, -1);
    if (rest !== '') {
      yield before + rest;
      before = '';
    }
    if (before === '') before = ',';
  }
  yield before === ',' ? ']' : '[]';
}

/** @source Druid `query/BySegmentResultValueClass.java` */
function bySegmentText(body: AnswerBody & { kind: 'bySegment' }): string {
  const parts = body.results.map(({ segmentId, interval, body: of }) => {
    const start = formatIso(interval.startMs);
    const ofSegment = `"segment":${jsonText(segmentId)},"interval":"${start}/${formatIso(interval.endMs)}"`;
    return `{"timestamp":"${start}","result":{"results":${answerText(of)},${ofSegment}}}`;
  });
  return `[${parts.join(',')}]`;
}

function elements(body: Exclude<WholeBody, { kind: 'aggregate' | 'rows' }>): unknown {
  switch (body.kind) {
    case 'search':
      return body.results.map(({ timestampMs, hits }) => ({ timestamp: formatIso(timestampMs), result: hits }));
    case 'segmentMetadata':
      return body.analyses;
    case 'dataSourceMetadata': {
      const { maxIngestedEventTimeMs: max } = body;
      return max === null ? [] : [{ timestamp: formatIso(max), result: { maxIngestedEventTime: formatIso(max) } }];
    }
    case 'timeBoundary':
      return timeBoundary(body);
  }
}

function timeBoundary(body: AnswerBody & { kind: 'timeBoundary' }): unknown {
  const { minTimeMs, maxTimeMs } = body;
  const { bound } = body.query;
  const min = minTimeMs === null || bound === 'maxTime' ? {} : { minTime: formatIso(minTimeMs) };
  const max = maxTimeMs === null || bound === 'minTime' ? {} : { maxTime: formatIso(maxTimeMs) };
  const timestampMs = bound === 'maxTime' ? maxTimeMs : minTimeMs;
  return timestampMs === null ? [] : [{ timestamp: formatIso(timestampMs), result: { ...min, ...max } }];
}
