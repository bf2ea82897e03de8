import { type FaultKind, Simulation } from './simulation.js';

export interface SeedResult {
  readonly failure: unknown;
  readonly summary: string;
  readonly trace: readonly string[];
  /** Deaths at each kill point. */
  readonly deaths: ReadonlyMap<string, number>;
}

export async function runSeed(seed: number, steps: number, kind: FaultKind = 'any'): Promise<SeedResult> {
  const simulation = new Simulation(seed, kind);
  let failure: unknown;
  try {
    await simulation.run(steps);
  } catch (error) {
    failure = error;
  }
  const { answers, refusals, deaths, world } = simulation;
  const outcome =
    failure === undefined ? 'holds' : `FAILS: ${failure instanceof Error ? failure.message : String(failure)}`;
  const counts = `${steps} steps, ${answers} answers, ${refusals} refusals, ${Math.round(world.clock.monotonicMs() / 1_000)} simulated s`;
  return { failure, summary: `seed ${seed}: ${outcome} (${counts})`, trace: world.trace, deaths };
}
