import type { Work } from '../axis-module.ts';
import type { PinSet } from '../policies/pin-policy.ts';
import type { World } from '../world.ts';
import type { TcpConnection } from './tcp-connection.ts';

/** A zero-copy send of which something may still be on its way. */
interface Send {
  readonly set: PinSet;
  readonly connection: TcpConnection;
  /** Bytes that the connection had taken in all with the last of this send; infinite while it goes on, 0 if it took nothing. */
  end_bytes: number;
}

/** The work of a send, which tells how many bytes the connection has taken of it. */
export interface SendWork extends Work {
  readonly moved_bytes: number;
}

/**
 * Sends with MSG_ZEROCOPY: `msg_zerocopy_realloc()` and `__msg_zerocopy_callback()` of net/core/skbuff.c (6.12). The pages of a call are accounted as pinned at its
 * begin, for all that it wants to send, and until the last byte that it did send has been acknowledged; a call that is refused sends nothing.
 *
 * Left out: a `send` names no buffer, so that no page is held besides the account; the write queue is charged for such segments as for others, where the kernel leaves their
 * payload out since 5.16; two calls that end and begin in one segment complete by themselves, where the kernel may make one notification of them.
 */
export class ZeroCopySends {
  private readonly world: World;
  private readonly sends = new Set<Send>();

  constructor(world: World) {
    this.world = world;
  }

  /** The work of a send, with its pages on account. `connect` opens the connection; null: it cannot. */
  begin(task: number, size_bytes: number, connect: () => TcpConnection | null, work: SendWork): Work {
    let send: Send | null | undefined;
    let last_bytes = 0;
    return {
      advance: (count) => {
        if (send === undefined) {
          const connection = this.world.spaces.alive[task] === 1 ? connect() : null;
          if (connection === null) return false;
          const set = this.world.pins.accountSend(task, size_bytes);
          if (set === false) return false;
          send = set === null ? null : { set, connection, end_bytes: Number.POSITIVE_INFINITY };
          if (send !== null) this.sends.add(send);
        }
        const moved_bytes = work.moved_bytes;
        const goes_on = work.advance(count);
        if (send === null) return goes_on;
        if (work.moved_bytes > moved_bytes) last_bytes = send.connection.sent_bytes;
        if (!goes_on) send.end_bytes = last_bytes;
        return goes_on;
      },
    };
  }

  /** Completes the sends of which nothing is in a write queue any more. */
  settle(): void {
    for (const send of this.sends) {
      const { connection, set, end_bytes } = send;
      if (connection.sent_bytes - connection.unsent_bytes < end_bytes) continue;
      this.sends.delete(send);
      this.world.pins.unaccountSend(set);
    }
  }
}
