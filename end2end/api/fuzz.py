"""Tries every operation of the machine API with what its own document allows, and with what it does not: schemathesis against a real
server. Arguments go to schemathesis. Fails on an answer that the document does not have, and on an operation that was never done."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import requests
import server

HERE = pathlib.Path(__file__).parent
# Found by chance once is found again.
USUAL = ["--seed", "4711", "--max-examples", "15", "--no-color"]


def folder():
    return pathlib.Path(os.environ["FUZZ_FOLDER"])


def keep(name, made):
    (folder() / f"{name}.txt").write_text("".join(f'"{one}"\n' for one in made))


def caller(key):
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"
    return session


def keep_tenants(base, platform):
    """Tenants of each kind that operations ask for: open or on trial, deleted or suspended or owing, to try what brings them back, and some
    whose archive is there; and an archive, to be brought in."""
    session, tenants = caller(platform), f"{base}/api/v1/platform/tenants"
    look = lambda slug: session.get(f"{tenants}/{slug}", timeout=30)
    for name, end in [
        ("open", look),
        ("trial", look),
        ("converted", look),
        ("owing", lambda slug: session.post(f"{tenants}/{slug}/unpaid", json={"owed": "to be paid"}, timeout=30)),
        ("overridden", lambda slug: session.put(f"{tenants}/{slug}/quotas/tokens", json={"limit": 5, "reason": "to go"}, timeout=30)),
        ("deleted", lambda slug: session.delete(f"{tenants}/{slug}", timeout=30)),
        ("suspended", lambda slug: session.post(f"{tenants}/{slug}/suspend", json={"reason": "to be resumed"}, timeout=30)),
        ("archived", lambda slug: session.post(f"{tenants}/{slug}/export", timeout=30)),
    ]:
        slugs = [f"{name}-{n}" for n in range(10)]
        for slug in slugs:
            new = {"name": slug, "slug": slug, "plan": "free", "owner_email": f"owner@{slug}.example"}
            new |= {"trial_days": 5} if name in ("trial", "converted") else {}
            session.post(tenants, json=new, timeout=30).raise_for_status()
            end(slug).raise_for_status()
        keep(name, slugs)
    ready = lambda slug: session.get(f"{tenants}/{slug}/export", timeout=30).json()["state"] == "ready"
    until = time.monotonic() + 60
    while not all(ready(slug) for slug in slugs):
        if time.monotonic() > until:
            raise SystemExit("No job makes archives.")
        time.sleep(0.5)
    archive = session.get(f"{tenants}/{slugs[0]}/export/archive", timeout=30)
    archive.raise_for_status()
    (folder() / "archive.tar.gz").write_bytes(archive.content)


def keep_alerts(base, platform):
    """Alerts to acknowledge: the server raises them by itself."""
    session, until = caller(platform), time.monotonic() + 90
    while not (alerts := session.get(f"{base}/api/v1/platform/alerts", timeout=30).json()["alerts"]):
        if time.monotonic() > until:
            raise SystemExit("No alert is raised.")
        time.sleep(1)
    keep("alerts", [alert["id"] for alert in alerts])


def keep_ids(base, key):
    """Reservations and leases to try what is done to them."""
    session = caller(key)
    for name, path, body, field in [
        ("reservations", "tokens/reserve", {"amount": 10**12, "ttl_seconds": 86_400}, "reservation"),
        ("leases", "sessions/leases", {"ttl_seconds": 3_600}, "lease"),
    ]:
        made = [session.post(f"{base}/api/v1/quota/{path}", json=body, timeout=30).json()[field] for _ in range(40)]
        keep(name, made)


def run(base, name, keys, *chosen):
    """One run of schemathesis; its report, and how often each operation answered what."""
    own = folder() / name
    own.mkdir(exist_ok=True)
    report, answers = own / "report.json", own / "answers.json"
    for old in (report, answers):
        old.unlink(missing_ok=True)
    command = [
        *(pathlib.Path(sys.executable).with_name("schemathesis"), "--config-file", folder() / "schemathesis.toml", "run"),
        *(f"{base}/api/openapi.json", *chosen, "--report-json-path", report, *USUAL, *sys.argv[1:]),
    ]
    env = os.environ | keys | {"ANSWERS": str(answers), "ARCHIVE": str(folder() / "archive.tar.gz"), "PYTHONPATH": str(HERE)}
    done = subprocess.run(command, cwd=own, env=env)
    if not report.exists():
        raise SystemExit(f"schemathesis ended with {done.returncode} and no report.")
    return json.loads(report.read_text()), json.loads(answers.read_text())


def main():
    folder().mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "schemathesis.toml", folder())
    with server.serve() as base:
        platform = server.platform_key(base)
        # The largest plan: its 20,000 calls a minute are more than are made here.
        _, key = server.tenant(base, platform, "fuzz", "enterprise")
        keep_ids(base, key)
        keep_tenants(base, platform)
        keep_alerts(base, platform)
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
