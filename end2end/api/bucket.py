"""Documents in a bucket: a real S3 server, and the configuration that the README says. What is uploaded comes back as it was, what is
deleted leaves nothing there, and a bucket that is away is told without counting anything."""

import contextlib
import logging
import os
import sys
import time

import boto3
import requests
from moto.server import ThreadedMotoServer

import server

BUCKET = "papers"
# Several parts, and a rest.
LARGE = os.urandom(12 * 1024 * 1024 + 5)
SMALL = b"something to read"


class Machine:
    """A tenant's key, with what it asks about documents."""

    def __init__(self, base, key):
        self.base = f"{base}/api/v1"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"

    def bring(self, name, data):
        return self.session.post(f"{self.base}/knowledge", params={"name": name}, data=data, timeout=60)

    def names(self):
        return {document["name"] for document in self.session.get(f"{self.base}/knowledge", timeout=30).json()["items"]}

    def content(self, document):
        return self.session.get(f"{self.base}/knowledge/{document}/content", timeout=60)

    def remove(self, document):
        return self.session.delete(f"{self.base}/knowledge/{document}", timeout=60)

    def stored(self):
        quotas = self.session.get(f"{self.base}/tenant", timeout=30).json()["quotas"]
        return next(quota["used"] for quota in quotas if quota["meter"] == "storage")


def the_api_keeps_and_removes(machine, owner, bucket):
    before = machine.stored()
    for name, data in (("large.bin", LARGE), ("small.txt", SMALL), ("empty.txt", b"")):
        made = machine.bring(name, data)
        assert made.status_code == 201, made.text
        document = made.json()["id"]
        assert machine.stored() == before + len(data)
        assert machine.content(document).content == data, name
        assert [len(bucket.get_object(Bucket=BUCKET, Key=key)["Body"].read()) for key in keys(bucket)] == [len(data)]
        assert all(key.startswith("kept/here/tenants/") for key in keys(bucket))
        assert machine.remove(document).status_code == 204
        assert machine.content(document).status_code == 404
        assert (keys(bucket), machine.stored()) == ([], before), name


def the_portal_keeps_and_removes(machine, owner, bucket):
    page = "/t/papers/knowledge"
    owner.post(page, page=page, files={"document": ("handbook.pdf", SMALL, "application/pdf")})
    (document,) = machine.session.get(f"{machine.base}/knowledge", timeout=30).json()["items"]
    shown = owner.session.get(f"{owner.base}{page}/{document['id']}", timeout=30)
    assert (shown.content, len(keys(bucket))) == (SMALL, 1), shown.status_code
    owner.post("/fn/knowledge/delete", page=page, tenant="papers", document=document["id"])
    assert (keys(bucket), machine.names()) == ([], set())


def an_upload_that_breaks_off_leaves_nothing(machine, owner, bucket):
    def half():
        yield LARGE
        raise ConnectionAbortedError

    before = machine.stored()
    with contextlib.suppress(ConnectionAbortedError, requests.ConnectionError):
        machine.bring("half.bin", half())
    until = time.monotonic() + 10
    while bucket.list_multipart_uploads(Bucket=BUCKET).get("Uploads"):
        assert time.monotonic() < until, "its parts are still in the bucket"
        time.sleep(0.1)
    assert (keys(bucket), machine.names(), machine.stored()) == ([], set(), before)


def a_bucket_that_is_away_is_told_soon(machine, owner, bucket):
    document = machine.bring("small.txt", SMALL).json()["id"]
    before = machine.stored()
    bucket.moto.stop()
    for ask in (lambda: machine.bring("other.txt", SMALL), lambda: machine.content(document)):
        begun = time.monotonic()
        refused = ask()
        assert (refused.status_code, refused.json()["code"]) == (503, "UNAVAILABLE"), refused.text
        assert time.monotonic() - begun < 10
    assert (machine.names(), machine.stored()) == ({"small.txt"}, before)


def keys(bucket):
    return [found["Key"] for found in bucket.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def main():
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=server.free_port(), verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    login = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "of no worth", "AWS_REGION": "us-east-1"}
    bucket = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        region_name=login["AWS_REGION"],
        aws_access_key_id=login["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=login["AWS_SECRET_ACCESS_KEY"],
    )
    bucket.create_bucket(Bucket=BUCKET)
    bucket.moto = moto
    place = {"TENANTRY_FILES_URL": f"s3://{BUCKET}/kept/here", "AWS_ENDPOINT": f"http://{host}:{port}", "AWS_ALLOW_HTTP": "true"}
    passed = failed = 0
    with server.serve(**place, **login) as base:
        owner, key = server.tenant(base, server.platform_key(base), "papers", "pro")
        machine = Machine(base, key)
        for test in (
            the_api_keeps_and_removes,
            the_portal_keeps_and_removes,
            an_upload_that_breaks_off_leaves_nothing,
            a_bucket_that_is_away_is_told_soon,
        ):
            begun = time.monotonic()
            try:
                test(machine, owner, bucket)
                passed += 1
                result = "ok"
            except Exception as error:
                failed += 1
                result = f"FAILED, {type(error).__name__}: {error}"
            print(f"{test.__name__} … {result} ({time.monotonic() - begun:.1f} s)", flush=True)
    print(f"bucket: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
