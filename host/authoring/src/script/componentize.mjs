// Calls componentize-js: PACKAGE-FOLDER SOURCE WORLD OUTPUT. The contract is in `wit`.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, sourcePath, worldName, output] = process.argv.slice(2);
const { exports } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
const { componentize } = await import(pathToFileURL(join(folder, exports.import)).href);

try {
  // Without the engine's own features the component imports nothing but the contract.
  const disableFeatures = ['random', 'stdio', 'clocks', 'http', 'fetch-event'];
  const { component } = await componentize({ sourcePath, witPath: 'wit', worldName, disableFeatures });
  await writeFile(output, component);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
