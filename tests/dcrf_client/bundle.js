'use strict';
// A module of Node.js with all that it requires as one script for a browser.
// No line of the modules is changed.

const fs = require('fs');
const {createRequire, isBuiltin} = require('module');

/** Adds a module to a map from path to source and the paths it requires. */
function add(file, modules) {
  if (modules.has(file))
    return;
  const source = fs.readFileSync(file, 'utf8');
  const required = {};
  modules.set(file, {source, required});
  for (const [, name] of source.matchAll(/\brequire\(['"]([^'"]+)['"]\)/g)) {
    // A browser has no modules of Node.js; the npm packages of the same names
    // stand in for them, as with other bundlers.
    required[name] =
      createRequire(file).resolve(isBuiltin(name) ? `${name}/` : name);
    add(required[name], modules);
  }
}

/** @returns a script whose value is what the module exports. */
function bundle(file) {
  const modules = new Map();
  add(file, modules);
  const entries = Array.from(modules, ([path, {source, required}]) =>
    `${JSON.stringify(path)}: {required: ${JSON.stringify(required)}, `
    + `run(module, exports, require) {${source}\n}}`);
  return `(() => {
    const modules = {${entries.join(',\n')}};
    const load = (path) => {
      const known = modules[path];
      if (known.module === undefined) {
        known.module = {exports: {}};
        known.run.call(known.module.exports, known.module,
                       known.module.exports,
                       (name) => load(known.required[name]));
      }
      return known.module.exports;
    };
    return load(${JSON.stringify(file)});
  })()`;
}

module.exports = {bundle};
