// Required before a program: writes the files it loaded to PROXYRULES_LOADS, one a line, whichever loader took them.
const { writeFileSync } = require('node:fs');
const { registerHooks } = require('node:module');

const loaded = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
process.on('exit', () => writeFileSync(process.env.PROXYRULES_LOADS, loaded.join('\n')));
