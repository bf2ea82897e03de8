import { expect, test } from 'vitest';
import { createLogger, type LoggerOptions } from '../../../src/telemetry/logger.js';

function lines(options: Omit<LoggerOptions, 'write'>): {
  readonly log: ReturnType<typeof createLogger>;
  readonly written: string[];
} {
  const written: string[] = [];
  return { log: createLogger({ ...options, write: (line) => written.push(line) }), written };
}

test('a line is JSON with time, level, message and the fields of all parents', () => {
  const { log, written } = lines({ level: 'info', format: 'json' });
  log.child({ service: 'broker' }).child({ queryId: 'q1' }).warn('Query is slow', { dataSource: 'wikipedia' });
  expect(JSON.parse(written[0]!)).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    level: 'warn',
    msg: 'Query is slow',
    service: 'broker',
    queryId: 'q1',
    dataSource: 'wikipedia',
  });
});

test('lines below the level are not written', () => {
  const { log, written } = lines({ level: 'warn', format: 'json' });
  log.info('no');
  log.child({ service: 'broker' }).debug('no');
  log.error('yes');
  expect(written).toHaveLength(1);
});

test('text lines are for people: fields as name=value, errors with their stack', () => {
  const { log, written } = lines({ level: 'debug', format: 'text' });
  log.error('Segment is corrupt', { segmentId: 'a_b', offset: 12, file: 'my file', err: new Error('checksum') });
  expect(written.join('')).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} ERROR Segment is corrupt segmentId=a_b offset=12 file="my file"\n {4}Error: checksum\n {8}at /,
  );
});
