"""Athena's settings, read once from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What the engine of the stack tells Athena.

    Attributes:
        trino_url: Where Trino answers.
        engine_wait_s: How long a query waits for a Trino that is starting or away before it fails.
        query_timeout_s: How long a statement may run in Trino; AWS's default for DML is 30 minutes.
        dml_slots: Statements that run in Trino at once; further ones are QUEUED.
        ddl_slots: Statements that run on the catalog at once.
        has_delta_writes: Whether INSERT, UPDATE, DELETE and MERGE may change Delta tables. AWS refuses them.
        state_folder: Where results that AWS would keep itself (managed query results) lie.
    """

    trino_url: str = "http://127.0.0.1:8080"
    engine_wait_s: float = 120.0
    query_timeout_s: int = 1800
    dml_slots: int = 8
    ddl_slots: int = 4
    has_delta_writes: bool = False
    state_folder: Path = Path("athena-state")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings.

        Raises:
            ValueError: LAKESTACK_ATHENA_DELTA_WRITES is neither `allow` nor `refuse`.
        """
        delta_writes = environment.get("LAKESTACK_ATHENA_DELTA_WRITES", "refuse").lower()
        if delta_writes not in ("allow", "refuse"):
            raise ValueError(f"LAKESTACK_ATHENA_DELTA_WRITES is {delta_writes!r}; expected 'allow' or 'refuse' (the default, as on AWS).")
        return cls(
            trino_url=environment.get("LAKESTACK_TRINO_URL", cls.trino_url),
            engine_wait_s=float(environment.get("LAKESTACK_ATHENA_ENGINE_WAIT_S", cls.engine_wait_s)),
            query_timeout_s=int(environment.get("LAKESTACK_ATHENA_QUERY_TIMEOUT_S", cls.query_timeout_s)),
            has_delta_writes=delta_writes == "allow",
            state_folder=Path(environment.get("LAKESTACK_STATE", ".")) / "athena",
        )
