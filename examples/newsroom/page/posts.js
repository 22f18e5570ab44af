// The posts: a list that follows what others write, change and delete.

import {answerOf, textOf} from './room.js';

const element = (id) => document.getElementById(id);

/** As many as the server puts on one page. */
const postsMax = 100;

/**
 * As many have buttons that are greyed out if need be: the server watches 64
 * actions, and a post has two.
 */
const gatedPostsMax = 20;

/** A slug for a title, such as `three-encores-l8k2`: no two are the same. */
function slugOf(title) {
  const words = title.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const unique = Date.now().toString(36).slice(-4)
    + Math.random().toString(36).slice(2, 6);
  return [...words, unique].join('-').slice(-50);
}

export class Posts {
  #gates;
  #connection = null;
  /** Whether the user wants to see them. */
  #isWanted = false;
  /** The `request_id` of the subscription; null for none. */
  #subscription = null;
  #subscriptions = 0;
  /** By id; null until the list has come. */
  #posts = null;
  /** The events that have come before the list. */
  #early = [];
  /** The post in the form; null for a new one. */
  #edited = null;

  constructor(gates) {
    this.#gates = gates;
    gates.set(element('watch'), 'subscribe', 'posts/');
    this.#edit(null);
    this.#on('watch', 'click', () => this.#watch());
    this.#on('unwatch', 'click', () => this.#unwatch());
    this.#on('post-form', 'submit', () => this.#save());
    this.#show('Connect, then watch.');
  }

  /** A new connection, whose events it hears from now on. */
  follow(connection) {
    this.#connection = connection;
    connection.onEvent((event) => this.#take(event));
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
  #take(event) {
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

  async #watch() {
    this.#isWanted = true;
    this.#forget();
    const connection = this.#connection;
    const subscription = `posts-${++this.#subscriptions}`;
    this.#subscription = subscription;
    // First the changes and then the list, so that nothing is missed.
    const subscribed = answerOf(connection.request(
      'subscribe', {}, {route: 'posts/', requestId: subscription}));
    const listed = answerOf(connection.request(
      'list', {}, {route: `posts/?page_size=${postsMax}`}));
    for (const envelope of [await subscribed, await listed])
      // The user may have stopped meanwhile, or the connection has ended.
      if (this.#subscription !== subscription || envelope === undefined)
        return;
      else if (envelope.status >= 300)
        return this.#fail(envelope);
    this.#posts = new Map(
      (await listed).data.results.map((post) => [post.id, post]));
    this.#render();
    this.#show('What others do shows up here.');
    for (const event of this.#early.splice(0))
      this.#take(event);
  }

  #unwatch() {
    answerOf(this.#connection.request(
      'unsubscribe', {}, {route: 'posts/', requestId: this.#subscription}));
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
    const save = element('save');
    save.textContent = post === null ? 'Write' : 'Save';
    if (post === null)
      this.#gates.set(save, 'create', 'posts/');
    else
      this.#gates.set(save, 'partial_update', `posts/${post.id}/`);
  }

  #save() {
    const title = element('post-title').value.trim();
    if (title === '')
      return;
    if (this.#edited === null)
      this.#ask('create', 'posts/',
                {data: {title, slug: slugOf(title), published: true}});
    else
      this.#ask('partial_update', `posts/${this.#edited.id}/`,
                {data: {title}});
    this.#edit(null);
  }

  /** What succeeds shows up as an event, as it does for everybody. */
  async #ask(action, route, args = {}) {
    const envelope = await answerOf(
      this.#connection.request(action, args, {route}));
    if (envelope === undefined)
      this.#show('Nobody knows whether this was done.');
    else
      this.#show(envelope.status < 300 ? 'Done.' : textOf(envelope));
  }

  #render() {
    const newestFirst = [...this.#posts?.values() ?? []]
      .sort((a, b) => b.id - a.id).slice(0, postsMax);
    for (const button of element('posts').querySelectorAll('button'))
      this.#gates.drop(button);
    element('posts').replaceChildren(...newestFirst.map(
      (post, place) => this.#itemOf(post, place < gatedPostsMax)));
  }

  #itemOf(post, isGated) {
    const item = document.createElement('li');
    const title = document.createElement('span');
    title.textContent = post.title;
    const button = (text, name, action, handler) => {
      const result = document.createElement('button');
      result.type = 'button';
      result.textContent = text;
      result.setAttribute('aria-label', `${name} ${post.title}`);
      result.addEventListener('click', handler);
      if (isGated)
        this.#gates.set(result, action, `posts/${post.id}/`);
      return result;
    };
    item.append(title, button('✎', 'Edit', 'partial_update', () => {
      this.#edit(post);
      element('post-title').focus();
    }), button('✕', 'Delete', 'destroy', () => {
      this.#ask('destroy', `posts/${post.id}/`);
    }));
    return item;
  }

  #show(text) {
    element('posts-state').textContent = text;
    const isOpen = this.#connection?.state === 'open';
    const isWatching = this.#subscription !== null;
    element('watch').disabled = !isOpen || isWatching;
    element('unwatch').disabled = !isWatching;
    element('post-title').disabled = !isOpen;
    element('save').disabled = !isOpen;
  }
}
