"""`make demo`: prepare the demonstration's data, start its programs, say where to click, stop them all together.

Run as ``python -m castres_portal.demo.supervisor [--reset]``; ``--manage shell`` runs a command of manage.py on the
demonstration's data instead. Everything that the demonstration writes, secrets included,
stands in DATA_DIR (``./var`` unless told).
"""

import argparse
import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from castres_portal.demo.processes import Child, answers, end_all, free_port, is_free, last_lines, wait_until

PROJECT = Path(__file__).resolve().parents[2]
# Seconds that a program has to stop by itself. Celery takes six on a broker on disk, even idle: it is not waited for, since
# what it was doing is a row that the next start resumes.
STOP_WITHIN = 1.5
RESTARTS = 3  # of one program, in one minute: more is a fault to show rather than to hide
# What a shell may carry of another installation must not reach the demonstration.
FOREIGN: tuple[str, ...] = (
    "DATABASE_",
    "REDIS_",
    "MAIL_",
    "PAYZEN_",
    "PAYFIP_",
    "PAYMENT_",
    "SEPA_",
    "BANK_",
    "FRANCECONNECT_",
    "API_PARTICULIER_",
    "SIMULATOR_",
    "TEST_",
    "SECRET_KEY",
    "CODE_KEY",
    "FIELD_KEYS",
    "ALLOWED_HOSTS",
    "SITE_URL",
)
FOREIGN += ("DJANGO_SETTINGS_MODULE", "STATIC_ROOT", "PRIVATE_ROOT", "PORTAL_ENV", "SSL_REDIRECT", "BEHIND_HTTPS_PROXY")
WRITTEN_BY_DEMO: tuple[str, ...] = (
    "private",
    "broker",
    "courriels",
    "banque",
    "journaux",
    "static",
    "portal.sqlite3*",
    "celerybeat-schedule*",
)
WRITTEN_BY_DEMO += ("codes-demo.json", "demo.env", "demo-ready", "demo-addresses", "static-stamp", "migrations-stamp")


class Stopped(BaseException):
    """Someone asked us to stop."""


class CannotStart(Exception):
    """The demonstration cannot start or go on; the message is a French sentence."""


def main(arguments: list[str] | None = None) -> int:
    """Run the demonstration until it is stopped; return the exit code."""
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument(
        "--reset", action="store_true", help="efface les données de la démonstration avant de commencer"
    )
    parser.add_argument(
        "--manage", nargs=argparse.REMAINDER, metavar="COMMANDE", help="lance une commande de manage.py"
    )
    options = parser.parse_args(arguments)
    data = Path(os.environ.get("DATA_DIR") or PROJECT / "var").resolve()
    if options.manage is not None:
        return run_command(data, options.manage)
    listen_to_signals()
    try:
        data.mkdir(parents=True, exist_ok=True)
        with only_one(data):
            port = chosen_port()
            ports = [port, *(free_port(port + step if port + step <= 65535 else None) for step in (1, 2, 3, 4))]
            Demonstration(data, *(f"http://127.0.0.1:{each}" for each in ports)).run(reset=options.reset)
    except Stopped:
        say("\nDémonstration arrêtée. « make demo » la reprend où elle en est.")
    except CannotStart as reason:
        say(f"\n{reason}")
        return 1
    return 0


def run_command(data: Path, arguments: list[str]) -> int:
    """Become manage.py on the demonstration's data, whether the demonstration runs or not."""
    if not (data / "demo-ready").exists():
        say("Aucune démonstration ici : lancez d’abord « make demo ».")
        return 1
    addresses = (data / "demo-addresses").read_text(encoding="utf-8").split()
    environment = Demonstration(data, *addresses).make_environment()
    os.chdir(PROJECT)
    os.execve(sys.executable, [sys.executable, "manage.py", *arguments], environment)


def say(text: str) -> None:
    """Print at once, even into a file; a terminal that is gone stops nothing."""
    with contextlib.suppress(OSError, ValueError):
        print(text, flush=True)


def listen_to_signals() -> None:
    """Turn Ctrl-C, TERM and the end of the terminal into Stopped, even where a shell had them ignored."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def ignore_signals() -> None:
    """Let a second Ctrl-C change nothing to a stop that has begun."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def chosen_port() -> int:
    """Return the port of the site (PORT, 8000 unless told); raises CannotStart when it is wrong or taken."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise CannotStart(f"PORT={text} : un nombre de 1 à 65535 est attendu.")
    if not is_free(int(text)):
        raise CannotStart(
            f"Le port {text} est déjà pris par un autre programme. Choisissez-en un autre, par exemple :\n\n"
            f"    make demo PORT={free_port(int(text) + 10 if int(text) < 65000 else None)}\n"
        )
    return int(text)


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the data folder: two demonstrations in one folder would mix their mails and tasks."""
    with (data / "demo.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart(
                f"Une démonstration tourne déjà avec les données de {data}. Arrêtez-la d’abord (Ctrl-C), "
                "ou donnez un autre dossier : make demo DATA_DIR=/chemin PORT=8010"
            ) from None
        yield


@dataclass
class Watched:
    """A program of the demonstration and the instants at which it had to be started again."""

    child: Child
    restarts: list[float]

    def may_restart(self) -> bool:
        """Note one more restart; say whether it is not one too many."""
        now = time.monotonic()
        self.restarts = [instant for instant in self.restarts if now - instant < 60] + [now]
        return len(self.restarts) <= RESTARTS


class Demonstration:
    """The demonstration town in one data folder, and its addresses: the portal's and those of the stand-ins."""

    def __init__(
        self,
        data: Path,
        url: str,
        bank_url: str,
        identity_url: str = "",
        quotient_url: str = "",
        payfip_url: str = "",
    ) -> None:
        self.data = data
        self.url = url
        self.bank_url = bank_url
        # Empty: a demonstration that was begun before there was one.
        self.identity_url, self.quotient_url, self.payfip_url = identity_url, quotient_url, payfip_url
        self.children: list[Child] = []

    def run(self, *, reset: bool) -> None:
        """Prepare, start, watch; whatever happens, stop every program before returning."""
        try:
            if reset:
                self.wipe()
            self.environment = self.make_environment()
            self.prepare()
            watched = self.start()
            self.announce()
            self.watch(watched)
        finally:
            ignore_signals()
            end_all(self.children, grace=STOP_WITHIN)

    # --- Data ---------------------------------------------------------------------------------------------------------

    def wipe(self) -> None:
        """Remove what a demonstration wrote, and nothing else that the folder may hold."""
        self.clear(*WRITTEN_BY_DEMO)
        say("Données de démonstration effacées.")

    def secrets(self) -> dict[str, str]:
        """Return the secrets of this demonstration, drawn once: none stands in the code."""
        path = self.data / "demo.env"
        lines = self.read("demo.env").splitlines()
        kept = dict(line.split("=", 1) for line in lines if "=" in line)
        drawn = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "CODE_KEY": secrets.token_urlsafe(50),
            "PAYZEN_KEY": "demonstration" + secrets.token_urlsafe(24),
            "PAYZEN_REST_PASSWORD": "testpassword_demonstration" + secrets.token_urlsafe(24),
            "FRANCECONNECT_CLIENT_SECRET": secrets.token_urlsafe(32),
            "API_PARTICULIER_TOKEN": secrets.token_urlsafe(32),
        } | kept
        if drawn == kept:
            return kept
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in drawn.items())
        return drawn

    def make_environment(self) -> dict[str, str]:
        """Return what the programs read from their environment."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        if clock := inherited.get("PORTAL_CLOCK", ""):
            inherited["PORTAL_CLOCK"] = anchored(clock)
        drawn = self.secrets()
        return inherited | {
            "PORTAL_ENV": "demo",
            "DJANGO_SETTINGS_MODULE": "castres_portal.settings",
            "PYTHONUNBUFFERED": "1",
            "DATA_DIR": str(self.data),
            "SECRET_KEY": drawn["SECRET_KEY"],
            "CODE_KEY": drawn["CODE_KEY"],
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "SITE_URL": self.url,
            # Fictional, with right check digits.
            "SEPA_ICS": "FR72ZZZ123456",
            "SEPA_CREDITOR": "Ville de Castres (demonstration)",
            "SEPA_IBAN": "FR7630001007941234567890185",
            "SEPA_BIC": "BDFEFRPP",
            "PAYZEN_SITE_ID": "12345678",
            "PAYZEN_MODE": "TEST",
            "PAYZEN_ALGORITHM": "sha256",
            "PAYZEN_KEY": drawn["PAYZEN_KEY"],
            "PAYZEN_REST_PASSWORD": drawn["PAYZEN_REST_PASSWORD"],
            "PAYZEN_FORM_URL": f"{self.bank_url}/vads-payment/",
            "PAYZEN_REST_URL": f"{self.bank_url}/api-payment/V4/",
            "PAYMENT_INSTALMENTS": "3",
            "PAYMENT_INSTALMENTS_FROM": "30",
            **self._payfip(),
            **self._keys_of_the_state(drawn),
        }

    def _payfip(self) -> dict[str, str]:
        """Open PayFiP beside PayZen, when its stand-in has an address."""
        if not self.payfip_url:
            return {}
        return {
            "PAYMENT_PROVIDERS": "payzen,payfip",
            "PAYFIP_NUMCLI": "006382",
            "PAYFIP_SAISIE": "T",
            "PAYFIP_SERVICE_URL": f"{self.payfip_url}/tpa/services/securite",
            "PAYFIP_PAYMENT_URL": f"{self.payfip_url}/tpa/paiementws.web",
        }

    def _keys_of_the_state(self, drawn: dict[str, str]) -> dict[str, str]:
        """Return the keys of FranceConnect and of API Particulier, whose stand-ins have an address."""
        keys: dict[str, str] = {}
        if self.identity_url:
            keys |= {
                "FRANCECONNECT_CLIENT_ID": "portail-de-demonstration",
                "FRANCECONNECT_CLIENT_SECRET": drawn["FRANCECONNECT_CLIENT_SECRET"],
                "FRANCECONNECT_BASE_URL": f"{self.identity_url}/api/v2",
            }
        if self.quotient_url:
            keys |= {
                "API_PARTICULIER_TOKEN": drawn["API_PARTICULIER_TOKEN"],
                "API_PARTICULIER_RECIPIENT": "00000000000000",
                "API_PARTICULIER_BASE_URL": self.quotient_url,
            }
        return keys

    def common_environment(self) -> dict[str, str]:
        """Return what a program that is not the portal may read of its environment: none of its secrets."""
        return {name: value for name, value in self.environment.items() if not name.startswith((*FOREIGN, "DATA_DIR"))}

    def identity_environment(self) -> dict[str, str]:
        """Return what the fictional identity provider reads: the one service declared there."""
        portal = self.environment
        return self.common_environment() | {
            "SIMULATOR_CLIENT_ID": portal["FRANCECONNECT_CLIENT_ID"],
            "SIMULATOR_CLIENT_SECRET": portal["FRANCECONNECT_CLIENT_SECRET"],
            "SIMULATOR_REDIRECT_URI": f"{self.url}/compte/franceconnect/retour/",
            "SIMULATOR_SIGNED_OUT_URI": f"{self.url}/compte/franceconnect/deconnexion/retour/",
        }

    def quotient_environment(self) -> dict[str, str]:
        """Return what the fictional CAF reads: the one token that it knows."""
        return self.common_environment() | {"SIMULATOR_TOKEN": self.environment["API_PARTICULIER_TOKEN"]}

    def payfip_environment(self) -> dict[str, str]:
        """Return what the fictional PayFiP reads: the one régie that it knows."""
        return self.common_environment() | {"PORTAL_ENV": "demo", "SIMULATOR_NUMCLI": self.environment["PAYFIP_NUMCLI"]}

    def bank_environment(self) -> dict[str, str]:
        """Return what the test bank reads: its own names for the same values, and none of the portal's secrets."""
        portal = self.environment
        return self.common_environment() | {
            "PORTAL_ENV": "demo",
            "BANK_SITE_ID": portal["PAYZEN_SITE_ID"],
            "BANK_KEY": portal["PAYZEN_KEY"],
            "BANK_ALGORITHM": portal["PAYZEN_ALGORITHM"],
            "BANK_REST_PASSWORD": portal["PAYZEN_REST_PASSWORD"],
            "BANK_RULE_URL": f"{self.url}/paiement/payzen/ipn/",
        }

    def prepare(self) -> None:
        """Make the database, the town when it is new, and the static files; at once when nothing changed since last time."""
        ready, database = self.data / "demo-ready", self.data / "portal.sqlite3"
        if not ready.exists() or not database.exists():  # new, or interrupted while it was being filled
            self.clear("portal.sqlite3*", "demo-ready", "migrations-stamp", "private", "broker", "courriels", "banque")
        for name in ("broker/messages", "broker/control", "banque", "journaux", "courriels", "private"):
            (self.data / name).mkdir(parents=True, exist_ok=True)
        addresses = (self.url, self.bank_url, self.identity_url, self.quotient_url, self.payfip_url)
        (self.data / "demo-addresses").write_text(f"{' '.join(addresses)}\n", encoding="utf-8")
        collection = self.begin_static_collection()
        migrations = fingerprint(files_of_ours("migrations/*.py"))
        if self.read("migrations-stamp") != migrations:
            self.manage("migrate", "--noinput", "--verbosity", "0", what="La mise à jour de la base")
            (self.data / "migrations-stamp").write_text(migrations)
        if not ready.exists():
            say("Remplissage de la ville de démonstration…")
            self.manage(
                "seed_demo", "--bank", str(self.data / "banque" / "passe.json"), what="Le remplissage de la ville"
            )
            ready.touch()
        if collection:
            self.wait_for(collection, what="La préparation des fichiers statiques")
            (self.data / "static-stamp").write_text(static_fingerprint())

    def begin_static_collection(self) -> Child | None:
        """Start to collect the static files, beside the rest; None when neither ours nor the libraries' changed."""
        if (self.data / "static").is_dir() and self.read("static-stamp") == static_fingerprint():
            return None
        self.clear("static-stamp")
        child = self.child("collectstatic", *collect_command(), log="fichiers-statiques.log")
        child.start()
        return child

    def read(self, name: str) -> str:
        """Return the text of a file of the data folder; empty when there is none."""
        path = self.data / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def clear(self, *patterns: str) -> None:
        """Remove files and folders of the data folder."""
        for path in [path for pattern in patterns for path in self.data.glob(pattern)]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def manage(self, *arguments: str, what: str) -> None:
        """Run a command of manage.py, its output shown; raises CannotStart when it fails."""
        child = self.child("manage", "manage.py", *arguments, log=None)
        child.start()
        self.wait_for(child, what=what)

    def wait_for(self, child: Child, *, what: str) -> None:
        """Wait for the end of a command; raises CannotStart when it fails."""
        assert child.process is not None
        while child.is_running():
            time.sleep(0.05)
        self.children.remove(child)
        if child.process.returncode:
            raise CannotStart(f"{what} a échoué. {last_lines(child.log)}\n« make demo-reset » repart de zéro.")

    # --- Programs -----------------------------------------------------------------------------------------------------

    def child(self, name: str, *command: str, log: str | None, env: dict[str, str] | None = None) -> Child:
        """Return a Python program of ours, known to be ended with us."""
        path = None
        if log:
            path = self.data / "journaux" / log
            path.unlink(missing_ok=True)
        child = Child(name, [sys.executable, *command], log=path, env=env or self.environment, cwd=PROJECT)
        self.children.append(child)
        return child

    def start(self) -> list[Watched]:
        """Start the web server, the worker with its scheduler, the stand-ins of bank and FranceConnect; wait for the site."""
        bank = (
            "-m",
            "billing.payzen.simulator",
            "--port",
            str(port_of(self.bank_url)),
            "--data",
            str(self.data / "banque"),
        )
        children = [
            self.child("Le serveur web", *web_command(port_of(self.url)), log="web.log"),
            self.child("Le traitement des tâches", *worker_command(), log="taches.log"),
            self.child("La banque de test", *bank, log="banque.log", env=self.bank_environment()),
        ]
        if self.identity_url:
            identity = ("-m", "accounts.franceconnect.simulator", "--port", str(port_of(self.identity_url)))
            children.append(
                self.child("L’identité fictive", *identity, log="identite.log", env=self.identity_environment())
            )
        if self.payfip_url:
            payfip = ("-m", "billing.payfip.simulator", "--port", str(port_of(self.payfip_url)))
            children.append(self.child("Le PayFiP fictif", *payfip, log="payfip.log", env=self.payfip_environment()))
        if self.quotient_url:
            caf = ("-m", "families.api_particulier.simulator", "--port", str(port_of(self.quotient_url)))
            children.append(self.child("La CAF fictive", *caf, log="caf.log", env=self.quotient_environment()))
        accounts = self.child("demo_accounts", "manage.py", "demo_accounts", log="comptes.log")
        for child in (*children, accounts):
            child.start()
        web = children[0]
        wait_until(lambda: answers(f"{self.url}/sante/") or not web.is_running(), 90)
        if not answers(f"{self.url}/sante/"):
            raise CannotStart(f"Le site ne répond pas. Fin de son journal, {web.log} :\n\n{last_lines(web.log)}")
        self.wait_for(accounts, what="La liste des comptes")
        return [Watched(child, []) for child in children]

    def announce(self) -> None:
        """Say where to click and who may sign in."""
        say(
            f"""
  Espace Citoyens, démonstration

    Le portail des familles        {self.url}/
    Le bureau des agents           {self.url}/admin/
    Les courriels envoyés          {self.url}/demo/courriels/
    Les codes à usage unique       {self.url}/demo/codes/
    La banque de test              {self.bank_url}/
    PayFiP fictif                  {self.payfip_url}/
    FranceConnect fictif           {self.identity_url}/
    CAF et MSA fictives            {self.quotient_url}/

    Données et journaux            {self.data}
"""
        )
        say((self.data / "journaux" / "comptes.log").read_text(encoding="utf-8"))
        say("\n  Ctrl-C arrête tout ; « make demo-reset » repart d’une ville neuve.")

    def watch(self, watched: list[Watched]) -> None:
        """Start again a program that fell; raises CannotStart when one keeps falling, or when the data are gone."""
        while True:
            time.sleep(0.5)
            if not (self.data / "demo.lock").exists():
                raise CannotStart(f"Le dossier {self.data} a été supprimé : la démonstration s’arrête.")
            for program in watched:
                child = program.child
                if child.is_running():
                    continue
                child.end(grace=0)
                if not program.may_restart():
                    raise CannotStart(
                        f"{child.name} s’arrête sans cesse. Fin de son journal, {child.log} :\n\n{last_lines(child.log)}"
                    )
                say(f"{child.name} : arrêt inattendu, relance en cours (journal : {child.log}).")
                child.start()


def port_of(url: str) -> int:
    """Return the port that an address names."""
    return int(url.rpartition(":")[2])


def web_command(port: int) -> tuple[str, ...]:
    """Return gunicorn's arguments, after the Python: 2 processes of 4 threads (``WEB_THREADS``) on 127.0.0.1."""
    threads = os.environ.get("WEB_THREADS", "4")
    options = ("--bind", f"127.0.0.1:{port}", "--workers", "2", "--worker-class", "gthread", "--threads", threads)
    return (
        "-m",
        "gunicorn",
        "castres_portal.wsgi",
        *options,
        "--preload",
        "--graceful-timeout",
        "2",
        "--no-control-socket",
    )


def worker_command() -> tuple[str, ...]:
    """Return Celery's arguments, after the Python: a real worker of 2 processes, with its scheduler inside."""
    options = ("--beat", "--pool", "prefork", "--concurrency", "2", "--loglevel", "INFO")
    return ("-m", "celery", "-A", "castres_portal", "worker", *options, "--without-gossip", "--without-mingle")


def collect_command() -> tuple[str, ...]:
    """Return collectstatic's arguments, after the Python, without the files of libraries that no page names."""
    unused = (
        "css/bootstrap-*",
        "css/*rtl*",
        "css/bootstrap.css*",
        "js/bootstrap.js*",
        "js/bootstrap.bundle.js*",
        "js/*.esm*",
    )
    ignored = [f"bootstrap/{pattern}" for pattern in (*unused, "js/jquery*")]
    options = [part for pattern in ignored for part in ("--ignore", pattern)]
    return ("manage.py", "collectstatic", "--noinput", "--clear", "--verbosity", "0", *options)


def anchored(clock: str) -> str:
    """Return a PORTAL_CLOCK that every process reads alike: the present instant is its anchor unless it has one."""
    return clock if clock.startswith("file:") or "@" in clock else f"{clock}@{time.time():.3f}"


def static_fingerprint() -> str:
    """Return what changes when a static file of ours, or a library, does."""
    return fingerprint([*(PROJECT / "static").rglob("*"), *files_of_ours("static/**/*")])


def files_of_ours(pattern: str) -> Iterator[Path]:
    """Return the files of our packages that match, at any depth; neither the libraries' nor the data's."""
    for package in PROJECT.glob("*/__init__.py"):
        yield from package.parent.rglob(pattern)


def fingerprint(files: Iterable[Path]) -> str:
    """Return what changes when one of these files, or a library, does."""
    digest = hashlib.sha256((PROJECT / "requirements.txt").read_bytes())
    for path in sorted(files):
        if path.is_file():
            stat = path.stat()
            digest.update(f"{path.relative_to(PROJECT)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
