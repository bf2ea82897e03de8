import { textElement } from './dom.js';
import { formatInteger } from './format.js';

export interface Bar {
  readonly name: string | null;
  readonly count: number;
}

/** Shows the bars, longest first. Places keep their elements, so that their lengths change smoothly. */
export function showBars(list: HTMLElement, bars: readonly Bar[]): void {
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  while (list.children.length > bars.length) list.lastElementChild?.remove();
  while (list.children.length < bars.length) {
    const item = document.createElement('li');
    item.append(textElement('span', ''), textElement('span', ''));
    list.append(item);
  }
  bars.forEach((bar, place) => {
    const item = list.children[place] as HTMLElement;
    const [name, count] = [...item.children] as [HTMLElement, HTMLElement];
    item.style.setProperty('--share', `${((bar.count / most) * 100).toFixed(1)}%`);
    name.textContent = bar.name ?? 'null';
    name.title = name.textContent;
    count.textContent = formatInteger(bar.count);
  });
}
