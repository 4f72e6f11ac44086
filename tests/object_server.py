"""A server of S3 on the loopback interface, for as long as a test needs it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

BUCKET = "studies"


@contextmanager
def object_server() -> Iterator[dict[str, str]]:
    """Yield the variables with which any client of S3 finds the server; its bucket is empty."""
    from moto.server import ThreadedMotoServer
    from obstore.store import S3Store

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        address = f"http://127.0.0.1:{port}"
        variables = {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
        }
        _put_empty(f"{address}/moto-api/reset", "POST")
        _put_empty(f"{address}/{BUCKET}", "PUT")
        with _set(variables):
            S3Store  # noqa: B018 - imported before threads use it
            yield variables
    finally:
        server.stop()


def _put_empty(address: str, method: str) -> None:
    import urllib.request

    with urllib.request.urlopen(urllib.request.Request(address, method=method)) as answer:
        answer.read()


@contextmanager
def _set(variables: dict[str, str]) -> Iterator[None]:
    from flows.store.storage import open_storage

    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    open_storage.cache_clear()
    try:
        yield
    finally:
        open_storage.cache_clear()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
