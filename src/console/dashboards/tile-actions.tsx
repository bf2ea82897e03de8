import type { ReactNode } from 'react';

interface TileActionsProps {
  readonly title: string;
  readonly onEdit: () => void;
  readonly onMove: (by: -1 | 1) => void;
  readonly onRemove: () => void;
}

/** What can be done with a tile while its dashboard is edited. */
export function TileActions({ title, onEdit, onMove, onRemove }: TileActionsProps): ReactNode {
  return (
    <span className="row tile-actions">
      <button type="button" className="quiet" onClick={onEdit} aria-label={`Edit ${title}`}>
        Edit
      </button>
      <button type="button" className="quiet" onClick={() => onMove(-1)} aria-label={`Move ${title} back`}>
        ←
      </button>
      <button type="button" className="quiet" onClick={() => onMove(1)} aria-label={`Move ${title} on`}>
        →
      </button>
      <button type="button" className="quiet danger" onClick={onRemove} aria-label={`Remove ${title}`}>
        ×
      </button>
    </span>
  );
}
