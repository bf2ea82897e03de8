/** How long the threads of processes have waited for a core: what marks a disturbed measurement. */
import { readdirSync, readFileSync } from 'node:fs';

export interface SchedulerTimes {
  readonly cpuMs: number;
  readonly waitMs: number;
}

/** Sums over all threads since their start; undefined where the system does not tell. */
export function schedulerTimes(pids: readonly number[]): SchedulerTimes | undefined {
  let cpu = 0;
  let wait = 0;
  try {
    for (const pid of pids) {
      for (const thread of readdirSync(`/proc/${pid}/task`)) {
        const [ran, waited] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ');
        cpu += Number(ran);
        wait += Number(waited);
      }
    }
  } catch {
    return undefined;
  }
  return { cpuMs: cpu / 1e6, waitMs: wait / 1e6 };
}

/** Resident memory of a process in bytes; undefined where the system does not tell. */
export function residentBytes(pid: number): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}
