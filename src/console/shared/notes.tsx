import type { ReactNode } from 'react';

/** What happened and what to do about it. */
export function ErrorNote({ error }: { readonly error: Error | string | undefined }): ReactNode {
  if (error === undefined) return null;
  return (
    <p className="error-note" role="alert">
      {typeof error === 'string' ? error : error.message}
    </p>
  );
}

/** Where there is nothing yet: what would be here, and how it comes. */
export function EmptyState({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  return (
    <div className="empty-state">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
/** A word about a state, coloured by what it means. */
export function Badge({
  tone,
  children,
}: {
  readonly tone?: 'good' | 'warn' | 'bad' | undefined;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <span className="badge" data-tone={tone}>
      {children}
    </span>
  );
}
