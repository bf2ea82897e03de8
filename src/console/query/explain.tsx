import { type ReactNode, useEffect, useState } from 'react';
import { sql } from '../shared/api.js';
import { ErrorNote } from '../shared/notes.js';
import { planSteps, type Step } from './plan.js';
import { PlanTree } from './plan-tree.js';

/** How a statement is carried out. */
export function Explain({ text, onClose }: { readonly text: string; readonly onClose: () => void }): ReactNode {
  const [steps, setSteps] = useState<readonly Step[] | Error | undefined>(undefined);
  useEffect(() => {
    const controller = new AbortController();
    setSteps(undefined);
    const tell = (next: readonly Step[] | Error): void => {
      if (!controller.signal.aborted) setSteps(next);
    };
    const statement = text.trim().replace(/;$/, '');
    sql<{ readonly PLAN: string }>(
      /^explain\b/i.test(statement) ? statement : `EXPLAIN PLAN FOR ${statement}`,
      controller.signal,
    )
      .then(([row]) => tell(planSteps(row!.PLAN)))
      .catch(tell);
    return () => controller.abort();
  }, [text]);
  return (
    <section className="panel" aria-label="Plan">
      <div className="panel-head">
        <h2>Plan</h2>
        <button type="button" className="quiet push-right" onClick={onClose}>
          Close
        </button>
      </div>
      {steps instanceof Error && <ErrorNote error={steps} />}
      {steps !== undefined && !(steps instanceof Error) && <PlanTree steps={steps} />}
    </section>
  );
}
