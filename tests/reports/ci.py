#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The files that put neardup check into a CI: they have the published schemas, and what they run is run here against the program
in $NEARDUP: the steps of action.yml with files and variables like GitHub's, the script of the GitLab example, the hooks by the
real pre-commit where it can be had.

    ci.py SCHEMAS PRE-COMMIT      PRE-COMMIT: the program, or an empty text

Ends with a line `N passed, N failed`; what could not be checked is named on a line that begins with SKIPPED."""

import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import zipfile

import jsonschema
import yaml

schemas = pathlib.Path(sys.argv[1])
pre_commit = sys.argv[2]
root = pathlib.Path(__file__).resolve().parents[2]
program = os.environ["NEARDUP"]
version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
os.environ["PIP_NO_INDEX"] = "1"  # nothing comes from the network; pip reads this
passed = failed = 0


def check(what, good, detail=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"FAILED  {what}  {str(detail)[:1500]}")


def load(name):
    return yaml.safe_load((root / name).read_text())


def against_schema(name, schema):
    path = schemas / schema
    if not path.exists():
        print(f"SKIPPED {name}: the published schema {schema} could not be fetched")
        return
    value = json.loads(json.dumps(load(name)).replace('"true":', '"on":'))  # YAML 1.1 takes "on" for a boolean
    kind = jsonschema.validators.validator_for(json.loads(path.read_text()))
    errors = [f"{list(e.absolute_path)}: {e.message[:300]}" for e in kind(json.loads(path.read_text())).iter_errors(value)]
    check(f"{name} has the published schema", not errors, errors[:3])


# ---- a dataset -------------------------------------------------------------------------------------------------------

TEXTS = ["The harbour master wrote down every ship that came in before the storm, and what it carried.",
         "A recipe for bread: flour, water, salt and time, of which most people leave out the last one.",
         "Nobody remembers who planted the row of limes along the canal, but everybody walks under them.",
         "When the clock of the town hall stopped, the bakers were the only ones who noticed it at once."]


def write_data(path, texts):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps({"id": f"t{i}", "text": t}) + "\n" for i, t in enumerate(texts)))


# ---- action.yml ------------------------------------------------------------------------------------------------------

action = load("action.yml")


def expand(text, inputs, steps):
    def value(match):
        path = match.group(1).split(".")
        if path[0] == "inputs":
            return inputs[path[1]]
        return steps[path[1]][path[3]] if path[2] == "outputs" else ""
    return re.sub(r"\$\{\{ *([a-z0-9._-]+) *\}\}", value, text)


def outputs_of(path):
    lines = path.read_text().splitlines() if path.exists() else []
    check("outputs are name=value lines", all(re.match("[a-z-]+=", line) for line in lines), lines)
    return dict(line.split("=", 1) for line in lines)


def run_action(folder, inputs, environment=None, repository=root):
    """As a runner does: each step's script in a file, variables expanded in env only, the first failure ends it."""
    inputs = {**{n: i.get("default", "") for n, i in action["inputs"].items()}, **inputs}
    work = pathlib.Path(tempfile.mkdtemp(dir=temporary))
    summary, steps, log, status = work / "summary", {}, "", 0
    summary.write_text("# from before\n")
    for number, step in enumerate(action["runs"]["steps"]):
        script, output = work / f"{number}.sh", work / f"{number}.output"
        script.write_text(step["run"])
        check("no expression in a script", "${{" not in step["run"])
        env = {**os.environ, "NEARDUP": "", **(environment or {}), "GITHUB_ACTION_PATH": str(repository),
               "GITHUB_WORKSPACE": str(folder), "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary),
               "GITHUB_ACTIONS": "true",
               **{n: expand(str(v), inputs, steps) for n, v in step["env"].items()}}
        done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", script], cwd=folder, env=env,
                              capture_output=True, text=True)
        log += done.stdout + done.stderr  # both are read for commands
        steps[step["id"]] = outputs_of(output)
        status = done.returncode
        if status != 0:
            break
    outputs = {n: expand(o["value"], inputs, {s: {**dict.fromkeys(
        ["passed", "status", "duplicate-rate", "new-duplicates", "sarif"], ""), **v} for s, v in
        {"check": {}, **steps}.items()}) for n, o in action["outputs"].items()}
    return status, outputs, log, summary.read_text()


def commands(log):
    """The lines that GitHub would take for commands."""
    taken, stopped = [], None
    for line in log.splitlines():
        line = line.lstrip()
        if stopped:
            stopped = None if line == f"::{stopped}::" else stopped
        elif line.startswith("::stop-commands::"):
            stopped = line[len("::stop-commands::"):]
        elif line.startswith("::"):
            taken.append(line)
    return taken


def test_action():
    folder = pathlib.Path(tempfile.mkdtemp(dir=temporary))
    write_data(folder / "data" / "a.jsonl", TEXTS[:3] + TEXTS[:1])
    here = {"neardup": program}

    status, outputs, log, summary = run_action(folder, {**here, "args": "data --max-duplicate-rate 10%"})
    check("a violated rule fails the step", status == 1, log)
    check("outputs of a failure", outputs == {"passed": "false", "status": "1", "duplicate-rate": "25",
                                              "new-duplicates": "", "sarif": "neardup.sarif"}, outputs)
    check("summary is appended", summary.startswith("# from before\n") and "neardup check: failed" in summary, summary)
    notes = commands(log)
    check("annotation of the copy", any(n.startswith("::error file=data/a.jsonl,line=4,") for n in notes), notes)
    check("the log has the verdict", re.search("^FAILED", log, re.M) and "duplicate-rate" in log, log)
    check("SARIF is written", json.loads((folder / "neardup.sarif").read_text())["version"] == "2.1.0")

    status, outputs, log, summary = run_action(folder, {**here, "args": "data\n--max-duplicate-rate=25%\n",
                                                        "annotations": "false", "sarif": ""})
    check("a rule that is kept", status == 0 and outputs["passed"] == "true" and outputs["sarif"] == "", (outputs, log))
    check("annotations can be switched off", not commands(log), log)

    # "args: |" ends with a line feed, and an editor may end lines with a carriage return, too.
    status, outputs, log, _ = run_action(folder, {**here, "args": "data --max-duplicate-rate 25%\n"})
    check("one line that ends", status == 0 and outputs["passed"] == "true", (outputs, log))
    status, outputs, log, _ = run_action(folder, {**here, "args": "  data \r\n\r\n  --max-duplicate-rate=25% \r\n"})
    check("blanks around lines", status == 0 and outputs["passed"] == "true", (outputs, log))

    baseline = folder / "baseline.jsonl"
    subprocess.run([program, "check", "-q", "data", "--baseline", baseline, "--update-baseline"], cwd=folder, check=True,
                   capture_output=True)
    status, outputs, log, _ = run_action(folder, {**here, "args": "data", "baseline": "baseline.jsonl"})
    check("what the baseline knows passes", status == 0 and outputs["new-duplicates"] == "0", (outputs, log))
    check("what the baseline knows is not annotated", len(commands(log)) == 1, commands(log))
    status, outputs, log, _ = run_action(folder, {**here, "args": "data --max-duplicate-rate 100% --rate-of tokens"})
    rate = json.loads((folder / "neardup.sarif").read_text())
    words = [len(t.split()) for t in TEXTS]
    check("the rate is that of the rule", status == 0 and abs(float(outputs["duplicate-rate"]) -
          100 * words[0] / (sum(words[:3]) + words[0])) < 1e-3, (outputs, words, log))
    (folder / "allowed.txt").write_text(next(r["partialFingerprints"]["neardupContent/v1"] for r in rate["runs"][0]["results"]) + "\n")
    status, outputs, log, _ = run_action(folder, {**here, "args": "data --max-duplicate-rate 10% --allow allowed.txt"})
    check("what is allowed is in no rate", status == 0 and outputs["duplicate-rate"] == "0", (outputs, log))
    status, outputs, log, _ = run_action(folder, {**here, "args": "data --max-exact 1"})
    check("the rate without its rule", status == 0 and outputs["duplicate-rate"] == "25", (outputs, log))
    status, outputs, log, _ = run_action(folder, {**here, "args": "da*/*.jsonl --max-exact 1"})
    check("patterns are expanded", status == 0, (outputs, log))
    status, outputs, log, _ = run_action(folder, {**here, "args": "--max-exact=1\n--\ndata"})
    check("inputs after --", status == 0 and outputs["passed"] == "true", (outputs, log))
    write_data(folder / "data" / "b, new%20.jsonl", TEXTS[1:2])
    status, outputs, log, _ = run_action(folder, {**here, "args": "data", "baseline": "baseline.jsonl"})
    check("what is new fails", status == 1 and outputs["new-duplicates"] == "1", (outputs, log))
    check("its name is escaped", any("file=data/b%2C new%2520.jsonl,line=1," in n for n in commands(log)), commands(log))

    (folder / "rules.toml").write_text('inputs = ["data"]\n[check]\nmax-cluster-size = 5\n')
    status, outputs, log, _ = run_action(folder, {**here, "config": "rules.toml"})
    check("configuration names the inputs", status == 0 and outputs["passed"] == "true", log)

    (folder / "reports.toml").write_text('inputs = "data"\nreports = ["junit:own.xml", "sarif:neardup.sarif", "text:own.txt"]\n')
    for name in ["own.xml", "own.txt", "neardup.sarif"]:
        (folder / name).unlink(missing_ok=True)
    status, outputs, log, _ = run_action(folder, {**here, "config": "reports.toml"})
    check("reports of the configuration are written, too", status == 1 and outputs["sarif"] == "neardup.sarif" and
          (folder / "own.xml").exists() and (folder / "own.txt").read_text().startswith("FAILED") and "\nFAILED" in log, log)

    status, outputs, log, summary = run_action(folder, {**here, "args": "nothing-here"})
    told = commands(log)
    check("the reason is annotated", len(told) == 1 and told[0].startswith("::error title=neardup check::") and
          "nothing-here" in told[0], told)
    check("the reason is summed up", "no verdict" in summary and "    " in summary and "nothing-here" in summary, summary)
    status, outputs, log, summary = run_action(folder, {**here, "args": "data --max-exakt 1%"})
    told = commands(log)
    check("a mistake in the call, with its hint", status == 2 and len(told) == 1 and "--max-exakt" in told[0] and
          "%0Ahint: " in told[0], told)
    status, outputs, log, summary = run_action(folder, {**here, "args": "100%0A-here --color=always"})
    check("it is escaped", "100%250A-here" in commands(log)[0] and "\x1b" not in commands(log)[0], commands(log))
    status, outputs, log, _ = run_action(folder, {**here, "args": "nothing-here"})
    check("what cannot be checked ends with 2", status == 2 and outputs == {
        "passed": "false", "status": "2", "duplicate-rate": "", "new-duplicates": "", "sarif": ""}, (status, outputs, log))

    for number, end in [(127, "exec /nowhere/neardup"), (143, "kill $$"), (2, "exit 2")]:
        ending = folder / "ending"
        ending.write_text(f'#!/bin/bash\nif [ "$1" = check ]; then {end}; fi\necho neardup 0.2.0\n')
        ending.chmod(0o755)
        status, outputs, log, summary = run_action(folder, {"neardup": str(ending), "args": "data"})
        check(f"an end with {number} is 2, too", status == 2 and outputs["status"] == "2" and outputs["passed"] == "false" and
              f"status {number}" in summary, (status, outputs, log))

    strange = "x\n::error::no $(touch " + str(folder) + "/ran) `touch ran` ${HOME}\n--max-invalid=0"
    status, _, log, _ = run_action(folder, {**here, "args": strange})
    check("arguments are not expanded", status == 2 and "$(touch" in log and not (folder / "ran").exists(), log)
    (folder / "::error::planted").mkdir()
    write_data(folder / "::error::planted" / "c.jsonl", TEXTS[3:] * 2)
    (folder / "::error::planted" / "d.jsonl").write_text("no record\n")
    status, _, log, _ = run_action(folder, {**here, "args": "::error::planted/c.jsonl ::error::planted/d.jsonl nowhere"})
    told = commands(log)
    check("nor in a message", status == 2 and len(told) == 1 and told[0].startswith("::error title=neardup check::"), log)
    status, _, log, _ = run_action(folder, {**here, "args": "::error::planted"})
    check("a file name is not a command", "not a JSON object" in log and not any(n.startswith("::error::") for n in commands(log)), log)

    status, _, log, _ = run_action(folder, {**here, "args": "data", "version": "9.9.9"})
    check("another version than asked for", status == 2 and commands(log) == [
        f"::error title=neardup::'{program}' is not neardup 9.9.9".replace("%", "%25")], log)
    status, _, log, _ = run_action(folder, {**here, "args": "data", "version": version[:3]})
    check("the version asked for", status == 1, log)
    status, _, log, _ = run_action(folder, {**here, "args": "data", "version": version[:3] + "0"})
    check("0.1 is not 0.10", status == 2, log)
    tools = folder / "bin"
    tools.mkdir()
    (tools / "neardup").symlink_to(program)
    status, outputs, log, _ = run_action(folder, {"args": "data --max-duplicate-rate 100%"},
                                         {"PATH": f"{tools}:{os.environ['PATH']}"})
    check("the program in PATH", status == 0 and outputs["passed"] == "true", log)


def test_examples():
    workflow = load("examples/ci/github.yml")
    steps = workflow["jobs"]["duplicates"]["steps"]
    mine = next(s for s in steps if "/neardup@" in s.get("uses", ""))
    check("the workflow uses inputs that there are", set(mine["with"]) <= set(action["inputs"]), mine)
    used = set(re.findall(r"steps\.neardup\.outputs\.([a-z-]+)", (root / "examples/ci/github.yml").read_text()))
    check("the workflow uses outputs that there are", used and used <= set(action["outputs"]), used)

    job = load("examples/ci/gitlab.yml")["duplicates"]
    folder = pathlib.Path(tempfile.mkdtemp(dir=temporary))
    write_data(folder / "data" / "a.jsonl", TEXTS)
    script = "\n".join(job["script"])
    check("the job runs what it has built", "make -C /tmp/neardup setup build/neardup" in " ".join(job["before_script"])
          and "/tmp/neardup/build/neardup" in script)
    script = script.replace("/tmp/neardup/build/neardup", program)
    subprocess.run([program, "check", "-q", "data", "--baseline", "neardup-baseline.jsonl", "--update-baseline"],
                   cwd=folder, check=True, capture_output=True)
    write_data(folder / "data" / "new.jsonl", TEXTS[:1])
    done = subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=folder, capture_output=True, text=True)
    check("the job fails", done.returncode == 1 and "new-duplicates" in done.stdout, done)
    files = [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()]
    check("the job leaves its artifacts", all((folder / f).stat().st_size for f in files if (folder / f).exists()) and
          all((folder / f).exists() for f in files), files)
    quality = json.loads((folder / job["artifacts"]["reports"]["codequality"]).read_text())
    check("the job's findings", [f["location"]["path"] for f in quality if f["severity"] == "major"] == ["data/new.jsonl"],
          quality)


def on_terminal(arguments, environment):
    """What the program writes to a terminal of 60 columns."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    with subprocess.Popen([program, "check", "--no-config", *arguments], stdout=slave, stderr=subprocess.DEVNULL,
                          env={"PATH": os.environ["PATH"], "TERM": "xterm", **environment}) as child:
        os.close(slave)
        text = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            text += piece
    os.close(master)
    return child.returncode, text.decode().replace("\r\n", "\n")


def test_terminal():
    data = pathlib.Path(tempfile.mkdtemp(dir=temporary)) / "a.jsonl"
    write_data(data, TEXTS + TEXTS[:1])
    status, text = on_terminal([str(data), "--max-exact", "0"], {})
    check("colour on a terminal", status == 1 and text.startswith("\x1b[1;31mFAILED") and "\x1b[36m" in text, repr(text))
    check("the verdict is also at the end", text.rstrip().split("\n")[-1] == text.split("\n")[0], repr(text))
    after = text.partition("What to do")[2]
    check("lines as wide as the terminal", after and max(map(len, after.split("\n"))) <= 60, repr(after))
    _, plain = on_terminal([str(data), "--max-exact", "0"], {"NO_COLOR": "1"})
    check("NO_COLOR", "\x1b" not in plain and re.sub("\x1b\\[[0-9;]*m", "", text) == plain, repr(plain))
    _, plain = on_terminal([str(data), "--max-exact", "0", "--color", "never"], {})
    check("--color never", "\x1b" not in plain, repr(plain))


def test_shellcheck():
    if not shutil.which("shellcheck"):
        print("SKIPPED shellcheck of the steps: it is not installed")
        return
    for step in action["runs"]["steps"]:
        done = subprocess.run(["shellcheck", "-s", "bash", "-"], input=step["run"], capture_output=True, text=True)
        check(f"shellcheck of the step '{step['name']}'", done.returncode == 0, done.stdout)


# ---- pre-commit ------------------------------------------------------------------------------------------------------

def git(folder, *arguments):
    subprocess.run(["git", "-c", "user.name=test", "-c", "user.email=test@example.org", *arguments], cwd=folder, check=True,
                   capture_output=True)


def run_hook(hook, folder, tools):
    env = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PRE_COMMIT_HOME": str(temporary / "pre-commit")}
    if pre_commit:
        command = [pre_commit, "run", "--all-files", hook["id"]]
    else:
        entry = str(root / hook["entry"]) if hook["language"] == "script" else hook["entry"]
        command = ["bash", "-c", f'{entry} "$@"', "hook", "data", "--max-duplicate-rate", "0"]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_hooks():
    hooks = load(".pre-commit-hooks.yaml")
    check("the hooks have what they need", all({"id", "name", "entry", "language"} <= set(h) and
                                                h["pass_filenames"] is False for h in hooks))
    if pre_commit:
        done = subprocess.run([pre_commit, "validate-manifest", root / ".pre-commit-hooks.yaml"], capture_output=True, text=True)
        check("pre-commit takes the manifest", done.returncode == 0, done)
    else:
        print("SKIPPED pre-commit itself: it could not be had, so the hooks are run by hand")
    tools = temporary / "tools"
    tools.mkdir()
    (tools / "neardup").symlink_to(program)
    # What the repository would be for those who use its hooks.
    source = temporary / "source"
    for name in [".pre-commit-hooks.yaml", *PROVIDING]:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, source / name)
    git(source, "init", "-q")
    git(source, "add", "-A")
    git(source, "commit", "-qm", "hooks")
    git(source, "tag", "v1")
    for hook in hooks:
        folder = pathlib.Path(tempfile.mkdtemp(dir=temporary))
        write_data(folder / "data" / "a.jsonl", TEXTS)
        (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{
            "repo": str(source), "rev": "v1",
            "hooks": [{"id": hook["id"], "args": ["data", "--max-duplicate-rate", "0"]}]}]}))
        git(folder, "init", "-q")
        git(folder, "add", "-A")
        status, log = run_hook(hook, folder, tools)
        check(f"hook {hook['id']} passes", status == 0, log)
        write_data(folder / "data" / "b.jsonl", TEXTS[2:3])
        git(folder, "add", "-A")
        status, log = run_hook(hook, folder, tools)
        check(f"hook {hook['id']} fails", status == 1 and "\n           b.jsonl:1 " in log, log)


# What the repository needs for a program to be installed or built there.
PROVIDING = ["tools/ci/provide.sh", "tools/ci/pre-commit.sh", "tools/ci/github.sh", "include/neardup.h"]


def make_wheel(folder, number, target):
    """A wheel whose program is the target."""
    name = f"neardup-{number}"
    with zipfile.ZipFile(folder / f"{name}-py3-none-any.whl", "w") as wheel:
        script = zipfile.ZipInfo(f"{name}.data/scripts/neardup")
        script.external_attr = 0o100755 << 16
        wheel.writestr(script, f'#!/bin/sh\nexec {target} "$@"\n')
        wheel.writestr(f"{name}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: neardup\nVersion: {number}\n")
        wheel.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{name}.dist-info/RECORD", "")
    return folder / f"{name}-py3-none-any.whl"


def test_wheel():
    """A wheel is installed, from an index or a file; without one, the program is built, and a message says why."""
    source = pathlib.Path(tempfile.mkdtemp(dir=temporary))
    for name in PROVIDING:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, source / name)
    (source / "tools" / "setup").write_text("#!/bin/sh\n")
    (source / "tools" / "setup").chmod(0o755)
    (source / "Makefile").write_text(f"build/neardup:\n\tmkdir -p build && ln -s {program} $@\n")
    index = temporary / "index"
    index.mkdir()
    env = {**os.environ, "NEARDUP": "", "PATH": "/usr/bin:/bin", "PIP_FIND_LINKS": str(index)}
    installed, built = source / "build" / "installed" / "bin" / "neardup", source / "build" / "neardup"
    if shutil.which("neardup", path=env["PATH"]):
        print("SKIPPED wheels: neardup is installed")
        return
    if subprocess.run(["python3", "-c", "import ensurepip, venv"], env=env, capture_output=True).returncode != 0:
        print("SKIPPED wheels: this Python makes no virtual environments")
        return

    def provide(*arguments, script="provide.sh", keep=False, **more):
        if not keep:
            shutil.rmtree(source / "build", ignore_errors=True)
        done = subprocess.run([source / "tools" / "ci" / script, *arguments], env={**env, **more}, capture_output=True, text=True)
        return done.returncode, done.stdout.strip(), done.stderr

    status, path, log = provide()
    check("without a wheel, it is built", status == 0 and path == str(built) and f"installing neardup=={version}" in log and
          "no wheel of neardup fits this machine\nbuilding neardup" in log and not installed.exists(), (status, path, log))
    wheel = make_wheel(index, version, program)
    status, path, log = provide()
    check("the wheel of this version is installed", status == 0 and path == str(installed) and
          log == f"installing neardup=={version}\n", (status, path, log))
    status, path, log = provide(keep=True, PIP_FIND_LINKS="")
    check("the next call finds it", status == 0 and path == str(installed) and log == "", (status, path, log))
    status, path, log = provide(version[:3], PIP_FIND_LINKS="", NEARDUP_WHEEL=str(wheel))
    check("a wheel file", status == 0 and path == str(installed), (status, path, log))
    status, path, log = provide(NEARDUP_WHEEL="none")
    check("no wheel", status == 0 and path == str(built) and "installing" not in log, (status, path, log))
    status, path, log = provide(NEARDUP_WHEEL=str(index / "nothing.whl"))
    check("a wheel file that is missing", status == 2 and not path and "nothing.whl" in log.splitlines()[-1], (status, path, log))
    status, path, log = provide("9.9")
    check("a version that there is not", status == 2 and "installing neardup==9.9.*" in log and
          log.endswith(f"this is neardup {version}, not neardup 9.9\n"), (status, path, log))
    status, path, log = provide("9.9", NEARDUP_WHEEL=str(wheel))
    check("a wheel of another version", status == 2 and "it is not neardup 9.9" in log, (status, path, log))
    broken = make_wheel(index, version, "/nowhere/neardup")
    status, path, log = provide()
    check("a program that does not run here", status == 0 and path == str(built) and "building neardup" in log, (status, path, log))
    broken.unlink()
    make_wheel(index, version, program)
    folder = pathlib.Path(tempfile.mkdtemp(dir=temporary))
    write_data(folder / "a.jsonl", TEXTS)
    status, text, log = provide(str(folder), "--max-duplicate-rate", "0", script="pre-commit.sh")
    check("the hook checks with the wheel", status == 0 and text.startswith("PASSED") and "installing" in log, (status, text, log))
    shutil.rmtree(source / "build")
    status, outputs, log, _ = run_action(folder, {"args": "a.jsonl --max-duplicate-rate 0", "wheel": str(wheel)}, env, source)
    check("the action checks with the wheel", status == 0 and outputs["passed"] == "true" and f"installing {wheel}" in log, log)


def test_provide():
    """Where packages are missing: a hook names them, and only the action installs them."""
    source = pathlib.Path(tempfile.mkdtemp(dir=temporary))
    for name in PROVIDING:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, source / name)
    (source / "tools" / "setup").write_text('#!/bin/sh\necho "setup: $*" >&2\nexit 1\n')
    (source / "tools" / "setup").chmod(0o755)
    env = {**os.environ, "NEARDUP": "", "PATH": "/usr/bin:/bin"}
    if shutil.which("neardup", path=env["PATH"]):
        print("SKIPPED hooks without a program: one is installed")
        return
    for script, asked in [(["pre-commit.sh", "data"], "setup: --check build\n"), (["provide.sh"], "setup: --check build\n"),
                          (["provide.sh", "--install", "0.1"], "setup: build\n")]:
        done = subprocess.run([source / "tools" / "ci" / script[0], *script[1:]], env=env, capture_output=True, text=True)
        check(f"{script} asks for {asked}", done.returncode == 2 and asked in done.stderr, done)
    for script, workflow, told in [(["provide.sh", "--install"], "true", True), (["provide.sh", "--install"], "", False),
                                   (["pre-commit.sh", "data"], "true", False)]:
        done = subprocess.run([source / "tools" / "ci" / script[0], *script[1:]], env={**env, "GITHUB_ACTIONS": workflow},
                              capture_output=True, text=True)
        check(f"{script} says why it failed", "cannot build neardup: setup: " in done.stderr and not done.stdout and
              commands(done.stderr) == ["::error title=neardup::cannot build neardup: setup: build"] * told, done)
    check("the action installs", "provide.sh\" --install" in (root / "action.yml").read_text())


with tempfile.TemporaryDirectory() as name:
    temporary = pathlib.Path(name)
    against_schema("action.yml", "github-actions.json")
    against_schema("examples/ci/github.yml", "github-workflows.json")
    against_schema("examples/ci/gitlab.yml", "gitlab-ci.json")
    test_shellcheck()
    test_action()
    test_terminal()
    test_examples()
    test_hooks()
    test_wheel()
    test_provide()
print(f"{passed} passed, {failed} failed")
sys.exit(failed != 0)
