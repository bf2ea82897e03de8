import type { KillPoint } from '../../src/platform/kill-point.js';
import type { MillraceProcess } from '../support/millrace-process.js';

const PLAN = new URL('./kill-plan.mjs', import.meta.url).href;

export interface KillAt {
  /** The how many-th fsync, rename, PUT or commit of the process. */
  readonly point: number;
  readonly when: 'before' | 'after';
  /** Only points of this kind count. */
  readonly kind?: KillPoint;
}

/** Starts a process that dies at the point; false when it died before it could serve. */
export async function startToDie(server: MillraceProcess, { point, when, kind }: KillAt): Promise<boolean> {
  try {
    await server.start({
      NODE_OPTIONS: `--import=${PLAN}`,
      TEST_KILL_POINT: [point, when, kind].filter(Boolean).join(':'),
    });
    return true;
  } catch (error) {
    if (!server.hasEnded) throw error;
    return false;
  }
}

/** What a process said when it died: fsync, rename, put or commit, most often first. */
export function deaths(log: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [, point] of log.matchAll(/^Killed (?:before|after) an? (\w+)$/gm))
    found.set(point!, (found.get(point!) ?? 0) + 1);
  return new Map([...found].sort((a, b) => b[1] - a[1]));
}
