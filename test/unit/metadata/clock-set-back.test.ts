import { expect, test } from 'vitest';
import { openSqliteDatabase } from '../../../src/metadata/sqlite-database.js';
import { SqlMetadataStore } from '../../../src/metadata/sql-metadata-store.js';
import { SeededRandomness } from '../../../src/platform/randomness.js';
import { SimulatedClock } from '../../../src/platform/simulated-clock.js';

class MovableClock extends SimulatedClock {
  setBackMs = 0;

  override nowMs(): number {
    return super.nowMs() - this.setBackMs;
  }
}

test('a node that was heard before the clock was set back makes no other one dead', async () => {
  const clock = new MovableClock();
  const store = new SqlMetadataStore(openSqliteDatabase(':memory:', clock), {
    changeLogEntries: 1000,
    clock,
    randomness: new SeededRandomness(1),
  });
  await store.open();
  const beat = (id: string): Promise<void> =>
    store.heartbeat({ id, roles: ['historical'], host: 'h', port: 1, startedAtMs: 0, viewS: 0 });
  const live = async (): Promise<string[]> => (await store.liveNodes(10_000)).map(({ id }) => id);
  await beat('ahead');
  clock.setBackMs = 3_600_000;
  await beat('here');
  expect(await live()).toContain('here');
  await clock.advance(9_000);
  await beat('here');
  expect(await live()).toContain('here');
  // Nor does it keep one alive that is silent.
  await clock.advance(5_000);
  await beat('other');
  await clock.advance(6_000);
  await beat('other');
  expect(await live()).not.toContain('here');
  expect(await live()).toContain('other');
  await store.close();
});
