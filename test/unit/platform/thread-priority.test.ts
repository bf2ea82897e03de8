import { once } from 'node:events';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { workerEntry } from '../../../src/common/worker-entry.js';

test.runIf(process.platform === 'linux')(
  'a thread in the background yields to the others, which stay as they are',
  async () => {
    const { url, execArgv } = workerEntry(import.meta.url, './background.worker');
    const own = getPriority();
    const [[before, after]] = (await once(new Worker(url, { execArgv: [...execArgv] }), 'message')) as [
      [number, number],
    ];
    expect(before).toBe(own);
    expect(after).toBeGreaterThan(own);
    expect(getPriority()).toBe(own);
  },
);
