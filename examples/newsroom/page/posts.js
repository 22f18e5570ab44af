// The posts: a list that follows what others write, change and delete.

import {textOf} from './room.js';

const element = (id) => document.getElementById(id);

/** As many as the server puts on one page. */
const postsMax = 100;

/** A slug for a title, such as `three-encores-l8k2`: no two are the same. */
function slugOf(title) {
  const words = title.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const unique = Date.now().toString(36).slice(-4)
    + Math.random().toString(36).slice(2, 6);
  return [...words, unique].join('-').slice(-50);
}

export class Posts {
  #connection;
  /** Whether the user wants to see them. */
  #isWanted = false;
  /** The `request_id` of the subscription; null for none. */
  #subscription = null;
  /** By id; null until the list has come. */
  #posts = null;
  /** The events that have come before the list. */
  #early = [];
  /** The post in the form; null for a new one. */
  #edited = null;

  constructor(connection) {
    this.#connection = connection;
    this.#on('watch', 'click', () => this.#watch());
    this.#on('unwatch', 'click', () => this.#unwatch());
    this.#on('post-form', 'submit', () => this.#save());
    this.#show('Connect, then watch.');
  }

  /** The connection is open: what was watched is watched again. */
  connected() {
    if (this.#isWanted)
      this.#watch();
    else
      this.#show('Watch to see the posts, and what others do to them.');
  }

  disconnected() {
    this.#forget();
    this.#show(this.#isWanted ? 'Will be watched again.'
                              : 'Connect, then watch.');
  }

  /** An event that the server pushed. */
  take(event) {
    if (this.#subscription === null || event.request_id !== this.#subscription)
      return;
    if (this.#posts === null)
      this.#early.push(event);
    else
      this.#apply(event);
  }

  #on(id, type, handler) {
    element(id).addEventListener(type, (event) => {
      event.preventDefault();
      handler();
    });
  }

  #watch() {
    this.#isWanted = true;
    this.#forget();
    // First the changes and then the list, so that nothing is missed.
    const subscription = this.#connection.send(
      {action: 'subscribe', route: 'posts/'}, (envelope) => {
        if (envelope.status >= 300)
          this.#fail(envelope);
      });
    this.#subscription = subscription;
    this.#connection.send(
      {action: 'list', route: `posts/?page_size=${postsMax}`}, (envelope) => {
        // The user may have stopped meanwhile.
        if (this.#subscription !== subscription)
          return;
        if (envelope.status >= 300) {
          this.#unwatch();
          this.#show(textOf(envelope));
          return;
        }
        this.#posts = new Map(
          envelope.data.results.map((post) => [post.id, post]));
        this.#render();
        this.#show('What others do shows up here.');
        for (const event of this.#early.splice(0))
          this.take(event);
      });
  }

  #unwatch() {
    this.#connection.send({action: 'unsubscribe', route: 'posts/',
                           request_id: this.#subscription});
    this.#isWanted = false;
    this.#forget();
    this.#show('You do not watch.');
  }

  #fail(envelope) {
    this.#isWanted = false;
    this.#forget();
    this.#show(textOf(envelope));
  }

  #forget() {
    this.#subscription = null;
    this.#posts = null;
    this.#early = [];
    this.#edit(null);
    this.#render();
  }

  #apply({type, data, status}) {
    if (type === 'revoked')
      this.#fail({status, errors: ['You may not see the posts any more.']});
    else if (type === 'delete')
      this.#posts.delete(data.pk);
    else
      this.#posts.set(data.id, data);
    this.#render();
  }

  /** @param post null for a new one. */
  #edit(post) {
    this.#edited = post;
    element('post-title').value = post?.title ?? '';
    element('save').textContent = post === null ? 'Write' : 'Save';
  }

  #save() {
    const title = element('post-title').value.trim();
    if (title === '')
      return;
    const message = this.#edited === null
      ? {action: 'create', route: 'posts/',
         data: {title, slug: slugOf(title), published: true}}
      : {action: 'partial_update', route: `posts/${this.#edited.id}/`,
         data: {title}};
    this.#ask(message);
    this.#edit(null);
  }

  /** What succeeds shows up as an event, as it does for everybody. */
  #ask(message) {
    this.#connection.send(message, (envelope) => {
      this.#show(envelope.status < 300 ? 'Done.' : textOf(envelope));
    });
  }

  #render() {
    const newestFirst = [...this.#posts?.values() ?? []]
      .sort((a, b) => b.id - a.id).slice(0, postsMax);
    element('posts').replaceChildren(
      ...newestFirst.map((post) => this.#itemOf(post)));
  }

  #itemOf(post) {
    const item = document.createElement('li');
    const title = document.createElement('span');
    title.textContent = post.title;
    const button = (text, name, handler) => {
      const result = document.createElement('button');
      result.type = 'button';
      result.textContent = text;
      result.setAttribute('aria-label', `${name} ${post.title}`);
      result.addEventListener('click', handler);
      return result;
    };
    item.append(title, button('✎', 'Edit', () => {
      this.#edit(post);
      element('post-title').focus();
    }), button('✕', 'Delete', () => {
      this.#ask({action: 'destroy', route: `posts/${post.id}/`});
    }));
    return item;
  }

  #show(text) {
    element('posts-state').textContent = text;
    const isOpen = this.#connection.isOpen;
    const isWatching = this.#subscription !== null;
    element('watch').disabled = !isOpen || isWatching;
    element('unwatch').disabled = !isWatching;
    element('post-title').disabled = !isOpen;
    element('save').disabled = !isOpen;
  }
}
