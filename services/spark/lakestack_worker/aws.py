"""AWS clients with the credentials of a run's role; the service models are loaded once."""

import threading
from typing import Any

import botocore.session
from botocore.config import Config

from lakestack_worker.assignment import Assignment

_CONFIG = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 3, "mode": "standard"}, connect_timeout=5, read_timeout=60)


class Aws:
    """Thread-safe."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url
        self._session = botocore.session.get_session()
        self._lock = threading.Lock()  # making clients is not thread-safe in botocore, using them is

    def client(self, service: str, run: Assignment) -> Any:
        credentials = run.credentials
        with self._lock:
            return self._session.create_client(
                service,
                region_name=run.region,
                endpoint_url=self._endpoint_url,
                aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
                aws_session_token=credentials["AWS_SESSION_TOKEN"],
                config=_CONFIG,
            )

    def preload(self, region: str) -> None:
        """Load the models that every run needs."""
        for service in ("s3", "logs"):
            with self._lock:
                self._session.create_client(
                    service,
                    region_name=region,
                    endpoint_url=self._endpoint_url,
                    aws_access_key_id="x",
                    aws_secret_access_key="x",  # noqa: S106 - only the model is wanted
                    config=_CONFIG,
                )
