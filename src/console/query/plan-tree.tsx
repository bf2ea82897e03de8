import { type KeyboardEvent, type ReactNode, useEffect, useState } from 'react';
import { placeAfter } from '../shared/arrow-keys.js';
import { formatMs, formatNumber } from '../shared/format.js';
import { type Measured, measure } from './measure.js';
import type { Step } from './plan.js';

/** A plan as a tree: each step above what it reads, with what it did when it was run. Arrow keys go through it, open and close. */
export function PlanTree({ steps }: { readonly steps: readonly Step[] }): ReactNode {
  return (
    <div className="plan">
      <ul role="tree" aria-label="Steps of the plan" onKeyDown={onTreeKey}>
        {steps.map((step, i) => (
          <PlanStep key={i} step={step} level={1} isFirst={i === 0} />
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

interface PlanStepProps {
  readonly step: Step;
  readonly level: number;
  /** Tab leads to it. */
  readonly isFirst: boolean;
}

function PlanStep({ step, level, isFirst }: PlanStepProps): ReactNode {
  const [isOpen, setOpen] = useState(true);
  const hasInputs = step.inputs.length > 0;
  return (
    <li role="none">
      <div
        className="step"
        role="treeitem"
        aria-level={level}
        aria-expanded={hasInputs ? isOpen : undefined}
        tabIndex={isFirst ? 0 : -1}
      >
        <p className="row">
          {hasInputs && (
            <button
              type="button"
              className="quiet toggle"
              tabIndex={-1}
              aria-hidden="true"
              onClick={() => setOpen(!isOpen)}
            >
              {isOpen ? '▾' : '▸'}
            </button>
          )}
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
      {hasInputs && isOpen && (
        <ul role="group">
          {step.inputs.map((input, i) => (
            <PlanStep key={i} step={input} level={level + 1} isFirst={false} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** Up and down to the steps in sight, left closes or goes to the step above, right opens or goes to the first below. */
function onTreeKey(event: KeyboardEvent<HTMLElement>): void {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=treeitem]')];
  const at = items.findIndex((item) => item === event.target);
  const item = items[at];
  if (item === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  const toggle = item.querySelector<HTMLElement>('.toggle');
  const isOpen = item.getAttribute('aria-expanded') === 'true';
  const { key } = event;
  if (key === 'Enter' || key === ' ' || (key === 'ArrowLeft' && isOpen) || (key === 'ArrowRight' && !isOpen)) {
    toggle?.click();
  } else if (key === 'ArrowLeft') stepAbove(item)?.focus();
  else {
    const next = items[placeAfter(key, at, items.length)];
    if (next === undefined) return;
    next.focus();
  }
  event.preventDefault();
}

function stepAbove(item: HTMLElement): HTMLElement | null | undefined {
  return item.closest('ul')?.parentElement?.querySelector<HTMLElement>(':scope > [role=treeitem]');
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
