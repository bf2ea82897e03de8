import type { ReactNode } from 'react';

/** Text as it is, in a box that scrolls; by keys too. */
export function CodeBlock({ label, text }: { readonly label: string; readonly text: string }): ReactNode {
  return (
    <pre className="code-block" tabIndex={0} role="region" aria-label={label}>
      {text}
    </pre>
  );
}
