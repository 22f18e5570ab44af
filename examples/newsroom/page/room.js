// The chat: one room at a time, joined again after each reconnection.

const element = (id) => document.getElementById(id);

/** Messages that are shown. */
const messagesMax = 200;

/** What a failed envelope says. */
export function textOf({status, errors}) {
  const [first] = errors;
  const text = first?.detail ?? first;
  return `${status}: ${typeof text === 'string' ? text : JSON.stringify(text)}`;
}

export class Room {
  #connection;
  /** The room that the user wants to be in; null for none. */
  #wanted = null;
  /** Whether the server has let this connection in. */
  #isIn = false;
  #asking = false;
  #askAgain = false;

  constructor(connection) {
    this.#connection = connection;
    this.#on('room-form', 'submit', () => this.#choose());
    this.#on('leave', 'click', () => this.#leave());
    this.#on('say-form', 'submit', () => this.#say());
    this.#show('Connect as a user, then join.');
  }

  /** The connection is open: back to where the user was. */
  connected() {
    if (this.#wanted === null)
      this.#show('Join to chat.');
    else
      this.#join();
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
  take({type, data}) {
    if (!this.#isIn)
      return;
    if (type === 'room.message' && data.room === this.#wanted)
      this.#showMessage(data.from, data.text);
    else if (type.startsWith('group.') && data.group === this.#group())
      this.#askWhoIsThere();
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

  #send(action, more, answered) {
    const route = `rooms/${this.#wanted}/`;
    this.#connection.send({action, route, ...more}, answered);
  }

  #choose() {
    const name = element('room-name').value;
    if (this.#wanted === name)
      return;
    if (this.#isIn)
      this.#send('leave');
    this.#isIn = false;
    this.#wanted = name;
    element('messages').replaceChildren();
    this.#join();
  }

  #join() {
    const name = this.#wanted;
    this.#show(`Joining ${name} …`);
    this.#send('join', {}, (envelope) => {
      if (this.#wanted !== name)
        return;
      this.#isIn = envelope.status < 300;
      if (this.#isIn) {
        this.#show(`You are in ${name}.`);
        this.#askWhoIsThere();
      } else {
        this.#wanted = null;
        this.#show(textOf(envelope));
      }
    });
  }

  #leave() {
    this.#send('leave');
    this.#show(`You have left ${this.#wanted}.`);
    this.#wanted = null;
    this.#isIn = false;
    this.#showMembers([]);
    this.#enable();
  }

  #say() {
    const input = element('text');
    const text = input.value.trim();
    if (text === '')
      return;
    // It is shown when it comes back, as it does for everybody.
    this.#send('say', {text}, (envelope) => {
      if (envelope.status >= 300)
        this.#show(textOf(envelope));
    });
    input.value = '';
    input.focus();
  }

  /** Asks once more when something changes while the answer is on its way. */
  #askWhoIsThere() {
    if (this.#asking) {
      this.#askAgain = true;
      return;
    }
    this.#asking = true;
    const name = this.#wanted;
    this.#send('members', {}, ({data}) => {
      const isOutdated = this.#askAgain || this.#wanted !== name;
      this.#asking = false;
      this.#askAgain = false;
      if (!this.#isIn)
        return;
      if (this.#wanted === name && data)
        this.#showMembers(data.members);
      if (isOutdated)
        this.#askWhoIsThere();
    });
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

  #enable() {
    const isOpen = this.#connection.isOpen;
    element('join').disabled = !isOpen;
    element('leave').disabled = !this.#isIn;
    element('text').disabled = !this.#isIn;
    element('say').disabled = !this.#isIn;
  }
}
