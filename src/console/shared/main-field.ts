/** Moves the focus to the page's main field: what is marked with `data-main-field`, or what can be written in within it. */
export function focusMainField(): void {
  const marked = document.querySelector<HTMLElement>('[data-main-field]');
  (marked?.querySelector<HTMLElement>('[contenteditable="true"]') ?? marked)?.focus();
}
