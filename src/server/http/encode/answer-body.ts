import type { AnswerBody } from '../../../broker/answer.js';
import { formatIso } from '../../../common/iso-time.js';
import { jsonText } from '../../../common/json-write.js';
import { encodeAggregate } from './aggregate-result.js';
import { encodeScan } from './scan-result.js';

/** The JSON text of an answer, in chunks; some as UTF-8. */
export async function* encodeAnswer(body: AnswerBody): AsyncGenerator<string | Uint8Array> {
  switch (body.kind) {
    case 'aggregate':
      return yield* encodeAggregate(body);
    case 'scan':
      return yield* encodeScan(body.query, body.batches);
    default:
      yield answerText(body);
  }
}

/** The JSON text of an answer that is not streamed. */
export function answerText(body: Exclude<AnswerBody, { kind: 'scan' }>): string {
  if (body.kind === 'aggregate') return [...encodeAggregate(body)].join('');
  return body.kind === 'bySegment' ? bySegmentText(body) : jsonText(elements(body));
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

function elements(body: Exclude<AnswerBody, { kind: 'scan' | 'aggregate' | 'bySegment' }>): unknown {
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
