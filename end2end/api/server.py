"""A server of its own for tests from outside: fresh folder, demo data, nothing left behind; and the keys that a person would make there."""

import contextlib
import html
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
PASSWORD = "quiet harbour lantern 41"
READY_WITHIN = 120
STOPPED_WITHIN = 30


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _ready(server):
    """Reads what the server says until it is ready; after that somebody has to go on reading, or it waits for them."""
    timer = threading.Timer(READY_WITHIN, server.kill)
    timer.start()
    said = []
    for line in server.stdout:
        said.append(line)
        if "Stop with Ctrl-C." in line:
            timer.cancel()
            threading.Thread(target=server.stdout.read, daemon=True).start()
            return
    timer.cancel()
    raise SystemExit(f"The server ended before it was ready (it says so above):\n{''.join(said)}")


@contextlib.contextmanager
def serve(**settings):
    """Yields the address of a running server. At the end it has to stop cleanly."""
    binary = os.environ["TENANTRY_BIN"]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tenantry-api-"))
    # PostgreSQL does not run as root: its own user has to get through to its folder.
    folder.chmod(0o711)
    port = free_port()
    base = f"http://localhost:{port}"
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL" and not name.startswith("TENANTRY_")}
    own = {
        "TENANTRY_DATA_DIR": str(folder / "data"),
        "TENANTRY_BASE_URL": base,
        "LEPTOS_SITE_ADDR": f"127.0.0.1:{port}",
        "TENANTRY_DEMO_PASSWORD": PASSWORD,
        "TENANTRY_LOG": "warn",
    }
    server = subprocess.Popen(
        [binary, "serve", "--demo"], cwd=ROOT, env=kept | own | settings, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    try:
        _ready(server)
        yield base
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            code = server.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            server.kill()
            code = "nothing: it did not stop"
        shutil.rmtree(folder, ignore_errors=True)
    if code != 0:
        raise SystemExit(f"The server ended with {code}.")


class Browser:
    """A person at the pages, with scripts off."""

    def __init__(self, base):
        self.base = base
        self.session = requests.Session()

    def post(self, path, page="/", files=None, **fields):
        """Sends a form of that page; returns the page that it leads to."""
        headers = {"Accept": "text/html", "Origin": self.base, "Referer": self.base + page}
        reply = self.session.post(self.base + path, data=fields, files=files, headers=headers, timeout=30)
        assert reply.ok and "__err" not in reply.url, f"{path}: {reply.status_code} {reply.url}"
        return reply

    def sign_in(self, email):
        self.post("/fn/auth/sign-in", page="/login", email=email, password=PASSWORD)
        return self

    def accept(self, invite):
        """Joins as somebody new."""
        token = invite.rsplit("/", 1)[1]
        self.post("/fn/invite/accept", page=f"/invite/{token}", token=token, name="Fay Zz", password=PASSWORD)
        return self

    def make_key(self, path, page, **fields):
        """The new key, as the page shows it once."""
        shown = self.post(path, page=page, **fields).text
        field = re.search(r'<input[^>]*id="new-key"[^>]*>', shown)
        assert field, f"{page} shows no key"
        return html.unescape(re.search(r'value="([^"]+)"', field[0])[1])


def platform_key(base):
    return Browser(base).sign_in("admin@tenantry.example").make_key("/fn/platform-keys/create", "/admin/keys", name="Outside")


def tenant(base, platform, slug, plan):
    """A new tenant's slug, its owner's browser and a key with all scopes."""
    made = requests.post(
        f"{base}/api/v1/platform/tenants",
        json={"name": slug, "slug": slug, "plan": plan, "owner_email": f"owner@{slug}.example"},
        headers={"Authorization": f"Bearer {platform}"},
        timeout=30,
    )
    assert made.status_code == 201, made.text
    owner = Browser(base).accept(made.json()["setup_url"])
    key = owner.make_key("/fn/keys/create", f"/t/{slug}/keys", tenant=slug, name="Outside", read="on", usage="on", resources="on")
    return owner, key
