import type { ReactNode } from 'react';
import { arrowKeys } from './arrow-keys.js';

interface TabsProps<Name extends string> {
  readonly label: string;
  readonly names: Readonly<Record<Name, string>>;
  readonly chosen: Name;
  readonly onChoose: (name: Name) => void;
}

/** A few things of which one is shown. */
export function Tabs<Name extends string>({ label, names, chosen, onChoose }: TabsProps<Name>): ReactNode {
  return (
    <div className="tabs" role="group" aria-label={label} onKeyDown={arrowKeys('button')}>
      {(Object.entries(names) as [Name, string][]).map(([name, title]) => (
        <button key={name} type="button" aria-pressed={name === chosen} onClick={() => onChoose(name)}>
          {title}
        </button>
      ))}
    </div>
  );
}
