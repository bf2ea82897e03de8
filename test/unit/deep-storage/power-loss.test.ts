import { expect, test } from 'vitest';
import { LocalDeepStorage } from '../../../src/deep-storage/local.js';
import { SeededRandomness } from '../../../src/platform/randomness.js';
import { errorOf, ModelFileSystem, PowerLoss } from '../../support/model-file-system.js';

const SEEDS = 200;

test(`an object whose push was answered survives a power cut, and any other is whole or absent, in ${SEEDS} seeds`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = new SeededRandomness(seed);
    const files = new ModelFileSystem();
    await files.mkdir('/store');
    const storage = new LocalDeepStorage('/deep', files, random);
    const endAt = files.operations + Math.floor(random.nextDouble() * 120);
    files.before = (_, path) => {
      if (files.operations >= endAt) throw new PowerLoss('The power is cut');
      if (random.nextDouble() < 0.02) throw errorOf('ENOSPC', path);
    };
    const pushed = new Map<string, { readonly bytes: Buffer; isAnswered: boolean }>();
    try {
      for (let i = 0; i < 20; i++) {
        const push = { bytes: Buffer.alloc(Math.floor(random.nextDouble() * 4_000), `${i}`), isAnswered: false };
        const key = `events/${i % 5}/${i}/data`;
        pushed.set(key, push);
        try {
          await files.writeAtomic(`/store/${i}`, push.bytes);
          if (i % 2 === 0) await storage.putFile(key, `/store/${i}`);
          else await storage.put(key, push.bytes);
          push.isAnswered = true;
        } catch (error) {
          if (error instanceof PowerLoss) throw error;
        }
      }
    } catch {
      // The machine is off.
    }
    files.crash(seed);
    for (const [key, { bytes, isAnswered }] of pushed) {
      const found = await storage.get(key);
      if (isAnswered || found !== undefined) expect(found, `${key} in seed ${seed}`).toEqual(Uint8Array.from(bytes));
    }
  }
});
