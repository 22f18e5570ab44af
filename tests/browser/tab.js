'use strict';
// A tab with the page of the example, and what a person does and sees there.

const assert = require('assert');
const {patience} = require('./server.js');

class Tab {
  #page;
  /** What the browser complained about: errors, refused loads, violations. */
  #complaints = [];

  static async open(browser, url) {
    const tab = new Tab();
    // Of its own: nothing is shared with other tabs.
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    tab.#page = page;
    page.setDefaultTimeout(patience);
    page.on('pageerror', (error) => tab.#complaints.push(String(error)));
    page.on('console', (message) => {
      if (['error', 'warn'].includes(message.type()))
        tab.#complaints.push(message.text());
    });
    tab.answer = await page.goto(url);
    return tab;
  }

  /** @param expected the only complaints that may have come, as patterns. */
  async close(...expected) {
    const others = this.#complaints.filter(
      (text) => !expected.some((pattern) => pattern.test(text)));
    await this.#page.browserContext().close();
    assert.deepStrictEqual(others, []);
  }

  // -- what a person does -----------------------------------------------------

  async click(selector) {
    await this.#page.bringToFront();
    await this.#page.click(selector);
  }

  /** Clicks on the button with that text. */
  async press(text) {
    await this.click(`::-p-xpath(//button[normalize-space()="${text}"])`);
  }

  async type(selector, text) {
    await this.#page.bringToFront();
    await this.#page.click(selector, {count: 3});
    await this.#page.keyboard.press('Backspace');
    await this.#page.keyboard.type(text);
  }

  async choose(user) {
    await this.click(`label:has(input[value=${user}])`);
  }

  async connect(user) {
    await this.choose(user);
    await this.press('Connect');
    await this.sees('#state', `connected as ${user}`);
  }

  async join(room) {
    await this.type('#room-name', room);
    await this.press('Join');
    await this.sees('#room-state', `You are in ${room}.`);
  }

  async enter() {
    await this.#page.keyboard.press('Enter');
  }

  /** Makes a button usable that the page has greyed out. */
  async ungrey(selector) {
    await this.#page.$eval(
      selector, (button) => button.removeAttribute('aria-disabled'));
  }

  /** Names a room, and leaves the field. */
  async name(room) {
    await this.type('#room-name', room);
    await this.click('#room-title');
  }

  async say(text) {
    await this.type('#text', text);
    await this.#page.keyboard.press('Enter');
  }

  // -- what a person sees -----------------------------------------------------

  /** Waits until the text of an element is exactly this. */
  async sees(selector, text) {
    await this.#page
      .waitForFunction(
        (where, what) => document.querySelector(where).textContent === what,
        {polling: 'mutation'}, selector, text)
      .catch(async () => {
        assert.fail(`${selector} says "${(await this.all(selector))[0]}", `
                    + `not "${text}"`);
      });
  }

  /** Waits until these are the texts of all elements of a list. */
  async seesAll(selector, texts) {
    await this.#page
      .waitForFunction(
        (where, what) => what === JSON.stringify(Array.from(
          document.querySelectorAll(where), (each) => each.textContent)),
        {polling: 'mutation'}, selector, JSON.stringify(texts))
      .catch(async () => {
        assert.deepStrictEqual(await this.all(selector), texts);
      });
  }

  /** Waits until exactly these buttons of a part are greyed out. */
  async seesGrey(selector, names) {
    await this.#page
      .waitForFunction(
        (where, what) => what === JSON.stringify(Array.from(
          document.querySelectorAll(`${where} [aria-disabled=true]`),
          (each) => each.ariaLabel ?? each.textContent)),
        {polling: 'mutation'}, selector, JSON.stringify(names))
      .catch(async () => {
        assert.deepStrictEqual(await this.grey(selector), names);
      });
  }

  /** The names of the buttons of a part that are greyed out, now. */
  grey(selector) {
    return this.#page.$$eval(
      `${selector} [aria-disabled=true]`,
      (found) => found.map((each) => each.ariaLabel ?? each.textContent));
  }

  /** Waits for an entry of the log that contains all of these texts. */
  async seesEntry(...texts) {
    await this.#page
      .waitForFunction(
        (what) => Array.from(document.querySelectorAll('#envelopes li'))
          .some((each) => what.every((x) => each.textContent.includes(x))),
        {polling: 'mutation'}, texts)
      .catch(async () => {
        assert.fail(`no entry with ${texts} in:\n`
                    + (await this.all('#envelopes li')).join('\n'));
      });
  }

  /** The texts of all elements of a kind, now. */
  all(selector) {
    return this.#page.$$eval(
      selector, (found) => found.map((each) => each.textContent));
  }

  /** Runs a function in the page. */
  run(what, ...args) {
    return this.#page.evaluate(what, ...args);
  }

  /** Of the whole page, at a width. */
  async screenshot(path, width) {
    await this.#page.setViewport({width, height: 400});
    await this.#page.bringToFront();
    await this.#page.screenshot({path, fullPage: true});
  }
}

module.exports = {Tab};
