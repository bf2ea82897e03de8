import { expect, test } from 'vitest';
import { requireService } from '../support/services.js';
import {
  chaos,
  indexerStopped,
  kafkaRestarted,
  killPoint,
  partitionAdded,
  postgresAway,
  s3Away,
  taskCountChanged,
} from './chaos.js';

const budget = Math.max(1, Number(process.env['CI_BUDGET'] ?? 1));
/** A minute in a long run. */
const AWAY_MS = Math.min(60_000, 2_000 * budget);
/** For as long as these answers take, too: queries go on without the service. */
const ANSWERS = 10;
const SEED = Math.floor(Math.random() * 2 ** 31);

const services = await Promise.all([requireService('kafka'), requireService('s3'), requireService('postgres')]);

const ROUND = [
  killPoint('indexer-a'),
  killPoint('coordinator'),
  killPoint('historical-a'),
  killPoint('indexer-b'),
  killPoint('broker'),
  killPoint('historical-b'),
  killPoint('indexer-a'),
  killPoint('coordinator'),
];
const FAULTS = [
  ...Array.from({ length: Math.round(budget) }, () => ROUND).flat(),
  ...Array.from({ length: Math.round(budget) }, () => [taskCountChanged, indexerStopped, taskCountChanged]).flat(),
  partitionAdded,
  postgresAway({ ms: AWAY_MS, answers: ANSWERS }),
  // Segments that were published right before may not be with any historical yet.
  s3Away({ ms: AWAY_MS, answers: 0 }),
  kafkaRestarted({ ms: AWAY_MS, answers: ANSWERS }),
  killPoint('indexer-b'),
];

test.skipIf(services.some(({ available }) => !available))(
  `in a cluster everything written counts once after each of ${FAULTS.length} faults: kill points of every role, rebalances, services that are away (seed ${SEED})`,
  async () => {
    const lines: string[] = [];
    const say = (text: string): void => void lines.push(`${new Date().toISOString()} ${text}`);
    const result = await chaos({ seed: SEED, faults: () => FAULTS, settles: true, say }).catch((error: unknown) => {
      console.error(lines.join('\n'));
      throw error;
    });
    process.stdout.write(`chaos ${JSON.stringify(result)} of seed ${SEED}\n`);
    expect(result.answers).toBeGreaterThan(FAULTS.length);
    expect(result.events).toBeGreaterThan(0);
  },
  3_600_000,
);
