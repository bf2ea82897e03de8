import { type ReactNode, useState } from 'react';

interface ConfirmButtonProps {
  readonly title: string;
  /** What will happen, as the text of the button that does it. */
  readonly confirm: string;
  readonly onConfirm: () => void;
}

/** Asks once more in its place, because what it does cannot be undone. */
export function ConfirmButton({ title, confirm, onConfirm }: ConfirmButtonProps): ReactNode {
  const [asks, setAsks] = useState(false);
  if (!asks) {
    return (
      <button type="button" className="danger" onClick={() => setAsks(true)}>
        {title}
      </button>
    );
  }
  return (
    <span className="row">
      <button
        type="button"
        className="danger"
        onClick={() => {
          setAsks(false);
          onConfirm();
        }}
      >
        {confirm}
      </button>
      <button type="button" className="quiet" onClick={() => setAsks(false)}>
        Keep
      </button>
    </span>
  );
}
