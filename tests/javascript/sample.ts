// A program of somebody else. What has @ts-expect-error must not compile.

import {
  connect, ClosedError, Connection, ConnectionLostError, NotSentError,
  OffsetError, ReplyError, StagedoorError, TimeoutError, type Options,
} from 'stagedoor';

interface Article {
  id: number;
  title: string;
}

const options: Options = {
  token: async ({reason}) => reason === 'rejected' ? null : 'alice-token',
  onState: ({state, why, delayMs}) => {
    const text: string = `${state}: ${why} ${delayMs ?? 0}`;
    return void text;
  },
  onOpen: async ({request, isReconnect}) => {
    if (isReconnect)
      await request('join', {}, {route: 'rooms/lobby/'});
  },
  queueMax: 0,
  finalCodes: [4100],
};
const connection: Connection = connect(new URL('wss://example.org/ws/'),
                                       options);
const end: () => void = connection.on<Article>(
  'create', ({data}) => data.title.length);
end();

export async function titles(signal: AbortSignal): Promise<string[]> {
  try {
    const {data} = await connection.request<Article[]>(
      'list', {}, {route: 'articles/', signal, timeout: 1_000});
    return data.map(({title}) => title);
  } catch (error) {
    if (error instanceof ReplyError)
      return [String(error.envelope.status)];
    if (error instanceof TimeoutError || error instanceof ClosedError
        || error instanceof NotSentError
        || error instanceof ConnectionLostError)
      return [String(error.sent)];
    throw error instanceof StagedoorError ? error : new Error('unknown');
  }
}

export async function mayPing(signal: AbortSignal): Promise<boolean> {
  const [may]: (boolean | null)[] = await connection.can(
    [{action: 'ping'}], {signal, timeout: 1_000});
  return may ?? false;
}

const stop: () => void = connection.watchCan(
  new Set([{action: 'update', route: 'articles/1/'}]),
  ({action, route, allowed}) => {
    const text: string = action + route;
    const isGrey: boolean = allowed === false;
    return void [text, isGrey];
  });
stop();

// @ts-expect-error
connection.can([{route: 'articles/1/'}]);
// @ts-expect-error
connection.watchCan([{action: 'ping'}], (allowed: boolean) => allowed);
// @ts-expect-error
connect('wss://example.org/ws/', {tokens: 'x'});
// @ts-expect-error
connection.request(7);
// @ts-expect-error
connection.state = 'open';
// @ts-expect-error
connection.request('a', {}, {requestId: {}});

connect('wss://example.org/ws/', {
  groupsMax: 16,
  onOpen: async ({request, resumed}) => {
    const found = resumed.get('room.lobby');
    if (found === undefined)
      await request('join', {}, {route: 'rooms/lobby/'});
    else if (found?.recovered === false && found.status === 200)
      await request('list', {}, {route: 'messages/'});
  },
  onLost: async ({group, after, next}) => {
    const text: string = `${group}: ${next - after - 1}`;
    return text === '' ? after : undefined;
  },
});
connection.on('group.resumed', ({data: {group, missed}}) => {
  const text: string = `${group}: ${missed ?? 'unknown'}`;
  return void text;
});
connection.request('leave', {}, {route: 'rooms/lobby/', leaves: 'room.lobby'});
connection.forget('room.lobby');
// @ts-expect-error
connection.request('leave', {}, {leaves: 7});
// @ts-expect-error
connection.on('group.resumed', ({data}) => data.lost);
connect('wss://example.org/ws/', {onError: (error) => {
  if (error instanceof OffsetError) {
    const expected: number | null = error.expected;
    return void [error.group, error.offset, expected];
  }
}});
