import { isKubernetesPackage, kubernetesPackages } from '../../model/packages.ts';
import type { Program } from '../../shell/program.ts';
import { readArguments } from '../arguments.ts';

/** apt-mark hold, unhold and showhold. */
export const aptMark: Program = (run) => {
  const { rest } = readArguments(run.args, []);
  const [action = '', ...names] = rest;
  const { installed } = run.machine.packages;
  if (action === 'showhold') {
    for (const name of kubernetesPackages) if (installed[name].held) run.out(`${name}\n`);
    return 0;
  }
  if (action !== 'hold' && action !== 'unhold') {
    run.err(`E: Invalid operation ${action}\n`);
    return 100;
  }
  if (run.user !== 'root') {
    run.err(
      'E: Could not create temporary file for /var/lib/apt/extended_states - mkstemp (13: Permission denied)\n',
    );
    return 100;
  }
  let code = 0;
  for (const name of names) {
    if (!isKubernetesPackage(name)) {
      run.err(`E: Unable to locate package ${name}\n`);
      code = 100;
      continue;
    }
    const found = installed[name];
    const hold = action === 'hold';
    if (found.held === hold) {
      run.out(hold ? `${name} was already set on hold.\n` : `${name} was already not on hold.\n`);
      continue;
    }
    found.held = hold;
    run.out(hold ? `${name} set on hold.\n` : `Canceled hold on ${name}.\n`);
    run.model.journal.record(run.machine.name, hold ? 'apt-hold' : 'apt-unhold', name);
  }
  return code;
};
