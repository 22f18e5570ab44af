// The chat: one room at a time, to which the user comes back after each
// reconnection. The client resumes by itself where rooms keep their messages.

const element = (id) => document.getElementById(id);

/** Messages that are shown. */
const messagesMax = 200;

/** What says that the room may have other members. */
const changes = ['group.joined', 'group.left', 'group.changed'];

/** What a failed envelope says. */
export function textOf({status, errors}) {
  const [first] = errors;
  const text = first?.detail ?? first;
  return `${status}: ${typeof text === 'string' ? text : JSON.stringify(text)}`;
}

/**
 * The envelope of a request, be it a success or not. Undefined if none came,
 * because the connection has ended or the server is late.
 */
export async function answerOf(request) {
  try {
    return await request;
  } catch (error) {
    return error.envelope;
  }
}

export class Room {
  #gates;
  #connection = null;
  /** The room that the user wants to be in; null for none. */
  #wanted = null;
  /** Whether the server has let this connection in. */
  #isIn = false;
  #asking = false;
  #askAgain = false;

  constructor(gates) {
    this.#gates = gates;
    // While a name is typed, nobody knows which room it will be.
    this.#on('room-name', 'input', () => gates.drop(element('join')));
    this.#on('room-name', 'change', () => this.#gate());
    this.#on('room-form', 'submit', () => this.#choose());
    this.#on('leave', 'click', () => this.#leave());
    this.#on('say-form', 'submit', () => this.#say());
    this.#show('Connect as a user, then join.');
  }

  /** A new connection, whose events it hears from now on. */
  follow(connection) {
    this.#connection = connection;
    connection.onEvent((event) => this.#take(event));
  }

  /**
   * There is a connection again: back to where the user was, before anything
   * else is sent.
   * @param resumed what came of the groups to which the client has come back.
   */
  async rejoin(request, resumed) {
    const found = resumed.get(this.#group());
    if (this.#wanted === null)
      this.#show('Join to chat.');
    else if (found === undefined)
      await this.#join(request);
    else if (found?.status === 200 && !found.recovered)
      await this.#loadAnew(request);
  }

  connected() {
    this.#enable();
  }

  /** @param forGood whether the user is not expected back. */
  disconnected(forGood) {
    this.#isIn = false;
    this.#asking = false;
    this.#askAgain = false;
    if (forGood)
      this.#wanted = null;
    this.#showMembers([]);
    this.#show(this.#wanted === null ? 'Connect as a user, then join.'
                                     : `Will be back in ${this.#wanted}.`);
  }

  /** An event that the server pushed. */
  #take({type, data, status}) {
    const isOurs = this.#wanted !== null && data?.group === this.#group();
    if (type === 'group.resumed' && isOurs)
      this.#resumed(data, status);
    if (!this.#isIn)
      return;
    if (type === 'room.message' && data.room === this.#wanted)
      this.#showMessage(data.from, data.text);
    else if (type === 'group.lost' && isOurs)
      this.#showGap();
    else if (type === 'group.revoked' && isOurs)
      this.#isOut(`You may not be in ${this.#wanted} any more.`);
    else if (changes.includes(type) && isOurs)
      this.#askWhoIsThere();
  }

  /** The client has come back to the room, ahead of what it has missed. */
  #resumed({recovered}, status) {
    if (status >= 400)
      this.#isOut(`${status}: You may not come back to ${this.#wanted}.`);
    else if (recovered)
      this.#isBack();
    else if (this.#connection.state === 'open')
      this.#loadAnew();
  }

  #isBack() {
    this.#isIn = true;
    this.#show(`You are in ${this.#wanted}.`);
    this.#askWhoIsThere();
  }

  #isOut(why) {
    this.#wanted = null;
    this.#isIn = false;
    this.#showMembers([]);
    this.#show(why);
  }

  /** Messages are missing. Whoever joins gets the last ones. */
  async #loadAnew(request) {
    this.#showGap();
    this.#isIn = false;
    this.#ask('leave', {}, request);
    await this.#join(request);
  }

  #on(id, type, handler) {
    element(id).addEventListener(type, (event) => {
      event.preventDefault();
      handler();
    });
  }

  #group() {
    return `room.${this.#wanted}`;
  }

  /** Gives the envelope, or undefined if the connection has ended before. */
  #ask(action, more, request = (...all) => this.#connection.request(...all)) {
    const leaves = action === 'leave' ? this.#group() : undefined;
    return answerOf(
      request(action, more, {route: `rooms/${this.#wanted}/`, leaves}));
  }

  #choose() {
    const name = element('room-name').value;
    if (this.#wanted === name)
      return;
    if (this.#wanted !== null)
      this.#ask('leave');
    this.#isIn = false;
    this.#wanted = name;
    element('messages').replaceChildren();
    this.#join();
  }

  async #join(request) {
    const name = this.#wanted;
    this.#show(`Joining ${name} …`);
    const envelope = await this.#ask('join', {}, request);
    if (this.#wanted !== name || envelope === undefined)
      return;
    if (envelope.status < 300)
      this.#isBack();
    else
      this.#isOut(textOf(envelope));
  }

  #leave() {
    this.#ask('leave');
    this.#isOut(`You have left ${this.#wanted}.`);
  }

  async #say() {
    const input = element('text');
    const text = input.value.trim();
    if (text === '')
      return;
    input.value = '';
    input.focus();
    // It is shown when it comes back, as it does for everybody.
    const envelope = await this.#ask('say', {text});
    if (envelope?.status >= 300)
      this.#show(textOf(envelope));
  }

  /** Asks once more when something changes while the answer is on its way. */
  async #askWhoIsThere() {
    if (this.#asking) {
      this.#askAgain = true;
      return;
    }
    this.#asking = true;
    const name = this.#wanted;
    const envelope = await this.#ask('members', {});
    const isOutdated = this.#askAgain || this.#wanted !== name;
    this.#asking = false;
    this.#askAgain = false;
    if (!this.#isIn)
      return;
    if (this.#wanted === name && envelope?.data)
      this.#showMembers(envelope.data.members);
    if (isOutdated)
      this.#askWhoIsThere();
  }

  #showMembers(members) {
    const names = members.map(({username}) => username).sort();
    element('members').replaceChildren(...names.map((name) => {
      const item = document.createElement('li');
      item.textContent = name;
      return item;
    }));
  }

  #showMessage(from, text) {
    const item = document.createElement('li');
    const name = document.createElement('b');
    name.textContent = from;
    const said = document.createElement('span');
    said.textContent = text;
    item.append(name, ' ', said);
    this.#append(item);
  }

  #showGap() {
    const item = document.createElement('li');
    item.className = 'gap';
    item.textContent = 'Messages may be missing here.';
    this.#append(item);
  }

  #append(item) {
    const list = element('messages');
    list.append(item);
    while (list.childElementCount > messagesMax)
      list.firstElementChild.remove();
    list.scrollTop = list.scrollHeight;
  }

  #show(text) {
    element('room-state').textContent = text;
    this.#enable();
  }

  /** Names the action of each button, which may be greyed out. */
  #gate() {
    const name = element('room-name');
    if (name.validity.valid)
      this.#gates.set(element('join'), 'join', `rooms/${name.value}/`);
    for (const action of ['leave', 'say'])
      if (this.#wanted === null)
        this.#gates.drop(element(action));
      else
        this.#gates.set(element(action), action, `rooms/${this.#wanted}/`);
  }

  #enable() {
    this.#gate();
    const isOpen = this.#connection?.state === 'open';
    element('join').disabled = !isOpen;
    element('leave').disabled = !this.#isIn;
    element('text').disabled = !this.#isIn;
    element('say').disabled = !this.#isIn;
  }
}
