import type { KeyboardEvent } from 'react';

/** By arrow keys, Home and End the focus moves among the elements of a list that fit `selector`; Tab goes through them as always. */
export function arrowKeys(selector: string): (event: KeyboardEvent<HTMLElement>) => void {
  return (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const items = [...event.currentTarget.querySelectorAll<HTMLElement>(selector)];
    const at = items.findIndex((item) => item === event.target);
    const next = at < 0 ? undefined : items[placeAfter(event.key, at, items.length)];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  };
}

/** The same for rows of several elements: up and down to the same place of another row, left and right within the row. */
export function gridKeys(rowSelector: string): (event: KeyboardEvent<HTMLElement>) => void {
  return (event) => {
    const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(rowSelector)].map((row) => [
      ...row.querySelectorAll<HTMLElement>('button'),
    ]);
    const row = rows.findIndex((cells) => cells.some((cell) => cell === event.target));
    const at = rows[row]?.findIndex((cell) => cell === event.target) ?? -1;
    if (row < 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const isAside = event.key === 'ArrowLeft' || event.key === 'ArrowRight';
    const cells = isAside ? rows[row]! : (rows[placeAfter(event.key, row, rows.length)] ?? []);
    const next = cells[isAside ? placeAfter(event.key, at, cells.length) : Math.min(at, cells.length - 1)];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  };
}

/** Where a key leads to from place `at` of `length`; -1 = nowhere. */
export function placeAfter(key: string, at: number, length: number): number {
  switch (key) {
    case 'ArrowDown':
    case 'ArrowRight':
      return Math.min(at + 1, length - 1);
    case 'ArrowUp':
    case 'ArrowLeft':
      return Math.max(at - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return length - 1;
    default:
      return -1;
  }
}
