import { DruidError } from '../../common/druid-error.js';
import type { ErrorMessage } from './messages.js';

/** The driver opens the connection again when it may (`transparent_reconnection`). @source Avatica `ErrorResponse.java` */
const MISSING_CONNECTION_CODE = 1;
const UNKNOWN_CODE = -1;

/** The connection was closed, expired, or opened on a broker that is gone. */
export class NoSuchConnection extends DruidError {
  constructor(connectionId: string) {
    super(`Connection [${connectionId}] does not exist`, { category: 'NOT_FOUND' });
  }
}

/** @source Avatica `AbstractHandler.java` */
export function errorMessage(error: unknown): ErrorMessage {
  const message = error instanceof Error ? error.message : String(error);
  const javaClass =
    error instanceof NoSuchConnection
      ? 'org.apache.calcite.avatica.NoSuchConnectionException'
      : 'org.apache.druid.error.DruidException';
  return {
    response: 'error',
    exceptions: [`${javaClass}: ${message}`],
    errorMessage: message,
    errorCode: error instanceof NoSuchConnection ? MISSING_CONNECTION_CODE : UNKNOWN_CODE,
    sqlState: '00000',
    severity: 'UNKNOWN',
  };
}
