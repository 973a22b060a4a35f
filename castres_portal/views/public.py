"""What everybody may read: the home page, the services, the town, what can be done."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from castres_portal.base import clock
from castres_portal.forms.schools import SchoolSearch
from castres_portal.queries import services, town
from families import demarches

NEWS_AT_HOME = 4


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Public home page: the news, the next dates, what the portal is for, the ways in."""
    today = clock.today()
    news = list(town.current_news(today)[:NEWS_AT_HOME])
    context = {
        "important": [item for item in news if item.is_important],
        "news": [item for item in news if not item.is_important],
        "dates": town.coming_dates(today=today),
    }
    return render(request, "site/home.html", context)


@login_not_required
@require_safe
def new_request(request: HttpRequest) -> HttpResponse:
    """« Nouvelle démarche »: what can be done, with and without an account."""
    signed_in = request.user.is_authenticated
    sections = [
        (section, [(row, row.link(signed_in=signed_in)) for row in rows])
        for section, rows in demarches.by_section(signed_in=signed_in)
    ]
    return render(request, "site/new_request.html", {"sections": sections})


@login_not_required
@require_safe
def activities(request: HttpRequest) -> HttpResponse:
    """What families may book, when, where, until when and for how much."""
    return render(request, "site/activities.html", {"activities": services.activity_sheets(today=clock.today())})


@login_not_required
@require_safe
def practical_info(request: HttpRequest) -> HttpResponse:
    """The service, the school calendar and the schools, which can be searched."""
    search = SchoolSearch(request.GET)
    found = town.schools(**search.wanted())
    context = {"search": search, "schools": found, "calendar": town.calendar_sheet(today=clock.today())}
    return render(request, "site/practical_info.html", context)


@login_not_required
@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    """« Plan du site »."""
    signed_in = request.user.is_authenticated
    rows = [row for _, rows in demarches.by_section(signed_in=signed_in) for row in rows]
    links = [(row, row.link(signed_in=signed_in)) for row in rows]
    return render(request, "site/site_map.html", {"links": links})
