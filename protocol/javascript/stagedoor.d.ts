// The types of stagedoor.js. README.md beside this file describes them.

export type RequestId = string | number;

/** The reply to a request, with the keys of the wire. */
export interface Envelope<Data = any> {
  errors: any[];
  data: Data;
  action: string | null;
  route: string;
  status: number;
  request_id?: RequestId | null;
}

/** What the server sends without being asked. */
export interface Event<Data = any> {
  type: string;
  data: Data;
  status: number;
  request_id?: RequestId;
  group?: string;
  /** In groups with a history. */
  offset?: number;
}

export interface Credentials {
  token: string | null;
  /** Seconds since 1970; null or nothing if it is not known. */
  expiresAt?: number | null;
}

export type TokenReason = 'connect' | 'reconnect' | 'rejected' | 'expiring';

export type State = 'connecting' | 'open' | 'waiting' | 'closed';

export interface StateChange {
  state: State;
  /** Why, in words. */
  why: string;
  /** With `waiting`: how long it waits, in milliseconds. */
  delayMs?: number;
  /** With `waiting` and `closed`: the close code, if there was one. */
  code?: number;
  /** With `waiting` and `closed`: the reason of the close. */
  reason?: string;
}

export interface RequestOptions {
  route?: string;
  /** Milliseconds; Infinity for none. */
  timeout?: number;
  signal?: AbortSignal;
  /** Names a subscription. Others get one by themselves. */
  requestId?: RequestId;
  /** The group that the client leaves if this succeeds. */
  leaves?: string;
}

export type RequestFunction = <Data = any>(
  action: string, args?: object, options?: RequestOptions
) => Promise<Envelope<Data>>;

/** Whether an action may be run. */
export interface Question {
  action: string;
  /** The root handler if there is none. */
  route?: string;
}

/** Null if the server cannot tell. */
export type Verdict = boolean | null;

export interface Answer {
  action: string;
  route: string;
  allowed: Verdict;
}

/** What came of a group in which the client went on after a reconnection. */
export interface Resumed {
  group: string;
  /** Whether all that was missed follows. */
  recovered: boolean;
  /** How many events that is; null if it is not recovered. */
  missed: number | null;
  /** Where the group stands; not there if the client is not in the group. */
  epoch?: string;
  offset?: number;
}

/** Events of a group that the client does not get. */
export interface Loss {
  group: string;
  /** It has all events up to this one. */
  after: number;
  /** The oldest event that it can still get. */
  next: number;
}

export interface Opening {
  /** Sends at once, before the requests that wait for the connection. */
  request: RequestFunction;
  isReconnect: boolean;
  /**
   * The groups that need not be joined again, with the status 200, or the
   * status with which the server refused. Null if the server could not tell
   * yet; the client asks again.
   */
  resumed: ReadonlyMap<string, Resumed & {status: number} | null>;
}

export interface Options {
  token?: (why: {reason: TokenReason}) =>
    string | null | Credentials | Promise<string | null | Credentials>;
  onState?: (change: StateChange) => void;
  onOpen?: (opening: Opening) => void | Promise<void>;
  /** Gives the offset behind which to go on; that before `next` by default. */
  onLost?: (loss: Loss) => number | void | Promise<number | void>;
  onFrame?: (kind: 'sent' | 'received', text: string) => void;
  onError?: (error: unknown) => void;
  /** Further close codes after which the connection stays closed. */
  finalCodes?: Iterable<number>;
  requestTimeoutMs?: number;
  connectTimeoutMs?: number;
  refreshBeforeMs?: number;
  queueMax?: number;
  requestsMax?: number;
  messageBytesMax?: number;
  canWatchedMax?: number;
  groupsMax?: number;
  /** Where there is no global one. */
  WebSocket?: new (url: string, protocols: string[]) => any;
}

/** Ends what a listener hears. */
export type Unsubscribe = () => void;
export type Listener<Data = any> = (event: Event<Data>) => void;

export class Connection {
  constructor(url: string | URL, options?: Options);
  readonly state: State;
  readonly why: string;
  request<Data = any>(
    action: string, args?: object, options?: RequestOptions
  ): Promise<Envelope<Data>>;
  send(action: string, args?: object, options?: {route?: string}): boolean;
  can(
    questions: Iterable<Question>,
    options?: {timeout?: number; signal?: AbortSignal}
  ): Promise<Verdict[]>;
  watchCan(
    questions: Iterable<Question>, onChange: (answer: Answer) => void
  ): Unsubscribe;
  on(type: 'group.resumed', callback: Listener<Resumed>): Unsubscribe;
  on<Data = any>(type: string, callback: Listener<Data>): Unsubscribe;
  onGroup<Data = any>(group: string, callback: Listener<Data>): Unsubscribe;
  onSubscription<Data = any>(
    requestId: RequestId, callback: Listener<Data>
  ): Unsubscribe;
  onEvent(callback: Listener): Unsubscribe;
  forget(group: string): void;
  refresh(): Promise<Envelope<{user: any; expires_at: number | null}>>;
  close(code?: number, reason?: string): void;
}

export function connect(url: string | URL, options?: Options): Connection;

export class StagedoorError extends Error {}

export class ReplyError extends StagedoorError {
  constructor(envelope: Envelope);
  readonly envelope: Envelope;
  readonly status: number;
}

export class TimeoutError extends StagedoorError {
  /** Whether the action may have run. */
  readonly sent: boolean;
}

export class ConnectionLostError extends StagedoorError {
  readonly sent: true;
}

export class NotSentError extends StagedoorError {
  readonly sent: false;
}

export class ClosedError extends StagedoorError {
  /** Whether the action may have run. */
  readonly sent: boolean;
}

/** The server has broken the order of a group with a history. */
export class OffsetError extends StagedoorError {
  constructor(group: string, expected: number | null, offset: number);
  readonly group: string;
  /** Null if no position was known. */
  readonly expected: number | null;
  readonly offset: number;
}
