'use strict';
// Makes keys and a table of tokens, and compares the verdicts of jsonwebtoken
// and of the program that is given. Each row says what both must answer.

const crypto = require('crypto');
const {execFileSync} = require('child_process');
const fs = require('fs');
const path = require('path');
const jwt = require('jsonwebtoken');

const [work, verdict] = process.argv.slice(2);
const now = 1800000000;
const leeway = 30;

// -- keys ---------------------------------------------------------------------

const file = (name, text) => {
  const result = path.join(work, name);
  fs.writeFileSync(result, text, {mode: 0o600});
  return result;
};
const pemOf = (key) => key.export({type: 'spki', format: 'pem'});
const jwkOf = (key, kid) => ({...key.export({format: 'jwk'}), kid, use: 'sig'});

const rsa = crypto.generateKeyPairSync('rsa', {modulusLength: 2048});
const rsaOther = crypto.generateKeyPairSync('rsa', {modulusLength: 2048});
const curve = crypto.generateKeyPairSync('ec', {namedCurve: 'P-256'});
const curveOther = crypto.generateKeyPairSync('ec', {namedCurve: 'P-256'});
const secret = crypto.randomBytes(32).toString('hex');
const secretOther = crypto.randomBytes(32).toString('hex');

// What each implementation verifies with: a file of ours, and for jsonwebtoken
// the key and the algorithms. A JWKS is a look-up by `kid` there.
const hs = {keyFile: file('secret', secret + '\n'), key: secret,
            algorithms: ['HS256']};
const rs = {keyFile: file('rsa.pem', pemOf(rsa.publicKey)),
            key: pemOf(rsa.publicKey), algorithms: ['RS256']};
const es = {keyFile: file('curve.pem', pemOf(curve.publicKey)),
            key: pemOf(curve.publicKey), algorithms: ['ES256']};

const named = {
  one: {key: rsa.publicKey, algorithms: ['RS256']},
  two: {key: curve.publicKey, algorithms: ['ES256']},
  three: {key: curveOther.publicKey, algorithms: ['ES256']},
  four: {key: crypto.createSecretKey(Buffer.from(secret)),
         algorithms: ['HS256']},
};
const set = {
  keyFile: file('jwks.json', JSON.stringify({
    keys: [...Object.entries(named).map(([kid, x]) => jwkOf(x.key, kid)),
           {kty: 'OKP', crv: 'Ed25519', kid: 'not ours', x: 'AA'}],
  })),
  named,
};

// -- tokens -------------------------------------------------------------------

const encode = (x) =>
  Buffer.from(typeof x === 'string' ? x : JSON.stringify(x))
    .toString('base64url');
const textOf = (header, claims) => encode(header) + '.' + encode(claims);
const hmac = (text, key) =>
  text + '.' + crypto.createHmac('sha256', key).update(text)
    .digest('base64url');
const sign = (text, key) =>
  text + '.' + crypto.sign('sha256', Buffer.from(text),
                           {key, dsaEncoding: 'ieee-p1363'})
    .toString('base64url');

// A token that jsonwebtoken signs.
const issued = (claims, key, algorithm, more = {}) =>
  jwt.sign({sub: '7', ...claims}, key, {algorithm, noTimestamp: true, ...more});
const issuedHs = (claims, more) => issued(claims, secret, 'HS256', more);

const good = issuedHs({});
const [head, body, signature] = good.split('.');
const claims = {sub: '7'};
const us = {...hs, issuer: 'us'};
const forUs = {...hs, audience: 'us'};

const accepted = [
  ['HS256', hs, good],
  ['RS256', rs, issued({}, rsa.privateKey, 'RS256')],
  ['ES256', es, issued({}, curve.privateKey, 'ES256')],
  ['many ES256', es, ...Array.from({length: 100}, (_, i) =>
    issued({i}, curve.privateKey, 'ES256'))],
  ['kid one', set, issued({}, rsa.privateKey, 'RS256', {keyid: 'one'})],
  ['kid two', set, issued({}, curve.privateKey, 'ES256', {keyid: 'two'})],
  ['kid three', set,
   issued({}, curveOther.privateKey, 'ES256', {keyid: 'three'})],
  ['kid four', set, issuedHs({}, {keyid: 'four'})],
  ['not expired', hs, issuedHs({exp: now + 1})],
  ['expired within the leeway', hs, issuedHs({exp: now - leeway + 1})],
  ['valid since', hs, issuedHs({nbf: now - 1})],
  ['valid now', hs, issuedHs({nbf: now})],
  ['valid soon, in the leeway', hs, issuedHs({nbf: now + leeway})],
  ['issued in the future', hs, issuedHs({iat: now + 1000})],
  ['issuer', us, issuedHs({iss: 'us'})],
  ['audience', forUs, issuedHs({aud: 'us'})],
  ['audience in a list', forUs, issuedHs({aud: ['them', 'us']})],
  ['audience unasked', hs, issuedHs({aud: 'them'})],
  ['fractions', hs, hmac(textOf({alg: 'HS256'}, {...claims, exp: now + 0.5,
                                                 nbf: now - 0.5}), secret)],
  ['all at once', {...set, issuer: 'us', audience: 'us'},
   issued({iss: 'us', aud: ['us'], exp: now + 60, nbf: now - 60, roles: ['r']},
          rsa.privateKey, 'RS256', {keyid: 'one'})],
];

const refused = [
  ['expired', hs, issuedHs({exp: now - leeway - 1})],
  ['not yet valid', hs, issuedHs({nbf: now + leeway + 1})],
  ['exp is a string', hs,
   hmac(textOf({alg: 'HS256'}, {...claims, exp: String(now + 60)}), secret)],
  ['nbf is a string', hs,
   hmac(textOf({alg: 'HS256'}, {...claims, nbf: String(now)}), secret)],
  ['wrong issuer', us, issuedHs({iss: 'them'})],
  ['no issuer', us, good],
  ['wrong audience', forUs, issuedHs({aud: 'them'})],
  ['wrong audiences', forUs, issuedHs({aud: ['them', 'others']})],
  ['no audience', forUs, good],
  ['wrong secret', hs, issued({}, secretOther, 'HS256')],
  ['wrong RSA key', rs, issued({}, rsaOther.privateKey, 'RS256')],
  ['wrong curve key', es, issued({}, curveOther.privateKey, 'ES256')],
  ['unknown kid', set,
   issued({}, rsa.privateKey, 'RS256', {keyid: 'nobody'})],
  ['kid of a key that is not ours', set,
   issued({}, rsa.privateKey, 'RS256', {keyid: 'not ours'})],
  ['kid of another key', set,
   issued({}, curve.privateKey, 'ES256', {keyid: 'three'})],
  ['kid of another algorithm', set,
   issued({}, curve.privateKey, 'ES256', {keyid: 'one'})],
  ...['none', 'None', 'NONE', ''].flatMap((alg) => [hs, rs, es].map((keys) =>
    [`alg "${alg}"`, keys, textOf({alg}, claims) + '.'])),
  ['alg none, signed', hs, hmac(textOf({alg: 'none'}, claims), secret)],
  ['no alg', hs, hmac(textOf({typ: 'JWT'}, claims), secret)],
  ['HS256 with the RSA key in PEM', rs,
   hmac(textOf({alg: 'HS256'}, claims), pemOf(rsa.publicKey))],
  ['HS256 with the curve key in PEM', es,
   hmac(textOf({alg: 'HS256'}, claims), pemOf(curve.publicKey))],
  ['HS256 with the RSA key of a kid', set,
   hmac(textOf({alg: 'HS256', kid: 'one'}, claims), pemOf(rsa.publicKey))],
  ['RS256 that says ES256', rs,
   sign(textOf({alg: 'ES256'}, claims), rsa.privateKey)],
  ['ES256 that says RS256', es,
   sign(textOf({alg: 'RS256'}, claims), curve.privateKey)],
  ['HS512', hs, issued({}, secret, 'HS512')],
  ['PS256', rs, issued({}, rsa.privateKey, 'PS256')],
  ['changed claims', hs, [head, encode({sub: '8'}), signature].join('.')],
  ['changed signature', hs,
   [head, body, encode(crypto.randomBytes(32))].join('.')],
  ['no signature', hs, `${head}.${body}.`],
  ['two parts', hs, `${head}.${body}`],
  ['four parts', hs, `${good}.${signature}`],
  ['no claims', hs, `${head}..${signature}`],
  ['cut off', hs, good.slice(0, -1)],
  ['ES256 in ASN.1', es, (() => {
    const text = textOf({alg: 'ES256'}, claims);
    return text + '.' + crypto.sign('sha256', Buffer.from(text),
                                    curve.privateKey).toString('base64url');
  })()],
  ['empty', hs, ''],
  ['no token', hs, 'alice-token'],
];

// Where we are stricter or take more, on purpose: jsonwebtoken accepts the
// first list and we refuse it, the second is the other way round.
const refusedByUs = [
  // RFC 7515, 4.1.11: what must be understood and is not, must be refused.
  ['crit', hs, hmac(textOf({alg: 'HS256', crit: ['x'], x: 1}, claims), secret)],
  // A token without a subject is nobody's.
  ['no subject', hs, hmac(textOf({alg: 'HS256'}, {name: 'x'}), secret)],
  // What is read into the user must have its type.
  ['roles are no list', hs, issuedHs({roles: 'editor'})],
  ['a user who is not active', hs, issuedHs({is_active: false})],
  // No memory is spent on it.
  ['long', hs, issuedHs({x: 'x'.repeat(9000)})],
  // One token has one spelling; Node's decoder drops bits that are left over.
  ['bits left over', rs, (() => {
    const token = issued({}, rsa.privateKey, 'RS256');
    const digits =
      'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = digits.indexOf(token.at(-1));
    return token.slice(0, -1) + digits[last + 1];
  })()],
];
const acceptedByUs = [
  // A bound of the leeway is in it, as for nbf.
  ['expired exactly the leeway ago', hs, issuedHs({exp: now - leeway})],
];

// -- verdicts -----------------------------------------------------------------

const rows = [
  ...accepted.map((row) => [true, true, ...row]),
  ...refused.map((row) => [false, false, ...row]),
  ...refusedByUs.map((row) => [true, false, ...row]),
  ...acceptedByUs.map((row) => [false, true, ...row]),
].flatMap(([theirs, ours, name, keys, ...tokens]) =>
  tokens.map((token) => ({theirs, ours, name, keys, token})));

const say = (claims) => `accepted ${JSON.stringify(claims.sub)}`;

const askThem = ({keys, token}) => {
  try {
    const {issuer, audience} = keys;
    let {key, algorithms} = keys;
    if (keys.named) {
      const {kid} = jwt.decode(token, {complete: true}).header;
      if (!Object.hasOwn(keys.named, kid)) return 'refused';
      ({key, algorithms} = keys.named[kid]);
    }
    return say(jwt.verify(token, key, {algorithms, issuer, audience,
                                       clockTimestamp: now,
                                       clockTolerance: leeway}));
  } catch {
    return 'refused';
  }
};

const askUs = (all) => {
  const input = all.map(({keys: {keyFile, issuer, audience}, token}) =>
    ({keyFile, issuer, audience, leeway, now, token}));
  const output = execFileSync(verdict, {input: JSON.stringify(input),
                                        encoding: 'utf8'});
  return output.trimEnd().split('\n');
};

const answers = askUs(rows);
let wrong = answers.length === rows.length ? 0 : 1;
rows.forEach((row, i) => {
  const theirs = askThem(row);
  const ours = answers[i];
  const good = theirs.startsWith('accepted') === row.theirs
    && ours.startsWith('accepted') === row.ours
    && (row.theirs !== row.ours || theirs === ours);
  if (!good) {
    ++wrong;
    console.error(`${row.name}: jsonwebtoken says ${theirs}, we say ${ours}`);
  }
});
console.log(`${rows.length} tokens, ${wrong} verdicts wrong`);
process.exit(wrong === 0 ? 0 : 1);
