"""The operations that the stand-in opened, and the ways in which it can be made to misbehave."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

OPEN_FOR = timedelta(minutes=15)
OUTCOMES = {
    "P": "Payer par carte",
    "V": "Payer par prélèvement",
    "R": "Carte refusée",
    "Z": "Prélèvement refusé",
    "A": "Abandonner et revenir au portail",
}
FAULTS = {
    "normal": "Aucune panne",
    "silent": "Aucune notification",
    "late": "Notification en retard de vingt secondes",
    "duplicated": "Notification envoyée deux fois en même temps",
    "forged": "Notification d’une opération qui n’existe pas, puis rien",
    "altered": "Montant différent dans la réponse du service (+ 1 €)",
    "other_regie": "Réponse au nom d’une autre régie",
    "down": "Le service web ne répond plus (erreur technique)",
}


@dataclass(slots=True)
class Operation:
    """One payment that the portal opened: what it asked, when, and what became of it (empty: nothing yet)."""

    asked: dict[str, str] = field(repr=False)
    opened_at: datetime
    idop: str = field(default_factory=lambda: str(uuid4()))
    result: str = ""
    ended_at: datetime | None = None

    def is_open(self, at: datetime) -> bool:
        """True while it can be paid: fifteen minutes, and nothing decided but a refusal."""
        return self.result in ("", "R", "Z") and at - self.opened_at < OPEN_FOR


class Book:
    """All the operations, and the present fault; one lock, since the server has threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._operations: dict[str, Operation] = {}
        self.fault = "normal"

    def open(self, asked: dict[str, str], at: datetime) -> Operation:
        """Open an operation."""
        operation = Operation(asked, at)
        with self._lock:
            self._operations[operation.idop] = operation
        return operation

    def find(self, idop: str) -> Operation | None:
        """The operation of a number, if there is one."""
        return self._operations.get(idop)

    def latest(self) -> list[Operation]:
        """The last operations, the latest first."""
        return list(reversed(self._operations.values()))[:50]

    def decide(self, operation: Operation, result: str, at: datetime) -> bool:
        """Write what became of an operation; False when it was already decided, or is too old."""
        with self._lock:
            if not operation.is_open(at):
                return False
            operation.result, operation.ended_at = result, at
            return True

    def clean(self, at: datetime) -> None:
        """Forget, as PayFiP does in the night, what nobody paid."""
        with self._lock:
            gone = [key for key, each in self._operations.items() if not each.result and at - each.opened_at > OPEN_FOR]
            for key in gone:
                del self._operations[key]
