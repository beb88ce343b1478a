import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sleep } from "../evaluator/harness.js";
import { evaluatorInFolder } from "../evaluator/in-folder.js";

const here = evaluatorInFolder("gradbook magics-");

async function run(...cells: string[]) {
  const outcome = await here.run(...cells);
  const shown = outcome.frames.find(f => f.type === "display")?.data as Record<string, string> | undefined;
  const payload = outcome.frames.find(f => f.type === "payload")?.payload;
  return { ...outcome, shown, payload };
}

async function failure(code: string) {
  const outcome = await here.evaluator.execute(code);
  expect(outcome.done.status).toBe("error");
  return { ...outcome.done.error!, ...outcome };
}

describe("%time", () => {
  test("times a statement, which declares and has a value as ever", async () => {
    const { stdout, text } = await run("%time const x = 6", "%time x * 7");
    expect(stdout).toMatch(/^time: [\d.]+ (ns|us|ms) \(processor: [\d.]+ (ns|us|ms)\)\n$/);
    expect(text).toBe("42");
  });

  test("waits where the statement does, and goes over several lines", async () => {
    const { stdout, text } = await run("%time await new Promise(done => {\n  setTimeout(done, 60);\n});\n'later'");
    const [, time, unit] = /^time: ([\d.]+) (\w+)/.exec(stdout)!;
    expect(unit).toBe("ms");
    expect(Number(time)).toBeGreaterThan(50);
    expect(text).toBe("'later'");
  });

  test("times a whole cell, functions and all", async () => {
    const { stdout, text } = await run("%%time\nlet n = late();\nfunction late() { return 3 }", "n");
    expect(stdout).toBe("");
    expect(text).toBe("3");
    expect((await run("%%time\nn + 1\n;")).stdout).toMatch(/^time: /);
    expect((await run("%%time\nn + 1")).text).toBe("4");
  });

  test("a promise that is a value is no value that is waited for", async () => {
    expect((await run("%time new Promise(() => {})")).text).toBe("Promise { <pending> }");
  });
});

describe("%timeit", () => {
  const report =
    /^[\d.]+ (ns|us|ms) ± [\d.]+ (ns|us|ms) per loop, best [\d.]+ (ns|us|ms) \((\d+) rounds? of ([\d,]+) loops?\)\n$/;

  test("runs a statement as often as it is told", async () => {
    const { stdout, text } = await run("let n = 0", "%timeit -n 5 -r 4 n += 1", "n");
    expect(stdout).toBe("");
    expect(text).toBe("20");
    const { stdout: said } = await run("%timeit -n 1 -r 1 n += 1");
    expect(said).toContain("(1 round of 1 loop)");
  });

  test("finds out how often is enough", async () => {
    const { stdout } = await run("%timeit Math.sqrt(2)");
    const [, , , , rounds, loops] = report.exec(stdout)!;
    expect(rounds).toBe("7");
    expect(Number(loops!.replaceAll(",", ""))).toBeGreaterThan(1000);
  });

  test("awaits what awaits, and times cells", async () => {
    const { stdout } = await run(
      "%%timeit -n 1 -r 2\nconst wait = ms => new Promise(done => setTimeout(done, ms));\nawait wait(20);",
    );
    const [mean, unit] = stdout.split(" ");
    expect(unit).toBe("ms");
    expect(Number(mean)).toBeGreaterThan(15);
  });

  test("is stopped by Stop", async () => {
    const cell = here.evaluator.start("%timeit -n 1000000000 Math.random()");
    await sleep(100);
    await here.evaluator.interrupt(cell);
    const { done } = await here.evaluator.outcome(cell);
    expect(done).toMatchObject({ status: "error", interrupted: true });
    expect((await run("1 + 1")).text).toBe("2");
  });
});

describe("names", () => {
  test("%who lists what cells declared, with types, and picks by type", async () => {
    const cells = ["const a = 1; let text = 'x'; class K {} function f() {}", "const t = zeros([2, 3]), URL = 5"];
    const { stdout } = await run(...cells, "%who");
    expect(stdout).toBe(
      "a     number    1\ntext  string    'x'\nK     class\nf     function\nt     Tensor    [2, 3] float32\nURL   number    5\n",
    );
    expect((await run("%who Tensor")).stdout).toBe("t  Tensor  [2, 3] float32\n");
    expect((await run("%who Map")).stdout).toBe("no name holds a Map\n");
  });

  test("%reset forgets them, and gives back what they hid", async () => {
    const { stdout, payload } = await run("const mine = 1, URL = 2, nn = 3;", "%reset");
    expect(stdout).toBe("forgot 3 names\n");
    expect(payload).toEqual({ source: "gradbook_forget_types" });
    expect((await run("[typeof URL, typeof nn.Linear]")).text).toBe("[ 'function', 'function' ]");
    expect((await run("%who")).stdout).toBe("no cell has declared a name yet\n");
    expect((await run("typeof mine")).text).toBe("'undefined'");
  });

  test("a name that is known makes a line TypeScript", async () => {
    expect((await run("const who = 3, ls = false", "10\n%who")).text).toBe("1");
    expect((await run("!ls")).text).toBe("true");
    expect((await run("const q = 7\n  %who\nq")).text).toBe("1");
    expect((await run("const text = `\n%who\n!echo no\n`; text")).text).toBe("'\\n%who\\n!echo no\\n'");
  });

  test("?name asks the kernel process for a page", async () => {
    const { payload } = await run("const a = { b: 1 }", "?a.b");
    expect(payload).toEqual({ source: "gradbook_inspect", path: "a.b" });
  });
});

describe("folders and variables of the environment", () => {
  test("%env lists, shows and sets; programs see it", async () => {
    expect((await run("%env GRADBOOK_A=some value")).stdout).toBe("GRADBOOK_A=some value\n");
    expect((await run("%env GRADBOOK_B two")).stdout).toBe("GRADBOOK_B=two\n");
    expect((await run("%env GRADBOOK_A")).stdout).toBe("GRADBOOK_A=some value\n");
    expect((await run("!echo $GRADBOOK_A-$GRADBOOK_B")).stdout).toBe("some value-two\n");
    await run("%env GRADBOOK_TOKEN=hush");
    const { stdout } = await run("%env");
    expect(stdout).toContain("GRADBOOK_TOKEN=<hidden>\n");
    expect(stdout).not.toContain("hush");
    expect((await failure("%env GRADBOOK_NOTHING")).evalue).toContain("%env GRADBOOK_NOTHING=VALUE sets it");
  });

  test("%cd goes there and back; imports stay at the notebook", async () => {
    mkdirSync(join(here.folder, "in here"));
    writeFileSync(join(here.folder, "local.ts"), "export const local: number = 9;");
    expect((await run("%cd 'in here'")).stdout).toBe(`${join(here.folder, "in here")}\n`);
    expect((await run("!pwd")).stdout).toBe(`${join(here.folder, "in here")}\n`);
    expect((await run('import { local } from "./local"; local')).text).toBe("9");
    expect((await run("%cd -")).stdout).toBe(`${here.folder}\n`);
    expect((await failure("%cd nowhere")).evalue).toBe(
      `%cd nowhere: there is no such folder (${join(here.folder, "nowhere")})`,
    );
  });
});

describe("programs", () => {
  test("!command prints what it prints, and says how it failed without failing the cell", async () => {
    const { stdout, stderr, text } = await run("!echo out; echo err >&2; exit 3\n'after'");
    expect(stdout).toBe("out\n");
    expect(stderr).toBe("err\n[exit code 3]\n");
    expect(text).toBe("'after'");
  });

  test("values of the notebook stand in a command, and what is the shell's stays the shell's", async () => {
    await run("const files = ['a.txt', 'b.txt'], out = { dir: 'x y' }; let name = 'redeclared', n = 3, HOME = 'mine'");
    const printed = async (command: string) => (await run(command)).stdout.trimEnd();
    expect(await printed("!echo {files} '{out.dir}' {n * 2 + 1} $n-$name {name.length}")).toBe(
      "a.txt b.txt x y 7 3-redeclared 10",
    );
    expect(await printed("%sh printf '%s,' {files.map(f => f[0])}")).toBe("a,b,");
    expect(await printed("!echo pre{n,2}post {1..3} ${HOME}")).toBe(`pre{n,2}post {1..3} ${process.env.HOME}`);
    expect(await printed("!echo $HOME $nothing_here \\$n | awk '{print $1}'")).toBe(process.env.HOME);
    expect(await printed("!echo \\$n {unknown} '{n'")).toBe("$n {unknown} {n");
    expect((await failure("!echo {n.gone.further}")).evalue).toContain("further");
    expect(await printed('!echo {n} {"n"}')).toBe("3 {n}");
  });

  test("%sh runs whatever is in scope", async () => {
    expect((await run("const echo = 1", "%sh echo one \\\n  two")).stdout).toBe("one two\n");
    expect((await failure("!echo one two")).evalue).toContain("write %sh echo one two");
  });

  test("%%bash is a script with arguments, and its failure is the cell's", async () => {
    expect((await run('%%bash one two\nfor x in "$@"; do echo "<$x>"; done')).stdout).toBe("<one>\n<two>\n");
    const { stdout, evalue } = await failure("%%bash\necho begun\nexit 4");
    expect(stdout).toBe("begun\n");
    expect(evalue).toBe("%%bash: the script ended with exit code 4");
  });

  test("output comes while the program runs, in the cell that started it", async () => {
    const cell = here.evaluator.start("!echo first; sleep 5");
    const began = Date.now();
    await here.evaluator.waitFor(f => f.type === "stream" && f.run === cell && f.text === "first\n");
    expect(Date.now() - began).toBeLessThan(3000);
    await here.evaluator.interrupt(cell);
    expect((await here.evaluator.outcome(cell)).done.interrupted).toBe(true);
  });

  test("Stop ends the program and what it started", async () => {
    const cell = here.evaluator.start("!echo $$; sleep 30 & sleep 30");
    const { text } = (await here.evaluator.waitFor(f => f.type === "stream" && f.run === cell)) as { text: string };
    const alive = () => {
      try {
        return process.kill(-Number(text), 0);
      } catch {
        return false;
      }
    };
    expect(alive()).toBe(true);
    await here.evaluator.interrupt(cell);
    const { done, frames } = await here.evaluator.outcome(cell);
    expect(done).toMatchObject({ status: "error", interrupted: true });
    for (let i = 0; i < 50 && alive(); i++) await sleep(100);
    expect(alive()).toBe(false);
    expect(frames.filter(f => f.type === "late_error")).toEqual([]);
  });
});

describe("files and pages", () => {
  test("%%writefile writes, appends, makes folders; the next cell imports", async () => {
    expect((await run("%%writefile src/made.ts\nexport const made: number = 1;")).stdout).toBe("wrote src/made.ts\n");
    expect((await run("import { made } from './src/made'; made")).text).toBe("1");
    expect((await run("%%writefile src/made.ts\nexport const made = 2;\n")).stdout).toBe("wrote over src/made.ts\n");
    expect((await run("import { made } from './src/made'; made")).text).toBe("2");
    expect((await run("%%writefile -a src/made.ts\n// %time is text here")).stdout).toBe("appended to src/made.ts\n");
    expect(readFileSync(join(here.folder, "src/made.ts"), "utf8")).toBe(
      "export const made = 2;\n// %time is text here\n",
    );
    expect((await failure("%%writefile\nx")).evalue).toContain("a file name is missing");
  });

  test("%load puts a file into the cell", async () => {
    writeFileSync(join(here.folder, "a.ts"), "const a = 1;\n");
    expect((await run("%load a.ts")).payload).toEqual({
      source: "set_next_input",
      text: "// %load a.ts\nconst a = 1;\n",
      replace: true,
    });
    expect((await failure("%load b.ts")).evalue).toMatch(/^%load b\.ts: ENOENT.* Paths begin at /);
  });

  test("%%html and %%markdown show the cell", async () => {
    expect((await run("%%html\n<b>!x</b>")).shown).toEqual({ "text/html": "<b>!x</b>", "text/plain": "<b>!x</b>" });
    expect((await run("%%markdown\n# $x^2$")).shown).toEqual({ "text/markdown": "# $x^2$", "text/plain": "# $x^2$" });
  });

  test("%help names every magic, and tells more about one", async () => {
    const { shown } = await run("%help");
    const all = ["%time", "%timeit", "%env", "%cd", "%who", "%reset", "%load", "%%writefile", "%%html", "%%markdown"];
    for (const name of [...all, "%%bash", "!COMMAND", "%sh", "?NAME", "%install", "%help"]) {
      expect(shown!["text/plain"]).toContain(name);
      expect(shown!["text/markdown"]).toContain(name);
    }
    expect((await run("%help %timeit")).shown!["text/plain"]).toContain("-n LOOPS");
    expect((await failure("%help tiem")).evalue).toContain("did you mean %time?");
  });
});

describe("%install", () => {
  let source: string;
  beforeAll(() => {
    // A package on this machine, so that no registry is needed.
    source = mkdtempSync(join(tmpdir(), "gradbook-package-"));
    writeFileSync(join(source, "package.json"), '{"name":"brought","version":"1.2.3","main":"index.js"}');
    writeFileSync(join(source, "index.js"), "exports.brought = 12;");
  });
  afterAll(() => rmSync(source, { recursive: true, force: true }));

  test("brings a package into the notebook's folder, where the same cell imports it", async () => {
    const { stdout, text } = await run(`%install ${source}\nimport { brought } from "brought"\nbrought`);
    expect(text).toBe("12");
    expect(stdout).toMatch(/^installing .* \.\.\./);
    expect(stdout).toContain("added 1 package");
    expect(JSON.parse(readFileSync(join(here.folder, "package.json"), "utf8")).dependencies).toHaveProperty("brought");
  });

  test("also after an import failed for want of it, and into the package around the notebook", async () => {
    expect((await failure("import 'brought'")).evalue).toContain("Install it: npm install brought");
    writeFileSync(join(here.folder, "package.json"), '{"name":"around"}');
    expect((await run(`%install ${source}`, "import { brought } from 'brought'; brought")).text).toBe("12");
  });

  test("says what npm said when it cannot", async () => {
    const { evalue, stderr } = await failure(`%install ${join(source, "nothing")}`);
    expect(evalue).toMatch(/npm ended with exit code \d+ \(ENOENT\)/);
    expect(stderr).toContain("nothing");
    expect(existsSync(join(here.folder, "node_modules"))).toBe(false);
    expect((await failure("%install --save-dev")).evalue).toContain("which package?");
  });
});

describe("places in errors", () => {
  test("are those of the cell as it was written", async () => {
    const thrown = await failure("%env GRADBOOK_C=1\nconst a = 1;\n%time a;  missing()\n");
    expect(thrown.traceback).toContain("In[1]:3:11");
    expect(thrown.traceback).toContain("> 3 | %time a;  missing()");
    const syntax = await failure("%who\nconst é = 1\n%time 1 = 2");
    expect(syntax.traceback).toContain("In[2]:3:7");
    expect(syntax.traceback).toContain("> 3 | %time 1 = 2");
    expect((await failure("%%time\n\nnull.f()")).traceback).toContain("In[3]:3:6");
    expect((await failure("x\n%tiem y")).traceback).toContain("In[4]:2:1");
  });
});
