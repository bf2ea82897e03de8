import type { Deviations } from './deviations.js';
import { judge, type Verdict } from './judge.js';
import { needsLineitem, recordedCases, type RecordedCase } from './recorded-case.js';
import type { ReferenceServer } from './reference-server.js';

/** `stale`: listed as a deviation, but the answers agree. */
export type Outcome = 'passed' | 'failed' | 'deviates' | 'stale' | 'notYetServed' | 'notRun';

export interface CaseResult {
  readonly id: string;
  readonly outcome: Outcome;
  /** What differs; empty if nothing does. */
  readonly detail: string;
  /** Only the words of an error differ, where that does not count. */
  readonly message?: string;
}

/** Outcomes that fail a run. */
export const BAD: ReadonlySet<Outcome> = new Set(['failed', 'stale']);

export type Target = Pick<ReferenceServer, 'url' | 'node' | 'hasLineitem'>;

/** Asks a group's cases one after another, since some change what later ones see. */
export async function runGroup(group: string, target: Target, deviations: Deviations): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const recorded of recordedCases(group)) {
    if (needsLineitem(recorded) && !target.hasLineitem) {
      results.push({ id: recorded.id, outcome: 'notRun', detail: 'needs lineitem' });
      continue;
    }
    const verdict = await ask(recorded, target);
    results.push(resultOf(recorded, verdict, deviations));
  }
  return results;
}

async function ask(recorded: RecordedCase, target: Target): Promise<Verdict> {
  const { method, headers, path, body, rawBody } = recorded.request;
  const sent = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(target.url + path.replaceAll(/\blocalhost:\d{4,5}\b/g, target.node), {
    method,
    headers: headers ?? {},
    redirect: 'manual',
    ...(sent !== undefined && method !== 'GET' && method !== 'HEAD' && { body: sent }),
  });
  return judge(
    recorded,
    { status: response.status, headers: response.headers, text: await response.text() },
    target.node,
  );
}

/** The words of SQL errors list what a parser would take next, which is plausible rather than equal. */
function resultOf({ id, group }: RecordedCase, verdict: Verdict, deviations: Deviations): CaseResult {
  const isMessageFree = group.startsWith('sql');
  const detail = verdict.difference ?? (isMessageFree ? undefined : verdict.message) ?? '';
  const message = verdict.difference === null && isMessageFree ? verdict.message : undefined;
  const isListed = deviations.cases[id] !== undefined;
  const outcome: Outcome =
    detail === ''
      ? isListed
        ? 'stale'
        : 'passed'
      : isListed
        ? 'deviates'
        : deviations.notYetServed[group] === undefined
          ? 'failed'
          : 'notYetServed';
  return { id, outcome, detail, ...(message !== undefined && { message }) };
}
