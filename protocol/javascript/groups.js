// Where a client stands in its groups with a history, and how it goes on there
// on the next connection.

import {backOffMs} from './reconnect.js';

/** About a `resume` without its entries. */
const frameBytes = 128;

const bytesOf = (text) => new TextEncoder().encode(text).length;
const isOffset = (value) => Number.isSafeInteger(value) && value >= 0;
const isPosition = ({group, epoch, offset}) => typeof group === 'string'
  && typeof epoch === 'string' && isOffset(offset);

/** Whether the server would refuse the same message again. */
const isFinal = ({status}) => status >= 400 && status < 500 && status !== 429;

/** What the client knows of a group. */
const stages = {
  /** It has joined: the last events up to its position may be replayed. */
  joined: 'joined',
  /** The next event has the next number. */
  live: 'live',
  /** It has lost events, and the application is asked where to go on. */
  lost: 'lost',
  /** It has to resume. */
  due: 'due',
  /** The server is asked. */
  asked: 'asked',
};

export class Groups {
  #connection;
  /** By name: epoch, offset, stage, and whether it is about to leave. */
  #places = new Map();
  /** Those that the application has left on this socket by itself. */
  #forgotten = new Set();
  /** What came of each group that this socket began with; null: nothing yet. */
  #outcomes = new Map();
  /** Of the wait after a `resume` that has failed. */
  #timer = null;
  #attempt = 0;
  /** Counts sockets, so that answers on an old one are left alone. */
  #era = 0;

  /**
   * @param connection `bounds` gives the limits, `canAsk` tells whether a
   * message may be sent, `ask` sends a `resume` and hands its answer on before
   * anything behind it is read, `tell` gives an event to the application,
   * `lost` asks it where to go on, `misnumbered` and `failed` hear errors.
   */
  constructor(connection) {
    this.#connection = connection;
  }

  /**
   * Takes an event of the server.
   * @returns false if the application does not hear it, because it has it
   * already or gets it once more behind the answer to a `resume`.
   */
  take({type, data, group, offset}) {
    if (typeof group === 'string' && isOffset(offset))
      return this.#count(group, offset);
    if (type === 'group.position' && isPosition(data ?? {}))
      this.#place(data);
    else if (type === 'group.lost' && isOffset(data?.next))
      this.#lose(data);
    else if (type === 'group.revoked')
      this.#places.delete(data?.group);
    return true;
  }

  /** The client has left a group. */
  forget(group) {
    if (this.#places.delete(group))
      this.#forgotten.add(group);
    this.#outcomes.delete(group);
  }

  /** The application asks to leave a group, and does not come back to it. */
  leaving(group) {
    const place = this.#places.get(group);
    if (place === undefined)
      return;
    if (place.stage === stages.due)
      this.forget(group);
    else
      place.isLeaving = true;
  }

  /** What `leaving` has announced is done. */
  left(group) {
    this.#places.delete(group);
    this.#outcomes.delete(group);
  }

  /** What `leaving` has announced does not come about. */
  stays(group) {
    const place = this.#places.get(group);
    if (place !== undefined)
      place.isLeaving = false;
  }

  /**
   * There is a connection again: goes on in all groups.
   * @returns what came of each, by name.
   */
  async connected() {
    this.#outcomes = new Map([...this.#places.keys()].map(
      (group) => [group, null]));
    const result = this.#outcomes;
    await this.#resume();
    return result;
  }

  /** The socket is lost. */
  disconnected() {
    ++this.#era;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#attempt = 0;
    this.#forgotten.clear();
    for (const [group, place] of this.#places)
      if (place.isLeaving)
        this.#places.delete(group);
      else
        place.stage = stages.due;
  }

  // -- events -----------------------------------------------------------------

  #waits({stage}) {
    return stage !== stages.joined && stage !== stages.live;
  }

  /** An event with a number. @returns whether the application hears it. */
  #count(group, offset) {
    const place = this.#places.get(group);
    if (place === undefined) {
      // Some were on their way when the client left.
      if (!this.#forgotten.has(group))
        this.#connection.misnumbered(group, null, offset);
      return true;
    }
    if (this.#waits(place))
      return false;
    const next = place.offset + 1;
    const isReplayed = place.stage === stages.joined && offset < next;
    if (offset !== next && !isReplayed)
      this.#connection.misnumbered(group, next, offset);
    if (offset < next && !isReplayed)
      return false;
    place.offset = offset;
    place.stage = stages.live;
    return true;
  }

  #place({group, epoch, offset}) {
    const known = this.#places.get(group);
    if (known !== undefined && this.#waits(known))
      return; // The answer to its `resume` says more.
    this.#forgotten.delete(group);
    if (known?.epoch === epoch && known.offset + 1 === offset
        && !known.isLeaving)
      known.offset = offset; // In place of an event for others.
    else
      this.#places.set(
        group, {epoch, offset, stage: stages.joined, isLeaving: false});
    // Nobody knows what lay between.
    if (known !== undefined && known.epoch !== epoch && !known.isLeaving)
      this.#tell({group, recovered: false, missed: null, epoch, offset}, 200);
  }

  #lose({group, after, next}) {
    const place = this.#places.get(group);
    if (place === undefined || this.#waits(place))
      return;
    const isReplayed = place.stage === stages.joined && after < place.offset;
    if (after !== place.offset && !isReplayed)
      this.#connection.misnumbered(group, place.offset, after);
    place.offset = Math.max(next - 1, 0);
    place.stage = stages.lost;
    this.#askApplication(place, {group, after, next});
  }

  async #askApplication(place, loss) {
    const era = this.#era;
    let offset;
    try {
      await null; // Listeners hear of it first.
      offset = await this.#connection.lost(loss) ?? place.offset;
      if (!isOffset(offset))
        throw new TypeError('onLost gives an offset');
    } catch (error) {
      this.#connection.failed(error);
      offset = place.offset;
    }
    if (era !== this.#era)
      return;
    place.offset = offset;
    place.stage = stages.due;
    this.#resume();
  }

  // -- resuming ---------------------------------------------------------------

  /** Asks for all groups that are due, unless nothing can be sent now. */
  async #resume() {
    if (this.#timer === null && this.#connection.canAsk())
      await Promise.all(this.#messages().map((each) => this.#ask(each)));
  }

  /** The groups that are due, in as many lists as the server needs. */
  #messages() {
    const {groupsMax, messageBytesMax} = this.#connection.bounds();
    const result = [];
    let room = 0;
    for (const [group, place] of this.#places) {
      if (place.stage !== stages.due)
        continue;
      const {epoch, offset} = place;
      const entry = {group, epoch, offset};
      const bytes = bytesOf(JSON.stringify(entry)) + 1;
      if (result.length === 0 || result.at(-1).length >= groupsMax
          || bytes > room) {
        result.push([]);
        room = messageBytesMax - frameBytes;
      }
      result.at(-1).push({entry, place});
      room -= bytes;
    }
    return result;
  }

  async #ask(asked) {
    const era = this.#era;
    for (const {place} of asked)
      place.stage = stages.asked;
    try {
      await this.#connection.ask(
        asked.map(({entry}) => entry),
        (answer) => this.#answered(asked, answer));
      this.#attempt = 0;
    } catch (error) {
      if (era !== this.#era)
        return;
      this.#failed(asked, error);
    }
  }

  #isStill(group, place) {
    return this.#places.get(group) === place && place.stage === stages.asked;
  }

  /** Throws if it is no answer to this. */
  #answered(asked, answer) {
    const found = answer?.groups;
    const isWhole = found?.length === asked.length && asked.every(
      ({entry: {group}}, i) => found[i].group === group
        && (isPosition(found[i]) || found[i].status >= 400));
    if (!isWhole)
      throw new TypeError('the server has not answered for each group');
    for (const [i, {entry: {group}, place}] of asked.entries()) {
      // A listener may have ended the connection, or left a group.
      if (!this.#isStill(group, place))
        continue;
      const {recovered, missed = null, epoch, offset, status} = found[i];
      if (status >= 400) {
        this.#refuse(group, status);
        continue;
      }
      place.stage = stages.live;
      place.epoch = epoch;
      if (!recovered)
        place.offset = offset;
      this.#tell({group, recovered, missed, epoch, offset}, 200);
    }
  }

  #failed(asked, error) {
    const era = this.#era;
    this.#connection.failed(error);
    for (const {entry: {group}, place} of asked)
      if (!this.#isStill(group, place))
        continue;
      else if (isFinal(error))
        this.#refuse(group, error.status);
      else
        place.stage = stages.due;
    if (!isFinal(error) && this.#timer === null && era === this.#era)
      this.#timer = setTimeout(() => {
        this.#timer = null;
        this.#resume();
      }, backOffMs(this.#attempt++));
  }

  #refuse(group, status) {
    this.#places.delete(group);
    this.#tell({group, recovered: false, missed: null}, status);
  }

  #tell(data, status) {
    this.#outcomes.set(data.group, {...data, status});
    this.#connection.tell({type: 'group.resumed', data, status});
  }
}
