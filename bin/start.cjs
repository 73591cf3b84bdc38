// Both programs begin here, on whatever Node there is: nothing newer than ES2015 in this file.
'use strict';

module.exports = function start(argv) {
  const version = process.versions.node.split('.').map(Number);
  if (version[0] < 22 || (version[0] === 22 && version[1] < 18)) {
    refuse(`needs Node >= 22.18, this is ${process.version}`, 'Install a newer Node, or put one first on the PATH');
    return;
  }
  const dist = `${__dirname}/../dist/main.cjs`;
  let main;
  try {
    main = require(dist).main;
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND' || !error.message.includes(dist)) throw error;
    refuse('is not built yet', 'Run: npm ci && npm run build');
    return;
  }
  main(argv, `${__dirname}/..`).then((exitCode) => {
    process.exitCode = exitCode;
  });
};

function refuse(sentence, hint) {
  process.stderr.write(`error: kubectl-proxyrules ${sentence}\n  ${hint}\n`);
  process.exitCode = 2;
}
