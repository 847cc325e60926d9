"""Tries every operation of the machine API with what its own document allows, and with what it does not: schemathesis against a real
server. Arguments go to schemathesis. Fails on an answer that the document does not have, and on an operation that was never done."""

import json
import os
import pathlib
import subprocess
import sys

import server

HERE = pathlib.Path(__file__).parent
# Found by chance once is found again.
USUAL = ["--seed", "4711", "--max-examples", "25", "--no-color"]


def run(base, name, keys, *chosen):
    """One run of schemathesis; its report, and how often each operation answered what."""
    folder = pathlib.Path(os.environ["FUZZ_FOLDER"]) / name
    folder.mkdir(parents=True, exist_ok=True)
    report, answers = folder / "report.json", folder / "answers.json"
    for old in (report, answers):
        old.unlink(missing_ok=True)
    command = [
        *(pathlib.Path(sys.executable).with_name("schemathesis"), "--config-file", HERE / "schemathesis.toml", "run"),
        *(f"{base}/api/openapi.json", *chosen, "--report-json-path", report, *USUAL, *sys.argv[1:]),
    ]
    env = os.environ | keys | {"ANSWERS": str(answers), "PYTHONPATH": str(HERE)}
    done = subprocess.run(command, cwd=folder, env=env)
    if not report.exists():
        raise SystemExit(f"schemathesis ended with {done.returncode} and no report.")
    return json.loads(report.read_text()), json.loads(answers.read_text())


def main():
    with server.serve() as base:
        platform = server.platform_key(base)
        # The largest plan: its 20,000 calls a minute are more than are made here.
        _, key = server.tenant(base, platform, "fuzz", "enterprise")
        keys = {"TENANT_KEY": key, "PLATFORM_KEY": platform}
        # Apart, for a platform key that tries everything suspends and deletes the tenant of the other.
        runs = [run(base, "tenant", keys, "--exclude-tag", "Platform"), run(base, "platform", keys, "--include-tag", "Platform")]

    failed, answers = set(), {}
    calls = 0
    for report, answered in runs:
        calls += report["test_cases"]["generated"]
        answers |= answered
        for failure in report["failures"]:
            failed.update(failure["operations"])
        failed.update(f"error: {error.get('title', error)}" for error in report["errors"])
        if report["exit_code"] and not failed:
            failed.add(f"schemathesis ended with {report['exit_code']}")
    never = sorted(operation for operation, statuses in answers.items() if not any(status.startswith("2") for status in statuses))
    limited = sum(statuses.get("429", 0) for statuses in answers.values())

    print()
    for operation, statuses in sorted(answers.items()):
        print(f"{operation:60}", *(f"{status}×{count}" for status, count in sorted(statuses.items())))
    for operation in never:
        print(f"Never done: {operation}")
    print(f"{calls} calls, {limited} of them answered by 429; {len(answers) - len(never)} of {len(answers)} operations were done.")
    failed.update(never)
    print(f"operations: {len(answers.keys() - failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
