'use strict';

// Runs before the npm scripts, in words that every Node understands: an older one can only say that it does not know
// the extension of the first TypeScript file.
var needed = 24;
var present = process.versions.node;

if (Number(present.split('.')[0]) < needed) {
  process.stderr.write(
    'k8s-upgrade-bot runs on Node ' + needed + ' or newer; this is Node ' + present + '.\n' +
      'On Linux (x64, arm64) "npm ci" brings a fitting one along, unless optional dependencies are left out;\n' +
      'elsewhere install Node ' + needed + ' (https://nodejs.org) and try again.\n',
  );
  process.exit(1);
}
