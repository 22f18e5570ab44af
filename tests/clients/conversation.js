'use strict';
// What the clients in JavaScript share: their arguments and what they print.

const [url, token, protocols, deflate, ...messages] = process.argv.slice(2);

/** What the program is told to do; the README lists it. */
exports.told = {
  url,
  headers: token ? {Authorization: `Bearer ${token}`} : {},
  protocols: protocols ? protocols.split(',') : [],
  deflate: Boolean(deflate),
  messages,
};

/** Prints a line of the report. */
function tell(word, value = '') {
  console.log(`${word} ${String(value).split('\n')[0]}`);
}

exports.tell = tell;

/** Tells the version of an npm package if that is all that is asked for. */
exports.toldVersion = (name) => {
  if (url !== 'version')
    return false;
  tell('version', require(`${name}/package.json`).version);
  return true;
};

/** Reports what happens to an object with the interface of browsers. */
exports.report = (socket) => {
  let opened = false;
  socket.onopen = () => {
    opened = true;
    tell('open');
    for (const message of messages)
      socket.send(message);
  };
  socket.onmessage = ({data}) => tell('text', data);
  socket.onerror = ({message}) => {
    if (!opened)
      tell('failed', message);
  };
  socket.onclose = ({code, reason}) => {
    tell('close', `${code} ${reason}`);
    process.exit();
  };
};
