// A client of Stagedoor's wire contract (protocol/README.md) for browsers and
// Node.js. README.md beside this file describes it.

import {Watches} from './can.js';
import {Groups} from './groups.js';
import {afterClose, backOffMs, isDrain, stableMs} from './reconnect.js';

/** The base of all errors of this client. */
export class StagedoorError extends Error {
  constructor(text, options) {
    super(text, options);
    this.name = new.target.name;
  }
}

/** The server has answered with a status of 400 or more. */
export class ReplyError extends StagedoorError {
  constructor(envelope) {
    const [first] = envelope.errors ?? [];
    const text = first?.detail ?? first;
    super(`${envelope.status}: `
          + (typeof text === 'string' ? text : JSON.stringify(text)));
    this.envelope = envelope;
    this.status = envelope.status;
  }
}

/** No answer came in time. If `sent` is true, the action may have run. */
export class TimeoutError extends StagedoorError {
  constructor(ms, sent) {
    super(`no answer within ${ms} ms`);
    this.sent = sent;
  }
}

/** The connection was lost behind the request: nobody knows whether it ran. */
export class ConnectionLostError extends StagedoorError {
  constructor() {
    super('the connection was lost before the answer; the outcome is unknown');
    this.sent = true;
  }
}

/** The request was never sent, because too many others wait. */
export class NotSentError extends StagedoorError {
  constructor(text) {
    super(text);
    this.sent = false;
  }
}

/** The connection is closed. If `sent` is true, the action may have run. */
export class ClosedError extends StagedoorError {
  constructor(why, sent) {
    super(`the connection is closed: ${why}`);
    this.sent = sent;
  }
}

/**
 * The server has broken the order of a group: an event came twice, or another
 * one is missing, or no position came before it.
 */
export class OffsetError extends StagedoorError {
  /** @param expected null if no position was known. */
  constructor(group, expected, offset) {
    super(`offset ${offset} of ${group} in place of ${expected}`);
    this.group = group;
    this.expected = expected;
    this.offset = offset;
  }
}

/** The limits of a connection that are options, with their defaults. */
const limits = new Map([
  ['requestTimeoutMs', 15_000],
  ['connectTimeoutMs', 20_000],
  ['refreshBeforeMs', 30_000],
  ['queueMax', 64],
  ['requestsMax', 1_024],
  ['messageBytesMax', 65_536],
  ['canWatchedMax', 64],
  ['groupsMax', 64],
]);

/** As many bytes as the server takes by default. */
const routeBytesMax = 1_024;
const requestIdBytesMax = 128;

/** A longer time is no time for `setTimeout`. */
const timerMsMax = 2 ** 31 - 1;

/** Clocks may differ so much that all credentials seem to have expired. */
const refreshMsMin = 1_000;

/** What `onFrame` hears in place of a message with a token. */
const refreshFrame = '{"action":"refresh","route":"$auth/"}';

const functions = ['token', 'onState', 'onOpen', 'onLost', 'onFrame',
                   'onError'];
const subprotocol = 'stagedoor';
const canRoute = '$can/';
const groupsRoute = '$groups/';
const controlKeys = ['action', 'route', 'request_id'];
const nothing = () => {};

/** The characters of a subprotocol by RFC 9110, section 5.6.2. */
const plainToken = /^[\w!#$%&'*+.^`|~-]+$/;
const halfOfPair = /\p{Surrogate}/u;

const bytesOf = (text) => new TextEncoder().encode(text);

function need(holds, text) {
  if (!holds)
    throw new TypeError(text);
}

function checkRoute(route) {
  need(typeof route === 'string' && !halfOfPair.test(route),
       'a route is a string');
  if (bytesOf(route).length > routeBytesMax)
    throw new RangeError(`a route has at most ${routeBytesMax} bytes`);
}

/** A question that the server takes. */
function questionOf(given) {
  need(typeof given === 'object' && given !== null, 'a question is an object');
  const {action, route = '', ...others} = given;
  need(typeof action === 'string' && !halfOfPair.test(action),
       'an action is a string');
  checkRoute(route);
  for (const key of Object.keys(others))
    need(false, `a question has no ${key}`);
  return {action, route};
}

function protocolOf(token) {
  if (plainToken.test(token))
    return `bearer.${token}`;
  const text = btoa(String.fromCharCode(...bytesOf(token)))
    .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return `base64url.bearer.${text}`;
}

function addressOf(url) {
  const result = new URL(url, globalThis.location?.href);
  result.protocol = result.protocol.replace(/^http/, 'ws');
  need(/^wss?:$/.test(result.protocol), `not the URL of a WebSocket: ${url}`);
  result.hash = '';
  return result.href;
}

function checkedOptions(options) {
  const result = {WebSocket: globalThis.WebSocket, finalCodes: [],
                  onError: (error) => console.error(error)};
  for (const name of functions)
    result[name] ??= nothing;
  for (const [name, value] of limits)
    result[name] = value;
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined)
      continue;
    need(Object.hasOwn(result, name), `there is no option ${name}`);
    if (limits.has(name))
      need(typeof value === 'number' && value >= 0,
           `${name} is no number from 0`);
    else if (functions.includes(name))
      need(typeof value === 'function', `${name} is no function`);
    result[name] = value;
  }
  need(typeof result.WebSocket === 'function',
       'there is no WebSocket here; give one as the option WebSocket');
  result.finalCodes = new Set(result.finalCodes);
  return result;
}

/** Closes a socket that is still open or on its way to be. */
function closeSocket(socket, ...how) {
  // 0 is connecting and 1 is open.
  if (socket?.readyState <= 1)
    socket.close(...how);
}

/** Callbacks by a name that comes from outside, several for each name. */
class Listeners {
  #byName = new Map();
  #failed;

  constructor(failed) {
    this.#failed = failed;
  }

  add(name, callback) {
    need(typeof callback === 'function', 'a listener is a function');
    // Of its own, so that the same function may listen twice.
    const entry = {callback};
    if (!this.#byName.has(name))
      this.#byName.set(name, new Set());
    this.#byName.get(name).add(entry);
    return () => {
      const entries = this.#byName.get(name);
      entries?.delete(entry);
      if (entries?.size === 0)
        this.#byName.delete(name);
    };
  }

  tell(name, event) {
    for (const {callback} of [...this.#byName.get(name) ?? []]) {
      try {
        callback(event);
      } catch (error) {
        this.#failed(error);
      }
    }
  }
}

/** One request, from the call to its end. */
class Request {
  #timer;
  #signal;
  #onAnswer;
  #aborted = () => this.fail(this.#signal.reason);
  /** Whether it has been handed to a socket. */
  sent = false;

  /** @param onAnswer gets a success before the promise; what it throws counts. */
  constructor(id, text, {isSecret, timeoutMs, signal, onAnswer}, ended) {
    this.text = text;
    this.shown = isSecret ? refreshFrame : text;
    this.#signal = signal;
    this.#onAnswer = onAnswer;
    this.promise = new Promise((resolve, reject) => {
      const after = (settle) => (value) => {
        clearTimeout(this.#timer);
        signal?.removeEventListener('abort', this.#aborted);
        ended();
        settle(value);
      };
      this.succeed = after(resolve);
      this.fail = after(reject);
    });
    if (timeoutMs <= timerMsMax)
      this.#timer = setTimeout(
        () => this.fail(new TimeoutError(timeoutMs, this.sent)), timeoutMs);
    signal?.addEventListener('abort', this.#aborted);
  }

  take(envelope) {
    if (envelope.status >= 400) {
      this.fail(new ReplyError(envelope));
      return;
    }
    try {
      this.#onAnswer(envelope);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.succeed(envelope);
  }
}

/**
 * A connection to one endpoint, from `connect` to `close`, however many sockets
 * that takes.
 */
export class Connection {
  #url;
  #options;
  #state = 'connecting';
  #why = '';
  #socket = null;
  #isOpening = false;
  /** Of the wait for the next socket, or of one that does not open. */
  #timer;
  #refreshTimer;
  #attempt = 0;
  #openedAt = null;
  #wasOpen = false;
  /** Counts attempts, so that what belongs to an old one is left alone. */
  #era = 0;
  /** What a draining server has said; null while it does not drain. */
  #drain = null;
  #canHurry = false;
  #lastId = 0;
  /** Those that have no answer yet, in the order of their calls. */
  #requests = new Map();
  #byType;
  #byGroup;
  #bySubscription;
  #everything;
  #watches = new Watches({
    check: (questions) => this.#checkList(questions),
    canAsk: () => this.#canSend(false),
    ask: (questions) => this.#askList(questions),
    failed: (error) => this.#report(error),
  });
  #groups = new Groups({
    bounds: () => this.#options,
    canAsk: () => this.#canSend(true),
    ask: (groups, onAnswer) => this.#askGroups(groups, onAnswer),
    tell: (event) => this.#hear(event),
    lost: (loss) => this.#options.onLost(loss),
    misnumbered: (...what) => this.#report(new OffsetError(...what)),
    failed: (error) => this.#report(error),
  });
  #online = () => {
    if (this.#state === 'waiting' && this.#canHurry)
      this.#connect('reconnect');
  };

  constructor(url, options = {}) {
    this.#url = addressOf(url);
    this.#options = checkedOptions(options);
    const listeners = () => new Listeners((error) => this.#report(error));
    this.#byType = listeners();
    this.#byGroup = listeners();
    this.#bySubscription = listeners();
    this.#everything = listeners();
    globalThis.addEventListener?.('online', this.#online);
    // Behind the caller's next lines, which may add listeners.
    queueMicrotask(() => {
      if (this.#state === 'connecting')
        this.#connect('connect');
    });
  }

  /** `connecting`, `open`, `waiting` or `closed`. */
  get state() {
    return this.#state;
  }

  /** Why it is in this state, in words. */
  get why() {
    return this.#why;
  }

  /** Resolves with the envelope of a success; see README.md for failures. */
  request(action, args = {}, options = {}) {
    return this.#start(action, args, options);
  }

  /**
   * Sends a message that wants no answer, for an action that gives none.
   * @returns whether there was a connection to send it on; it is not kept.
   */
  send(action, args = {}, {route = ''} = {}) {
    const text = this.#textOf(action, args, route);
    const canGo = this.#canSend(false);
    if (canGo)
      this.#write(text);
    return canGo;
  }

  /**
   * Asks which actions it may run.
   * @returns the answers in the order of the questions: true, false, or null if
   * the server cannot tell.
   */
  async can(questions, {timeout, signal} = {}) {
    const {data} = await this.request(
      'check', {of: [...questions].map(questionOf)},
      {route: canRoute, timeout, signal});
    return data.allowed;
  }

  /**
   * Hears the answer to each question, and each answer that differs from the
   * one before, also over reconnections. @returns a function that ends this.
   */
  watchCan(questions, onChange) {
    need(typeof onChange === 'function', 'onChange is a function');
    const checked = [...questions].map(questionOf);
    if (this.#state === 'closed')
      throw new ClosedError(this.#why, false);
    return this.#watches.add(checked, onChange);
  }

  /** Hears events of a type. @returns a function that ends this. */
  on(type, callback) {
    return this.#byType.add(type, callback);
  }

  /** Hears events that name a group. @returns a function that ends this. */
  onGroup(group, callback) {
    return this.#byGroup.add(group, callback);
  }

  /** Hears events of a subscription. @returns a function that ends this. */
  onSubscription(requestId, callback) {
    return this.#bySubscription.add(requestId, callback);
  }

  /** Hears all events. @returns a function that ends this. */
  onEvent(callback) {
    return this.#everything.add(null, callback);
  }

  /**
   * Resumes in a group no more, because the client has left it other than by a
   * request that says so.
   */
  forget(group) {
    this.#groups.forget(group);
  }

  /** Asks for new credentials and sends them on the open connection. */
  async refresh() {
    const era = this.#era;
    const credentials = await this.#askForToken('expiring');
    if (era !== this.#era)
      throw new NotSentError('the connection has ended meanwhile');
    need(credentials.token, 'there is no token to refresh with');
    const envelope = await this.#start(
      'refresh', {token: credentials.token}, {route: '$auth/'},
      {isFirst: true});
    if (era === this.#era)
      this.#refreshBefore(envelope.data.expires_at);
    return envelope;
  }

  /** Ends the connection for good. */
  close(code = 1000, reason = '') {
    if (this.#state !== 'closed')
      this.#end('closed by the application', code, reason);
  }

  // -- requests ---------------------------------------------------------------

  #textOf(action, args, route, requestId) {
    need(typeof action === 'string', 'an action is a string');
    need(typeof args === 'object' && args !== null && !Array.isArray(args),
         'the arguments are an object');
    checkRoute(route);
    for (const key of controlKeys)
      need(!Object.hasOwn(args, key), `${key} cannot be an argument`);
    const control = requestId === undefined ? {} : {request_id: requestId};
    const text = JSON.stringify(
      {action, ...route === '' ? {} : {route}, ...args, ...control});
    const {messageBytesMax} = this.#options;
    if (bytesOf(text).length > messageBytesMax)
      throw new RangeError(`a message has at most ${messageBytesMax} bytes`);
    return text;
  }

  #checkedId(id) {
    if (id === undefined) {
      do
        ++this.#lastId;
      while (this.#requests.has(this.#lastId));
      return this.#lastId;
    }
    need(Number.isSafeInteger(id)
         || typeof id === 'string' && !halfOfPair.test(id),
         'a requestId is a string or a safe integer');
    if (typeof id === 'string' && bytesOf(id).length > requestIdBytesMax)
      throw new RangeError(
        `a requestId has at most ${requestIdBytesMax} bytes`);
    need(!this.#requests.has(id), `the requestId ${id} waits for its answer`);
    return id;
  }

  /**
   * @param isFirst whether it goes before `onOpen` is done.
   * @param isOwn whether it is the client's and not of the application, whose
   * limit does not hold it.
   */
  async #start(action, args, {route = '', timeout, signal, requestId, leaves},
               {isFirst = false, isOwn = false, onAnswer = nothing} = {}) {
    const {requestTimeoutMs, requestsMax, queueMax} = this.#options;
    const timeoutMs = timeout ?? requestTimeoutMs;
    need(typeof timeoutMs === 'number' && timeoutMs >= 0,
         'a timeout is a number of milliseconds from 0');
    need(leaves === undefined || typeof leaves === 'string',
         'leaves is the name of a group');
    signal?.throwIfAborted();
    const id = this.#checkedId(requestId);
    const text = this.#textOf(action, args, route, id);
    if (this.#state === 'closed')
      throw new ClosedError(this.#why, false);
    if (!isOwn && this.#requests.size >= requestsMax)
      throw new NotSentError(`${requestsMax} requests have no answer yet`);
    const canGo = this.#canSend(isFirst);
    if (!canGo && isFirst)
      throw new NotSentError('there is no connection');
    if (!canGo && this.#waiting().length >= queueMax)
      throw new NotSentError(`${queueMax} requests wait for a connection`);
    const request = new Request(
      id, text,
      {isSecret: route.startsWith('$auth/'), timeoutMs, signal,
       onAnswer: leaves === undefined
         ? onAnswer : () => this.#groups.left(leaves)},
      () => this.#requests.delete(id));
    this.#requests.set(id, request);
    if (leaves !== undefined)
      this.#leaveWith(request, leaves);
    if (canGo)
      this.#hand(request);
    return request.promise;
  }

  /** Does not resume in a group that the request may have left. */
  async #leaveWith(request, group) {
    this.#groups.leaving(group);
    try {
      await request.promise;
    } catch (error) {
      if (error instanceof ReplyError || !request.sent)
        this.#groups.stays(group);
    }
  }

  #canSend(isFirst) {
    return this.#socket?.readyState === 1 && this.#drain === null
      && (this.#state === 'open' || isFirst && this.#isOpening);
  }

  #waiting() {
    return [...this.#requests.values()].filter(({sent}) => !sent);
  }

  #hand(request) {
    request.sent = true;
    this.#write(request.text, request.shown);
  }

  #write(text, shown = text) {
    this.#socket.send(text);
    this.#call('onFrame', 'sent', shown);
  }

  // -- what is allowed ---------------------------------------------------------

  /** Throws if the server would not keep that list. */
  #checkList(questions) {
    const {canWatchedMax} = this.#options;
    if (questions.length > canWatchedMax)
      throw new RangeError(
        `at most ${canWatchedMax} questions are watched on a connection`);
    this.#textOf('check', {of: questions, watch: true}, canRoute,
                 Number.MAX_SAFE_INTEGER);
  }

  async #askList(questions) {
    const {data} = await this.request(
      'check', {of: questions, watch: true}, {route: canRoute});
    need(data?.allowed?.length === questions.length,
         'the server has not answered each question');
    return data.allowed;
  }

  // -- groups with a history ---------------------------------------------------

  #askGroups(groups, onAnswer) {
    return this.#start(
      'resume', {groups}, {route: groupsRoute},
      {isFirst: true, isOwn: true, onAnswer: ({data}) => onAnswer(data)});
  }

  // -- sockets ----------------------------------------------------------------

  async #askForToken(reason) {
    const given = await this.#options.token({reason});
    const {token = null, expiresAt = null} =
      typeof given === 'object' && given !== null ? given : {token: given};
    need(token === null || typeof token === 'string', 'a token is a string');
    need(expiresAt === null || Number.isFinite(expiresAt),
         'expiresAt is a number of seconds since 1970');
    return {token, expiresAt};
  }

  async #connect(reason) {
    clearTimeout(this.#timer);
    const era = ++this.#era;
    this.#timer = setTimeout(() => this.#lost({code: 1006, reason: ''}),
                             Math.min(this.#options.connectTimeoutMs,
                                      timerMsMax));
    this.#become('connecting', 'connecting');
    let credentials;
    try {
      credentials = await this.#askForToken(reason);
    } catch (error) {
      if (era === this.#era) {
        this.#report(error);
        this.#wait('the application could not give credentials',
                   backOffMs(this.#attempt), 'reconnect');
      }
      return;
    }
    if (era === this.#era)
      this.#openSocket(era, credentials);
  }

  #openSocket(era, {token, expiresAt}) {
    const protocols = token ? [subprotocol, protocolOf(token)] : [subprotocol];
    let socket;
    try {
      socket = new this.#options.WebSocket(this.#url, protocols);
    } catch (error) {
      this.#report(error);
      this.#end('the WebSocket could not be made', 1006, '');
      return;
    }
    this.#socket = socket;
    const whileOurs = (handler) => (event) => {
      if (era === this.#era)
        handler(event);
    };
    const handlers = new Map([
      ['open', whileOurs(() => this.#opened(era, expiresAt))],
      ['message', whileOurs(({data}) => this.#take(data))],
      // A close follows it.
      ['error', nothing],
      ['close', (event) => {
        for (const [type, handler] of handlers)
          socket.removeEventListener(type, handler);
        whileOurs(() => this.#lost(event))();
      }],
    ]);
    for (const [type, handler] of handlers)
      socket.addEventListener(type, handler);
  }

  async #opened(era, expiresAt) {
    clearTimeout(this.#timer);
    this.#openedAt = performance.now();
    this.#isOpening = true;
    this.#refreshBefore(expiresAt);
    const isReconnect = this.#wasOpen;
    this.#wasOpen = true;
    const request = async (action, args = {}, options = {}) => {
      if (era !== this.#era)
        throw new NotSentError('the connection has ended meanwhile');
      return this.#start(action, args, options, {isFirst: true});
    };
    const resumed = await this.#groups.connected();
    if (era !== this.#era)
      return;
    try {
      await this.#options.onOpen({request, isReconnect, resumed});
    } catch (error) {
      if (era === this.#era)
        this.#report(error);
    }
    if (era !== this.#era)
      return;
    this.#isOpening = false;
    // Before the application hears of it, and sends more.
    this.#state = 'open';
    for (const each of this.#waiting())
      if (this.#canSend(false))
        this.#hand(each);
    this.#watches.update();
    if (era === this.#era)
      this.#become('open', 'connected');
  }

  #take(text) {
    this.#call('onFrame', 'received', text);
    let message;
    try {
      message = JSON.parse(text);
      need(Object.hasOwn(message, 'errors')
           || typeof message.type === 'string', 'neither envelope nor event');
    } catch (error) {
      this.#report(new StagedoorError(
        'the server sent what is no message of Stagedoor', {cause: error}));
      return;
    }
    if (Object.hasOwn(message, 'errors'))
      this.#answer(message);
    else
      this.#tell(message);
  }

  #answer(envelope) {
    const request = this.#requests.get(envelope.request_id);
    if (request?.sent)
      request.take(envelope);
    else if (envelope.request_id === undefined && envelope.status >= 400)
      this.#report(new ReplyError(envelope));
  }

  #tell(event) {
    const {type, data} = event;
    if (type === 'server.draining')
      this.#drain = {delayMs: data?.reconnect_after_ms};
    if (type === 'can.changed')
      this.#watches.take({...data});
    if (this.#groups.take(event))
      this.#hear(event);
  }

  /** Gives an event to the listeners. */
  #hear(event) {
    const {type, data} = event;
    this.#byType.tell(type, event);
    const group = event.group
      ?? (type.startsWith('group.') ? data?.group : undefined);
    if (group !== undefined)
      this.#byGroup.tell(group, event);
    if (event.request_id !== undefined)
      this.#bySubscription.tell(event.request_id, event);
    this.#everything.tell(null, event);
  }

  #lost({code, reason}) {
    const lasted = this.#openedAt === null
      ? 0 : performance.now() - this.#openedAt;
    if (lasted >= stableMs)
      this.#attempt = 0;
    const {next, why, delayMs} = afterClose({code, reason}, this.#attempt);
    if (next === 'stay' || this.#options.finalCodes.has(code)
        || next === 'credentials' && this.#options.token === nothing) {
      this.#end(why, code, reason);
      return;
    }
    const drain = this.#drain;
    closeSocket(this.#forgetSocket());
    if (next === 'credentials')
      this.#wait(why, delayMs, 'rejected', {code, reason});
    else if (drain !== null)
      // A connection that breaks behind the event has no reason with the delay.
      this.#wait(why, Number.isFinite(drain.delayMs) ? drain.delayMs : delayMs,
                 'reconnect', {code, reason}, false);
    else
      this.#wait(why, delayMs, 'reconnect', {code, reason}, !isDrain(code));
  }

  /** @param canHurry whether news of a network may end the wait. */
  #wait(why, delayMs, reason, more = {}, canHurry = true) {
    clearTimeout(this.#timer);
    ++this.#era;
    ++this.#attempt;
    this.#canHurry = canHurry;
    this.#timer = setTimeout(() => this.#connect(reason),
                             Math.min(delayMs, timerMsMax));
    this.#become('waiting', why, {delayMs, ...more});
  }

  /** Fails what was sent on the socket, and lets go of it. */
  #forgetSocket(error = () => new ConnectionLostError()) {
    const socket = this.#socket;
    ++this.#era;
    this.#socket = null;
    this.#openedAt = null;
    this.#isOpening = false;
    this.#drain = null;
    clearTimeout(this.#refreshTimer);
    this.#watches.forget();
    this.#groups.disconnected();
    for (const each of [...this.#requests.values()])
      if (each.sent)
        each.fail(error());
    return socket;
  }

  #end(why, code, reason) {
    clearTimeout(this.#timer);
    globalThis.removeEventListener?.('online', this.#online);
    const socket = this.#forgetSocket(() => new ClosedError(why, true));
    this.#state = 'closed';
    for (const each of [...this.#requests.values()])
      each.fail(new ClosedError(why, false));
    closeSocket(socket, code, reason);
    this.#become('closed', why, {code, reason});
  }

  // -- credentials ------------------------------------------------------------

  /** @param expiresAt in seconds since 1970; null for never. */
  #refreshBefore(expiresAt) {
    clearTimeout(this.#refreshTimer);
    if (expiresAt === null)
      return;
    const leftMs = expiresAt * 1_000 - Date.now();
    // Credentials that live shortly are refreshed when half of that is over.
    const {refreshBeforeMs} = this.#options;
    this.#refreshIn(
      Math.max(refreshMsMin, leftMs - refreshBeforeMs, leftMs / 2), 0);
  }

  #refreshIn(delayMs, attempt) {
    const partMs = Math.min(delayMs, timerMsMax);
    this.#refreshTimer = setTimeout(async () => {
      if (partMs < delayMs) {
        this.#refreshIn(delayMs - partMs, attempt);
        return;
      }
      const era = this.#era;
      try {
        await this.refresh();
      } catch (error) {
        if (era !== this.#era)
          return;
        this.#report(error);
        this.#refreshIn(backOffMs(attempt), attempt + 1);
      }
    }, partMs);
  }

  // -- the application --------------------------------------------------------

  #become(state, why, more = {}) {
    this.#state = state;
    this.#why = why;
    this.#call('onState', {state, why, ...more});
  }

  #report(error) {
    this.#call('onError', error);
  }

  #call(name, ...args) {
    try {
      this.#options[name](...args);
    } catch (error) {
      if (name === 'onError')
        console.error(error);
      else
        this.#report(error);
    }
  }
}

/** Opens a connection that comes back by itself until it is closed. */
export function connect(url, options) {
  return new Connection(url, options);
}
