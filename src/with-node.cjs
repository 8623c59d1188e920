'use strict';

// Runs a program on the Node that the project needs, from the npm scripts: `node src/with-node.cjs PROGRAM ARGUMENTS`.
// It is itself run by whatever Node is there, so it keeps to words that every one of them understands. The fitting Node
// comes with npm ci as an optional dependency. Its link node_modules/.bin/node is not to be counted on: npm 10, which
// Node 20 and 22 bring along, removes it again together with the package for the other architecture.
var childProcess = require('child_process');
var fs = require('fs');
var path = require('path');
var url = require('url');

var needed = 24;
var present = process.versions.node;

function fittingNode() {
  if (Number(present.split('.')[0]) >= needed) return process.execPath;
  var own = path.join(__dirname, '..', 'node_modules', 'node-' + process.platform + '-' + process.arch, 'bin', 'node');
  return fs.existsSync(own) ? own : undefined;
}

var node = fittingNode();
if (node === undefined) {
  process.stderr.write(
    'k8s-upgrade-bot runs on Node ' + needed + ' or newer; this is Node ' + present + '.\n' +
      'On Linux (x64, arm64) "npm ci" brings a fitting one along, unless optional dependencies are left out;\n' +
      'elsewhere install Node ' + needed + ' (https://nodejs.org) and try again.\n',
  );
  process.exit(1);
}

// What the program starts by itself as `node` shall be the same one.
var env = Object.assign({}, process.env, { PATH: path.dirname(node) + path.delimiter + process.env.PATH });
// The channel is what tells the program that this process is gone.
var endWithThis = ['--import', url.pathToFileURL(path.join(__dirname, 'end-with-launcher.ts')).href];
var child = childProcess.spawn(node, endWithThis.concat(process.argv.slice(2)), {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: env,
});
child.on('error', function (error) {
  process.stderr.write(node + ' could not be started: ' + error.message + '\n');
  process.exit(1);
});
child.on('exit', function (code, signal) {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
// A terminal's Ctrl-C reaches the program by itself; it may take its time to end.
process.on('SIGINT', function () {});
['SIGTERM', 'SIGHUP'].forEach(function (signal) {
  process.on(signal, function () {
    child.kill(signal);
  });
});
