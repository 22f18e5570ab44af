// Whether a connection that has ended comes back, and when. The functions here
// know of no socket and of no timer.

/** The first delay is below this. Milliseconds, as all times here. */
export const baseMs = 500;

/** No delay is above this. */
export const capMs = 30_000;

/** A connection that has lasted as long as this begins to count anew. */
export const stableMs = 10_000;

/**
 * Full jitter: anything from nothing to a bound that doubles with each attempt.
 * Clients that were lost together do not come back together.
 */
export function backOffMs(attempt, random = Math.random) {
  return random() * Math.min(capMs, baseMs * 2 ** attempt);
}

/** Close codes after which nothing would be different the next time. */
const finalCodes = new Map([
  [1000, 'disconnected'],
  [1002, 'the server saw an error of the protocol'],
  [1007, 'the server saw text that is not UTF-8'],
  [1008, 'the server closed for too many bad messages'],
  [1009, 'a message was too large for the server'],
  [4403, 'the server does not let this user connect'],
]);

/** What others mean; all others are a connection that was lost. */
const passingCodes = new Map([
  [1011, 'the server had an internal error'],
  [1012, 'the server restarts and will be back'],
  [1013, 'this client took its messages too slowly'],
  [4012, 'the server restarts and will be back'],
  [4013, 'this client took its messages too slowly'],
  [4408, 'the server heard nothing of this client'],
]);

const needsCredentials = 4401;
/** 1012 is what the option `--standard-close-codes` makes of 4012. */
const serviceRestart = [1012, 4012];

/** Whether a server that drains closes with this code. */
export function isDrain(code) {
  return serviceRestart.includes(code);
}

/** The time that a draining server names in the reason; undefined if none. */
function namedDelayMs(reason) {
  try {
    const delay = JSON.parse(reason).reconnect_after_ms;
    return Number.isFinite(delay) && delay >= 0 ? delay : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What follows the end of a connection: `{next, why}`, where `next` is
 * `reconnect`, `credentials` (the next connection needs new ones) or `stay`.
 * With the first two there is `delayMs`.
 * @param attempt how many times in a row it has been tried in vain.
 */
export function afterClose({code, reason}, attempt, random = Math.random) {
  if (finalCodes.has(code))
    return {next: 'stay', why: finalCodes.get(code)};
  if (code === needsCredentials)
    return {next: 'credentials',
            why: 'the credentials are no longer good',
            delayMs: backOffMs(attempt, random)};
  const named = isDrain(code) ? namedDelayMs(reason) : undefined;
  return {
    next: 'reconnect',
    why: passingCodes.get(code) ?? 'the connection was lost',
    // The server has spread its clients over time already.
    delayMs: named ?? backOffMs(attempt, random),
  };
}
