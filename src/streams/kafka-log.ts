import type { LogEntry, logCreator } from 'kafkajs';
import type { StreamLog } from './stream-log.js';

/** kafkajs' numbers for its levels (`logLevel` is an enum of a library that is loaded lazily). */
const ERROR = 1;
const WARN = 2;
const INFO = 4;

/**
 * What kafkajs calls an error and retries by itself: first use of a group, a broker that restarts, our own seek or stop.
 * What is not overcome ends in a crash event, which the source reports.
 */
const RETRIED = [
  /coordinator is not available/i,
  /coordinator is loading/i,
  /Response (GroupCoordinator|JoinGroup|SyncGroup|Heartbeat|LeaveGroup|Metadata|Fetch|OffsetFetch|ListOffsets)/,
  /The group is rebalancing/,
  /not aware of this member/,
  /Connection (error|timeout)/,
  /Failed to connect to seed broker/,
  /no leader|LEADER_NOT_AVAILABLE|does not host this topic-partition/i,
];

/** Sends kafkajs' log to our port: info becomes debug, errors that it retries become debug. */
export function kafkaLogCreator(log: StreamLog): logCreator {
  return () => (entry: LogEntry) => {
    const {
      message,
      timestamp: _timestamp,
      stack: _stack,
      ...fields
    } = entry.log as LogEntry['log'] & { readonly stack?: string };
    const cause = typeof fields['error'] === 'string' ? `${message}: ${fields['error']}` : message;
    if (entry.level >= INFO || RETRIED.some((pattern) => pattern.test(cause)))
      log('debug', cause, { namespace: entry.namespace });
    else
      log(entry.level === ERROR ? 'error' : entry.level === WARN ? 'warn' : 'debug', cause, {
        namespace: entry.namespace,
        ...fields,
      });
  };
}
