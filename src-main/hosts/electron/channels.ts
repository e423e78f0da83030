/** What the desktop host and its preload call each other by. */
export const CHANNEL = {
  /** Main → window, with one port: the lab. */
  port: 'memledger:port',
  /** Main → window: show this place of the lab, a route such as `#/run/7`. */
  show: 'memledger:show',
} as const;
