import { randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Who may use the lab: whoever opens a link with a token that was printed in the terminal, once. The token is exchanged for a session,
 * so that neither the browser's history nor a page the browser visits later holds anything of use.
 */
export interface Access {
  /** A new one-time token. */
  issue(): string;
  /** Exchanges a token for a session's id; undefined if it is wrong or was used. */
  redeem(token: string): string | undefined;
  /** Whether a request's cookies hold a session. */
  knows(cookies: string | undefined): boolean;
  /** The `Set-Cookie` of a session. */
  cookie(session: string): string;
}

const secret = (): string => randomBytes(32).toString('base64url');

function equal(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** `name` tells the cookies of several labs on one machine apart: browsers do not keep cookies by port. */
export function createAccess(name: string): Access {
  const tokens = new Set<string>();
  const sessions = new Set<string>();
  const find = (secrets: ReadonlySet<string>, given: string): string | undefined => [...secrets].find((one) => equal(one, given));
  return {
    issue() {
      const token = secret();
      tokens.add(token);
      return token;
    },
    redeem(token) {
      const found = find(tokens, token);
      if (found === undefined) return undefined;
      tokens.delete(found);
      const session = secret();
      sessions.add(session);
      return session;
    },
    knows(cookies = '') {
      const given = cookies.split(';').map((pair) => pair.trim().split('='));
      return given.some(([key, value]) => key === name && value !== undefined && find(sessions, value) !== undefined);
    },
    cookie: (session) => `${name}=${session}; HttpOnly; SameSite=Strict; Path=/`,
  };
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Whether a `Host` names this machine itself, on whatever port (ssh may forward another one). A foreign site that points its own name
 * at 127.0.0.1 gets no further than this.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && LOOPBACK.has(host.replace(/:\d+$/, ''));
}

/** Whether a socket was opened by a page of this same server. */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  return isLoopbackHost(host) && origin === `http://${host}`;
}
