import { DruidError } from '../../common/druid-error.js';

/** Why a `query_controller` task fails, by Druid's codes. @source Druid `MSQFault.java` */
export type FaultCode =
  | 'Canceled'
  | 'CannotParseExternalData'
  | 'InsertCannotAllocateSegment'
  | 'InsertCannotBeEmpty'
  | 'InsertTimeNull'
  | 'InsertTimeOutOfBounds'
  | 'TooManyBuckets'
  | 'UnknownError';

/** A fault for people: its message begins with its code, as Druid's task status has it. */
export class QueryFault extends DruidError {
  readonly code: FaultCode;
  readonly detail: string;

  constructor(code: FaultCode, detail: string) {
    super(`${code}: ${detail}`, { category: code === 'Canceled' ? 'CANCELED' : 'INVALID_INPUT', errorCode: code });
    this.code = code;
    this.detail = detail;
  }
}

/** Any failure as a fault. */
export function faultOf(error: unknown, signal: AbortSignal): QueryFault {
  if (error instanceof QueryFault) return error;
  if (signal.aborted) return new QueryFault('Canceled', 'Query canceled by user or by task shutdown.');
  if (error instanceof DruidError && error.category === 'CONFLICT')
    return new QueryFault('InsertCannotAllocateSegment', error.message);
  return new QueryFault('UnknownError', error instanceof Error ? error.message : String(error));
}
