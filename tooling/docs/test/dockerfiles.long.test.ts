import { expect, test } from '@jest/globals';
import { runProcess, temporaryDirectory } from '@net/testing';
import { DockerfileParser } from 'dockerfile-ast';
import { join } from 'node:path';
import { root, sourceFiles, textOf } from '../src/index.js';

/** The steps of the Dockerfile that do not need a container, with its absolute paths below a folder. */
test.each(sourceFiles(/(^|\/)Dockerfile$/, 'apps'))(
  'what %s installs starts',
  async (path) => {
    const app = path.split('/')[1]!;
    const folder = temporaryDirectory('image');
    const made = await runProcess(process.execPath, [join(root, 'scripts/docker-context.mjs'), app, folder]);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const instructions = DockerfileParser.parse(textOf(path)).getInstructions();
    const of = (keyword: string): string =>
      instructions.find((each) => each.getKeyword() === keyword)!.getArgumentsContent()!;
    const below = (text: string): string => text.replaceAll(/(?<=[\s"])\/(?=packed|app\b)/g, `${folder}/`);
    const installed = await runProcess('sh', ['-ec', below(of('RUN'))]);
    expect({ code: installed.code, stderr: installed.code === 0 ? '' : installed.stderr }).toMatchObject({
      code: 0,
    });
    const [command, ...args] = JSON.parse(below(of('ENTRYPOINT'))) as string[];
    const [mode] = JSON.parse(of('CMD')) as string[];
    expect(await runProcess(command!, [...args, '--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
    expect(await runProcess(command!, [...args, mode!, '--help'])).toMatchObject({ code: 0 });
  },
  240_000,
);
