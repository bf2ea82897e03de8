import { Component, type ReactNode } from 'react';
import { EmptyState } from '../shared/notes.js';

interface Props {
  readonly children: ReactNode;
}

/** A page that fails leaves the navigation usable and says what failed. */
export class ErrorBoundary extends Component<Props, { readonly error: Error | undefined }> {
  override state: { readonly error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: Error): { readonly error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <section className="panel" role="alert">
        <EmptyState title="This page failed">
          <pre>{error.message}</pre>
          <p>
            Your data is not affected. Load the page again; if it fails again, this text helps those who look into it.
          </p>
          <button type="button" onClick={() => location.reload()}>
            Load again
          </button>
        </EmptyState>
      </section>
    );
  }
}
