import { type ReactNode, useEffect, useState } from 'react';
import { formatMs, formatNumber } from '../shared/format.js';
import { type Measured, measure } from './measure.js';
import type { Step } from './plan.js';

/** A plan as a tree: each step above what it reads, with what it did when it was run. */
export function PlanTree({ steps }: { readonly steps: readonly Step[] }): ReactNode {
  return (
    <div className="plan">
      <ul>
        {steps.map((step, i) => (
          <PlanStep key={i} step={step} />
        ))}
      </ul>
      <p className="faint small">
        Each step was run by itself, without caches, with everything below it. Segments: how many are read of all that
        the table has; the others are pruned by time or shard. Blocks: how many are read of those of these segments; the
        others are pruned by what is known of their times and values.
      </p>
    </div>
  );
}

function PlanStep({ step }: { readonly step: Step }): ReactNode {
  return (
    <li>
      <div className="step">
        <p className="row">
          <strong>{step.title}</strong>
          {step.query !== undefined && <Measurement step={step} />}
        </p>
        <dl>
          {step.details.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <code>{value}</code>
              </dd>
            </div>
          ))}
        </dl>
      </div>
      {step.inputs.length > 0 && (
        <ul>
          {step.inputs.map((input, i) => (
            <PlanStep key={i} step={input} />
          ))}
        </ul>
      )}
    </li>
  );
}

function Measurement({ step }: { readonly step: Step }): ReactNode {
  const [measured, setMeasured] = useState<Measured | Error | undefined>(undefined);
  useEffect(() => {
    if (step.query !== undefined) measure(step.query, step.table).then(setMeasured, setMeasured);
  }, [step]);
  if (measured === undefined) return <span className="faint small">running…</span>;
  if (measured instanceof Error) return <span className="faint small">not run: {measured.message}</span>;
  const { rows, tookMs, segments, blocks } = measured;
  return (
    <>
      <span className="badge">{formatNumber(rows)} rows</span>
      <span className="badge">{formatMs(tookMs)}</span>
      {segments !== undefined && (
        <span className="badge">
          {segments.all === 0 ? 'no segments yet' : `${segments.read} of ${segments.all} segments`}
        </span>
      )}
      {blocks !== undefined && (
        <span className="badge">
          {formatNumber(blocks.read)} of {formatNumber(blocks.all)} blocks
        </span>
      )}
    </>
  );
}
