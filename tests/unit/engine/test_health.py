"""Health checks, against a server that answers as the parts do."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lakestack.engine import health

READY = {"/_localstack/init/ready": {"completed": True}, "/_localstack/health": {"services": {"s3": "running", "glue": "running"}}}
WORKERS = {"/_lakestack/workers": {"workers": [{"name": "a-0", "ready": False}, {"name": "b-0", "ready": True}]}}


@pytest.fixture
def serve():
    """Return a function that serves JSON by path, and returns the address; a list is answered item by item."""
    servers = []

    def start(answers):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                found = answers.get(self.path)
                body = json.dumps(found(self) if callable(found) else found).encode()
                self.send_response(200 if found is not None else 404)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - the library's name

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_endpoint_is_well_once_every_service_is_loaded(serve):
    assert health.endpoint(serve(READY)) == ""


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        ({"/_localstack/init/ready": {"completed": False}}, "its services are loading"),
        ({**READY, "/_localstack/health": {"services": {"s3": "running", "glue": "error", "athena": "error"}}}, "failed to load: glue, athena"),
    ],
)
def test_an_endpoint_that_is_not_says_what_is_missing(serve, answers, missing):
    assert health.endpoint(serve(answers)) == missing


@pytest.mark.parametrize(("name", "missing"), [(None, ""), ("b-0", ""), ("a-0", "its first JVM is warming up"), ("c-0", "no worker has registered")])
def test_a_worker_is_well_when_it_can_take_a_run(serve, name, missing):
    assert health.worker(serve(WORKERS), "token", name) == missing


def test_a_worker_shows_the_token(serve):
    shown = []
    url = serve({"/_lakestack/workers": lambda request: shown.append(request.headers["Authorization"]) or {"workers": []}})

    health.worker(url, "secret")

    assert shown == ["Bearer secret"]


def test_trino_is_well_when_a_query_answers(serve):
    answers = {"/v1/info": {"starting": False}, "/2": {"data": [[1]]}}
    answers["/v1/statement"] = lambda request: {"nextUri": f"http://{request.headers['Host']}/2"}

    assert health.trino(serve(answers)) == ""


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        ({"/v1/info": {"starting": True}}, "it is loading its connectors"),
        ({"/v1/info": {"starting": False}, "/v1/statement": {"error": {"message": "no nodes"}}}, "no nodes"),
    ],
)
def test_a_trino_that_is_not_says_why(serve, answers, missing):
    assert health.trino(serve(answers)) == missing


@pytest.mark.parametrize("answers", [{}, {"/_localstack/init/ready": {}}])
def test_a_part_that_answers_in_other_words_does_not_answer_yet(serve, answers):
    assert health.checked(health.endpoint, serve(answers)).startswith("it does not answer yet")


def test_a_part_that_is_not_there_does_not_answer_yet():
    assert health.checked(health.endpoint, "http://127.0.0.1:9") == "it does not answer yet (URLError)"


def test_as_a_program_it_says_what_is_missing_and_ends_with_1(serve, capsys):
    url = serve({"/_localstack/init/ready": {"completed": False}})

    assert health.main("endpoint", {"AWS_ENDPOINT_URL": url}) == 1
    assert capsys.readouterr().out == "its services are loading"
    assert health.main("endpoint", {"AWS_ENDPOINT_URL": serve(READY)}) == 0
