import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalLogService } from '../../../../src/streams/local-log/local-log-service.js';
import { LocalLogSource } from '../../../../src/streams/local-log/local-log-source.js';
import { describeSource } from '../source-suite.js';

describeSource('the local log', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-log-'));
  // Small segment files, so that reading crosses them.
  const service = new LocalLogService({ directory, segmentBytes: 512 });
  await service.create('events');
  return {
    open: () => new LocalLogSource({ directory, stream: 'events' }),
    append: async (values) => {
      for (let i = 0; i < values.length; i += 10) {
        await service.append(
          'events',
          values.slice(i, i + 10).map((value) => ({ value: Buffer.from(value) })),
        );
      }
    },
    deleteBefore: (offset) => service.trim('events', { 0: offset }, 0),
    close: async () => {
      await service.close();
      await rm(directory, { recursive: true });
    },
  };
});
