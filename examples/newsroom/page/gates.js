// Greys out the buttons whose actions the server would refuse.

const reason = 'The server would refuse this.';

/**
 * Greys a button out, or not. A greyed button can still have the focus, so that
 * everybody can learn the reason.
 */
function show(button, isGrey) {
  if (isGrey) {
    button.setAttribute('aria-disabled', 'true');
    button.title = reason;
  } else {
    button.removeAttribute('aria-disabled');
    button.removeAttribute('title');
  }
}

// Enter in a form clicks on its button, so this holds for forms too.
document.addEventListener('click', (event) => {
  if (event.target.closest('[aria-disabled=true]')) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, {capture: true});

export class Gates {
  /** Null while there is none that is open. */
  #connection = null;
  /** By button: the action it runs, and what ends the watch of it. */
  #gates = new Map();

  /** Names the action that a button runs from now on. */
  set(button, action, route) {
    const gate = this.#gates.get(button);
    if (gate?.action === action && gate.route === route)
      return;
    this.drop(button);
    this.#gates.set(button, {action, route});
    this.#watch(button);
  }

  /** The button is gone, or nobody knows which action it would run. */
  drop(button) {
    this.#gates.get(button)?.end?.();
    this.#gates.delete(button);
    show(button, false);
  }

  connected(connection) {
    this.#connection = connection;
    for (const button of this.#gates.keys())
      this.#watch(button);
  }

  /** Nothing is known until the next connection has told. */
  disconnected() {
    this.#connection = null;
    for (const [button, gate] of this.#gates) {
      gate.end?.();
      show(button, false);
    }
  }

  #watch(button) {
    const gate = this.#gates.get(button);
    const {action, route} = gate;
    gate.end = this.#connection?.watchCan(
      [{action, route}], ({allowed}) => show(button, allowed === false));
  }
}
