import { kindName } from './describe-event.ts';
import { KIND } from './events.ts';

/** What a part of a counter comes from, in words: who did what to which object. */
export function contributionInWords(kind: number, task: string, object: string, amount: number): string {
  const who = task === '' ? '' : `${task} `;
  const pages = object === '' ? 'pages' : `pages of ${object}`;
  switch (kind) {
    case KIND.page_add:
      return task === '' ? `${pages} came in` : `${who}brought in ${pages}`;
    case KIND.charge:
      return task === '' ? `charged for ${pages}` : `charged for ${pages} that ${task} used`;
    case KIND.recharge:
      return `${pages} whose charge came from another container`;
    case KIND.account:
      return `${who === '' ? 'charged' : `${who}was charged`}${object === '' ? '' : ` for ${object}`}${amount < 0 ? ', less than was given back' : ''}`;
    case KIND.borrow:
      return task === '' ? `borrowed ${pages}` : `${who}borrowed ${pages}`;
    case KIND.inherit:
      return 'handed up to the parent';
    case KIND.map:
      return `${who}mapped ${pages}`;
    case KIND.fault:
      return `${who}faulted ${pages}`;
    case KIND.page_evict:
      return `${pages} were evicted`;
    case KIND.limit_set:
      return 'the limit was set';
    case KIND.container_create:
      return 'the container was created';
    case KIND.container_remove:
      return 'the container was removed';
    case KIND.counter_read:
      return 'read from the kernel’s file';
    default:
      return `${who}${kindName(kind)}${object === '' ? '' : ` on ${object}`}`;
  }
}
