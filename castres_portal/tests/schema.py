"""The schema of the tests, made once: migrating takes far longer than most runs of a few tests.

What the migrations made is kept in ``.schema/``, under a name that changes with them and with the libraries. The next runs load
it into their empty database, where ``migrate`` then finds nothing to do. Without PostgreSQL's client programs, each run migrates.
"""

import hashlib
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

KEPT = 6  # schemas: those of a few branches, on both databases


def begin_from_kept_schema(connection: BaseDatabaseWrapper) -> None:
    """Have the test database, when it is created, start from the kept schema; keep its schema when there is none."""
    store = _Sqlite(connection) if connection.vendor == "sqlite" else _PostgreSQL(connection)
    if not store.works:
        return
    file = settings.BASE_DIR / ".schema" / f"{_fingerprint()}.{store.suffix}"
    known = file.exists()
    creation = connection.creation
    create_empty, create = creation._create_test_db, creation.create_test_db

    def create_and_load(*args: Any, **kwargs: Any) -> str:
        name = create_empty(*args, **kwargs)
        if known:
            store.load(file, creation._get_test_db_name())
            file.touch()
        return name

    def create_and_keep(*args: Any, **kwargs: Any) -> str:
        name = create(*args, **kwargs)
        if not known:
            file.parent.mkdir(exist_ok=True)
            new = file.with_suffix(f".{os.getpid()}")
            store.keep(new)
            new.replace(file)
            _forget_the_oldest(file.parent)
        return name

    creation._create_test_db, creation.create_test_db = create_and_load, create_and_keep


def _fingerprint() -> str:
    """Name what decides the schema: our migrations, and the libraries with theirs."""
    digest = hashlib.sha256()
    sources = [*settings.BASE_DIR.glob("*/migrations/*.py"), *settings.BASE_DIR.glob("*/*/migrations/*.py")]
    for source in sorted([*sources, settings.BASE_DIR / "requirements.txt"]):
        digest.update(f"{source.relative_to(settings.BASE_DIR)}\n".encode() + source.read_bytes())
    return digest.hexdigest()[:24]


def _forget_the_oldest(folder: Path) -> None:
    for old in sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)


class _Sqlite:
    """A database in memory, copied from a file and to it."""

    suffix, works = "sqlite3", True

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.holds: sqlite3.Connection | None = None

    def load(self, file: Path, name: str) -> None:
        # A shared database in memory lives as long as somebody is connected to it: this one until Django is.
        self.holds = sqlite3.connect(name, uri=True)
        with closing(sqlite3.connect(file)) as source:
            source.backup(self.holds)

    def keep(self, file: Path) -> None:
        with closing(sqlite3.connect(file)) as target:
            self.connection.connection.backup(target)


class _PostgreSQL:
    """A database of the server, written and read by its own programs."""

    suffix = "sql"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.works = bool(shutil.which("pg_dump") and shutil.which("psql"))

    def load(self, file: Path, name: str) -> None:
        self._run("psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--file={file}", database=name)

    def keep(self, file: Path) -> None:
        self._run("pg_dump", "--no-owner", f"--file={file}", database=self.connection.settings_dict["NAME"])

    def _run(self, *command: str, database: str) -> None:
        told = self.connection.settings_dict
        environment = os.environ | {
            "PGHOST": told["HOST"],
            "PGPORT": str(told["PORT"]),
            "PGUSER": told["USER"],
            "PGPASSWORD": told["PASSWORD"],
            "PGDATABASE": database,
        }
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
