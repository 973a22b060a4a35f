"""Which of her families a parent is looking at."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from families.queries.households import guardianships_of

SESSION_KEY = "family"


class ChosenFamily:
    """Give each request ``guardian`` (who she is in the chosen household), ``family`` and ``families``; one query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        guardians = guardianships_of(request.user) if request.user.is_authenticated else []
        chosen = request.session.get(SESSION_KEY) if len(guardians) > 1 else None
        guardian = next((g for g in guardians if g.family_id == chosen), guardians[0] if guardians else None)
        request.guardian = guardian  # type: ignore[attr-defined]
        request.family = guardian.family if guardian else None  # type: ignore[attr-defined]
        request.families = [g.family for g in guardians]  # type: ignore[attr-defined]
        return self.get_response(request)
