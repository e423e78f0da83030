import type { HoverHelp } from '../../../src-main/lab/contract.ts';

function part(parent: HTMLElement, tag: string, class_name: string, text: string): void {
  if (text === '') return;
  const element = parent.appendChild(document.createElement(tag));
  element.className = class_name;
  element.textContent = text;
}

/** The box that tells of a word of a scenario: what it is, what it means, what holds without it, how it is written. */
export function helpDom({ word, kind, text, default: without, example }: HoverHelp): HTMLElement {
  const box = document.createElement('div');
  box.className = 'scenario-help';
  const head = box.appendChild(document.createElement('div'));
  part(head, 'code', 'help-word', word);
  part(head, 'span', 'help-kind', kind.replaceAll('`', ''));
  part(box, 'div', 'help-text', text);
  if (without !== '') part(box, 'div', 'help-kind', `Default: ${without}`);
  part(box, 'code', 'help-example', example);
  return box;
}
